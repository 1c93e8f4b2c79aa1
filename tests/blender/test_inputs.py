"""What a job is made of: the style, the mesh, its base colour, and how they are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

from nst.tests.blender.builders import checker, feed_image, give_material
from nst.tests.blender.driving import choose, press_stylize


def test_the_style_is_the_image_that_was_chosen(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    """Not another of its name: one of them is linked."""
    addon.use_worker("slow")
    linked = checker(16, "van_gogh_auvers.jpg")
    linked.pack()
    style.name = "elsewhere"
    linked.name = "van_gogh_auvers.jpg"
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {linked})
    bpy.data.images.remove(linked)
    style.name = "van_gogh_auvers.jpg"
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_there, here):
        here.images = ["van_gogh_auvers.jpg"]
    (linked,) = here.images
    assert linked.name == style.name
    texture = addon.module("texture")
    for number, (chosen, suffix) in enumerate(((style, ".jpg"), (linked, ".png"))):
        choose(chosen)
        folder = tmp_path / str(number)
        folder.mkdir()
        options = texture.options_from_scene(bpy.context.scene)
        job, _ = texture.prepare([monkey], options, folder, bpy.context.evaluated_depsgraph_get())
        assert Path(job.style).suffix == suffix
    folder = tmp_path / "named"
    folder.mkdir()
    options = texture.TextureOptions("van_gogh_auvers.jpg")
    job, _ = texture.prepare([monkey], options, folder, bpy.context.evaluated_depsgraph_get())
    assert Path(job.style).suffix == ".jpg"  # without more, the file's own


@pytest.mark.parametrize("field", ["style", "base"])
def test_a_picture_that_cannot_be_read_is_named(addon: Any, monkey: Any, tmp_path: Path, field: str) -> None:
    texture = addon.module("texture")
    path = "/" + 400 * "x"
    words = {"style": str(Path(__file__))} | {field: path}
    with pytest.raises(Exception, match=f"The {field} image cannot be read") as caught:
        texture.prepare(
            [monkey], texture.TextureOptions(**words), tmp_path, bpy.context.evaluated_depsgraph_get()
        )
    assert caught.value.code == "image_unreadable"  # type: ignore[attr-defined]
    assert path in caught.value.message  # type: ignore[attr-defined]


def test_styles_that_are_no_pictures(addon: Any, monkey: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    (tmp_path / "gone.png").write_bytes(b"")
    gone = bpy.data.images.load(str(tmp_path / "gone.png"))
    gone.filepath = str(tmp_path / "never.png")
    choose(gone)
    with pytest.raises(RuntimeError, match="has no picture"):
        bpy.ops.nst.stylize_texture(size=64)
    jobs = addon.module("storage").user_folder("jobs")
    assert not any((entry / "mesh.npz").exists() for entry in jobs.iterdir() if entry.name.endswith("gone"))


@pytest.mark.parametrize(("break_it", "words"), [("nan", "not numbers"), ("flat", "flat to nothing")])
def test_meshes_that_cannot_be_painted(
    addon: Any, monkey: Any, style: Any, break_it: str, words: str
) -> None:
    addon.use_worker("paint")
    choose(style)
    if break_it == "nan":
        monkey.data.vertices[0].co.x = float("nan")
        monkey.data.update()
    else:
        monkey.scale = (0.0, 0.0, 0.0)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.nst.stylize_texture(size=64)
    assert addon.session.run is None


def test_a_size_out_of_range_names_it(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("paint")
    choose(style)
    with pytest.raises(RuntimeError, match="size is 3"):
        bpy.ops.nst.stylize_texture(size=3)


def test_the_job_has_the_base_texture_or_its_colour(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    choose(style)
    material = give_material(monkey, (1.0, 0.2140, 0.0))
    plain = press_stylize(addon)
    assert plain.job.sheets[0].base == ""
    assert plain.job.sheets[0].base_color == pytest.approx((1.0, 0.5, 0.0), abs=1e-3)
    feed_image(material, checker())
    textured = press_stylize(addon)
    assert Path(textured.job.sheets[0].base).is_file()
    noise = material.node_tree.nodes.new("ShaderNodeTexNoise")
    target = next(link for link in material.node_tree.links if link.to_socket.name == "Base Color").to_socket
    material.node_tree.links.new(noise.outputs["Color"], target)
    baked = press_stylize(addon)
    assert Path(baked.job.sheets[0].base).name == "base.png"
    assert Path(baked.job.sheets[0].base).is_file()
