"""Both eyes of a scene: what is rendered of them, how they are painted, and where they go."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.blender_nst.host.compositor import remove_stylized, show_stylized, stylized_node
from nst.blender_nst.host.compositor_eyes import Eyes
from nst.blender_nst.host.render_settings import RenderSettings
from nst.blender_nst.host.stereo import stereo_of
from nst.blender_nst.host.stereo_files import save_eyes
from nst.blender_nst.render import RenderOptions, prepare
from nst.core.protocol import PARALLEL, JobError, Stereo, job_to_dict
from nst.tests.blender.driving import tick_until

from .eyes import HEIGHT, WIDTH, loaded, panorama, two_eyes
from .lit import state
from .test_render import PAINTING, options, refused, said
from .test_render_panel import choose, pixels, reason, stops, writes

SINCE_5 = pytest.mark.skipif(bpy.app.version < (5, 0, 0), reason="Blender has no custom cameras before")
FLAT = Stereo("pair", into="side-by-side")


@pytest.fixture
def two(scene: Any) -> Any:
    """A cube before two eyes."""
    return two_eyes(scene)


# --------------------------------------------------------------------------------- what is rendered


@pytest.mark.parametrize("views_format", ["INDIVIDUAL", "STEREO_3D"])
def test_both_eyes_are_rendered_with_distances_and_the_scene_stays(
    two: Any, tmp_path: Path, views_format: str
) -> None:
    two.render.image_settings.views_format = views_format
    two.render.views["left"].file_suffix, two.render.views["right"].file_suffix = ".l", ".r"
    before = state(two)
    job, _ = prepare(two, options(tmp_path), tmp_path)
    assert state(two) == before
    assert job.stereo.lens == pytest.approx(50 / 36 * WIDTH)
    assert (job.stereo.eyes, job.stereo.converge, job.projection) == (0.5, 7.0, "flat")
    files = [tmp_path / f"render{suffix}.exr" for suffix in ("_L", "_R")]
    left, right = (path.read_bytes() for path in files)
    assert left != right
    assert all(b"Depth" in each and b"CryptoObject00" in each for each in (left, right))


def test_one_eye_is_painted_as_before(two: Any, tmp_path: Path) -> None:
    two.render.use_multiview = False
    job, _ = prepare(two, options(tmp_path), tmp_path)
    assert job.stereo == Stereo()
    assert job.output == str(tmp_path / "painted.exr")
    assert b"Depth" not in Path(job.content).read_bytes()
    two.render.use_multiview = True  # a render that is there is one picture
    again, _ = prepare(two, options(tmp_path, render=job.content), tmp_path)
    assert again.stereo == Stereo()


def test_the_camera_says_where_the_eyes_of_a_panorama_are(two: Any) -> None:
    eyes = panorama(two)
    eyes.interocular_distance, eyes.convergence_mode = 0.25, "PARALLEL"
    assert stereo_of(two) == Stereo("pair", eyes=0.25, converge=PARALLEL, into="side-by-side")
    eyes.convergence_mode, eyes.convergence_distance = "OFFAXIS", 2.5
    eyes.use_pole_merge = True
    eyes.pole_merge_angle_from, eyes.pole_merge_angle_to = math.radians(50), math.pi / 2
    found = stereo_of(two)
    assert found.converge == 2.5
    assert found.poles == (pytest.approx(50), 90.0)
    two.camera.data.longitude_min, two.camera.data.longitude_max = -math.pi / 2, math.pi / 2
    two.render.resolution_x = two.render.resolution_y
    assert stereo_of(two) == found


def test_two_cameras_of_their_own(two: Any) -> None:
    two.render.views_format = "MULTIVIEW"
    left, right = two.camera, two.camera.copy()
    assert "no two cameras Camera_L and Camera_R" in unfit(two)
    left.name, right.name = "Camera_L", "Camera_R"
    two.collection.objects.link(right)
    right.location.x += 0.5
    bpy.context.view_layer.update()
    found = stereo_of(two)
    assert (found.eyes, found.converge) == (pytest.approx(0.5), PARALLEL)
    right.data = left.data.copy()
    left.data.shift_x, right.data.shift_x = 0.05, -0.05  # by 36 mm and a lens of 50
    assert stereo_of(two).converge == pytest.approx(0.5 / (0.1 * 36 / 50))
    right.data.shift_x = 0.1
    assert stereo_of(two) == FLAT
    right.rotation_euler.z += 0.1
    bpy.context.view_layer.update()
    assert "side by side" in unfit(two)
    two.render.views["left"].camera_suffix = ".l"
    assert "_L and _R" in unfit(two)
    two.render.views["left"].camera_suffix = "_L"
    two.render.views.new("middle")
    assert "left, right, middle" in unfit(two)


def unfit(scene: Any) -> str:
    with pytest.raises(JobError) as caught:
        stereo_of(scene)
    assert caught.value.code == "no_stereo"
    return str(caught.value.message)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "ORTHO"}, "orthographic camera see the same"),
        pytest.param({"type": "CUSTOM"}, "custom camera", marks=SINCE_5),
        ({"stereo.convergence_mode": "TOE"}, "not level"),
        ({"stereo.interocular_distance": 0.0}, "both eyes see the same"),
        ({"stereo.use_spherical_stereo": True}, "Spherical Stereo is for panoramas"),
        ({"type": "PANO", "panorama_type": "FISHEYE_EQUIDISTANT"}, "equirectangular"),
    ],
)
def test_a_camera_whose_eyes_cannot_be_painted_together(
    addon: Any, two: Any, style: Any, change: dict[str, Any], said: str
) -> None:
    choose(style)
    assert reason(addon) == ""
    for path, value in change.items():
        owner, _, name = path.rpartition(".")
        setattr(two.camera.data.path_resolve(owner) if owner else two.camera.data, name, value)
    assert said in reason(addon)
    two.render.use_multiview = False
    assert reason(addon) == ""


def test_what_is_no_stereo_is_said_before_anything_is_rendered(two: Any, tmp_path: Path) -> None:
    assert "file_kind" in refused_as(two, tmp_path, "painted.jpg")
    assert "As the Camera" in refused(two, tmp_path, projection="equirect")
    two.render.engine = "BLENDER_WORKBENCH"
    assert "no distances" in refused(two, tmp_path)
    two.render.engine = "CYCLES"
    two.render.views["right"].use = False
    assert "those that are on are: left" in refused(two, tmp_path)
    two.render.views["right"].use = True
    two.render.views["left"].file_suffix = two.render.views["right"].file_suffix
    assert "over the other's" in refused(two, tmp_path)
    two.render.views["left"].file_suffix = "_L"
    panorama(two).use_spherical_stereo = False
    assert "turn on Spherical Stereo" in refused(two, tmp_path)
    two.camera = None
    assert "no_camera" in refused(two, tmp_path)
    assert not list(tmp_path.glob("*.exr"))


def refused_as(scene: Any, folder: Path, name: str) -> str:
    with pytest.raises(JobError) as caught:
        prepare(scene, RenderOptions(str(PAINTING), str(folder / name)), folder)
    return str(caught.value.code)


@pytest.mark.parametrize("how", ["done", "stopped"])
def test_the_button_renders_both_and_the_scene_is_what_it_was(
    addon: Any, two: Any, style: Any, how: str
) -> None:
    addon.use_worker("paint")
    choose(style, compositor=False)
    two.render.image_settings.views_format = "STEREO_3D"
    before = state(two)
    still, folder = addon.module("still"), addon.module("storage").new_job_folder()
    planned, target = still.prepare(two, still.options_from_scene(two), folder)
    run = addon.module("runs").Run("Both", planned.job, folder, Path("unused"), target)
    render = addon.module("host.window_render").WindowRender(
        two,
        two.view_layers[0],
        planned.passes,
        Path(planned.job.content),
        writes if how == "done" else stops,
        planned.changes,
        planned.files,
    )
    addon.session.submit_when(run, render)
    assert state(two) != before
    assert [path.is_file() for path in planned.files] == [how == "done"] * 2
    tick_until(addon, lambda: not addon.session.runs)
    assert run.status.state.name == ("DONE" if how == "done" else "CANCELLED")
    assert state(two) | {"images": before["images"]} == before


def test_views_that_have_gone_cost_no_work(addon: Any, two: Any, style: Any, tmp_path: Path) -> None:
    addon.use_worker("paint")
    choose(style, file=str(tmp_path / "light.exr"))
    still, folder = addon.module("still"), addon.module("storage").new_job_folder()
    planned, target = still.prepare(two, still.options_from_scene(two), folder)
    addon.module("render").render_planned(two, planned)
    run = addon.module("runs").Run("Both", planned.job, folder, Path("unused"), target)
    addon.session.submit(run)
    two.render.views["left"].name = "first"
    tick_until(addon, lambda: not addon.session.runs)
    assert two.nst.render.result is not None
    text = addon.session.notice.text
    assert text.count("no views left and right any more") == 2
    assert "The picture is in the .blend file." in text
    assert not list(tmp_path.iterdir())


def test_the_scene_is_put_back_though_a_view_was_renamed(two: Any, tmp_path: Path) -> None:
    changes = {'render.views["left"].file_suffix': ".l", "render.fps": 7}
    before = state(two)
    settings = RenderSettings(two, two.view_layers[0], ["z"], tmp_path / "r.exr", changes)
    settings.apply()
    two.render.views["left"].name = "first"
    settings.restore()
    two.render.views["first"].name = "left"
    two.render.views["left"].file_suffix = "_L"
    assert state(two) == before


# --------------------------------------------------------------------------------------- where they go


@pytest.fixture
def made(scene: Any, tmp_path: Path) -> Path:
    """An EXR file, red for the left eye and of light brighter than white for the right one."""
    image = bpy.data.images.new("Made", 16, 4, float_buffer=True)
    both = np.zeros((4, 16, 4), np.float32)
    both[..., 3], both[:, :8, 0], both[:, 8:, 1] = 1, 0.5, 2
    both[2:, :, 2] = 0.25
    image.pixels.foreach_set(both.ravel())
    image.file_format, image.filepath_raw = "OPEN_EXR", str(tmp_path / "made.exr")
    image.save()
    bpy.data.images.remove(image)
    return tmp_path / "made.exr"


@pytest.mark.parametrize("suffix", [".exr", ".png"])
def test_files_are_laid_out_as_the_scene_says(scene: Any, made: Path, suffix: str) -> None:
    scene.view_settings.view_transform = "Standard"  # which Blender takes back as it reads the file
    view, out = scene.render.image_settings, made.parent / "out"
    out.mkdir()
    scene.render.views["left"].file_suffix = ".l"
    both = loaded(made)
    left, right = both[:, :8], both[:, 8:]
    layouts = {
        "INDIVIDUAL": {".l": left, "_R": right},
        "SIDEBYSIDE": {"": np.concatenate([left, right], 1)},
        "crosseyed": {"": np.concatenate([right, left], 1)},
        "TOPBOTTOM": {"": np.concatenate([right, left])},  # rows go up
    }
    for number, (layout, expected) in enumerate(layouts.items()):
        view.views_format = "INDIVIDUAL" if layout == "INDIVIDUAL" else "STEREO_3D"
        view.stereo_3d_format.use_sidebyside_crosseyed = layout == "crosseyed"
        if layout != "INDIVIDUAL":
            mode = layout if layout == "TOPBOTTOM" else "SIDEBYSIDE"
            view.stereo_3d_format.display_mode = mode
        before = state(scene)
        files = save_eyes(scene, made, out / f"{number}{suffix}")
        assert state(scene) == before
        assert [path.name for path in files] == [f"{number}{eye}{suffix}" for eye in expected]
        for path, picture in zip(files, expected.values(), strict=True):
            seen = picture if suffix == ".exr" else picture.clip(0, 1)
            assert np.allclose(loaded(path), seen, atol=1e-3 if suffix == ".exr" else 5e-3)
    assert len(list(out.iterdir())) == 5


@pytest.mark.parametrize("views_format", ["INDIVIDUAL", "STEREO_3D"])
def test_a_file_that_cannot_be_written_leaves_nothing(scene: Any, made: Path, views_format: str) -> None:
    scene.render.image_settings.views_format = views_format
    images, before = len(bpy.data.images), state(scene)
    for name in ("out.png", "out.exr"):
        with pytest.raises((OSError, RuntimeError)):
            save_eyes(scene, made, made / name)  # a file is no folder
    assert (len(bpy.data.images), state(scene)) == (images, before)
    assert list(made.parent.iterdir()) == [made]


def test_no_eye_is_written_without_the_other(scene: Any, made: Path) -> None:
    taken = made.parent / "out_R.png"
    taken.mkdir()
    scene.render.image_settings.views_format = "INDIVIDUAL"
    with pytest.raises(IsADirectoryError):
        save_eyes(scene, made, made.parent / "out.png")
    assert sorted(made.parent.iterdir()) == [made, taken]


def test_the_compositor_mixes_each_eye_over_its_own_render(two: Any, made: Path) -> None:
    layer = two.view_layers[0].name
    image = bpy.data.images.load(str(made))
    first = show_stylized(two, layer, bpy.data.images.new("One", 8, 4))
    assert show_stylized(two, layer, image, eyes=Eyes("side-by-side", (16, 4))) == first
    assert [node.image for node in first.node_tree.nodes if node.type == "IMAGE"] == [image]
    render = two.render
    render.resolution_x, render.resolution_y, render.film_transparent = 8, 4, False
    two.view_settings.view_transform, render.image_settings.file_format = "Standard", "PNG"
    render.image_settings.views_format, render.filepath = "INDIVIDUAL", str(made.parent / "mixed.png")
    bpy.ops.render.render(write_still=True)
    left, right = (loaded(made.parent / f"mixed{eye}.png") for eye in ("_L", "_R"))
    assert left.shape == right.shape == (4, 8, 4)
    assert left[..., 0].min() > 0.4
    assert left[..., 1].max() < 0.01
    assert right[..., 0].max() < 0.01
    assert right[..., 1].min() > 0.99
    remove_stylized(two)
    assert stylized_node(two) is None


# ------------------------------------------------------------------------------------ the real engine


MEASURE = """
import json, sys
from nst.core.cli.stereo_metrics import measure_stereo
from nst.core.protocol import job_from_dict
job = json.loads(sys.argv[1])
print(json.dumps([measure_stereo(job_from_dict(job | {"output": path}))["error"] for path in sys.argv[2:]]))
"""


def errors(engine: Path, job: Any, *painted: Path) -> list[float]:
    """How far the eyes are apart along true disparity, which the job's cameras say."""
    words = [json.dumps(job_to_dict(job)), *map(str, painted)]
    done = subprocess.run([engine, "-P", "-c", MEASURE, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[float] = json.loads(done.stdout)
    return found


def test_the_button_gives_the_scene_both_eyes(addon: Any, two: Any, style: Any, tmp_path: Path) -> None:
    """At strength 0 the renders themselves come back, side by side in the image and each in a file."""
    choose(style, strength=0.0, file=str(tmp_path / "light.exr"))
    before = state(two)
    assert bpy.ops.nst.stylize_render() == {"FINISHED"}
    result = two.nst.render.result
    assert state(two) == before | {"images": [result.name, *before["images"]]}
    assert tuple(result.size) == (2 * WIDTH, HEIGHT)
    both = pixels(result)
    assert both[..., :3].max() > 1.5
    for number, eye in enumerate(("_L", "_R")):
        half = both[:, number * WIDTH : (number + 1) * WIDTH]
        assert np.array_equal(loaded(tmp_path / f"light{eye}.exr"), half)
    assert not np.allclose(both[:, :WIDTH], both[:, WIDTH:], atol=0.1)
    assert bpy.ops.nst.remove_stylized_render() == {"FINISHED"}
    assert addon.module("compat").compositor_tree(two) is None


@pytest.mark.parametrize("projection", ["flat", "equirect"])
def test_both_eyes_see_the_same_paint(two: Any, tmp_path: Path, engine_python: Path, projection: str) -> None:
    """Nearer to each other than if each were painted by itself."""
    two.render.film_transparent = False
    if projection != "flat":
        panorama(two).convergence_distance = 3
    blend = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    job, _ = prepare(two, options(tmp_path), tmp_path)
    told = said(blend, engine_python, "-o", tmp_path / "p.png", "--quality", "draft")
    assert told["files"] == [str(tmp_path / f"p{eye}.png") for eye in ("_L", "_R")]
    assert told["output"] == told["files"][0]
    apart = tmp_path / "apart_L.png", tmp_path / "apart_R.png"
    shutil.copyfile(told["files"][0], apart[0])  # the left eye is painted first, as it would be by itself
    render = job.content.replace(".exr", "_R.exr")
    words = ("--quality", "draft", "--render", render, "--projection", projection)
    said(blend, engine_python, "-o", apart[1], *words)
    together, each = errors(engine_python, job, Path(told["output"]), apart[0])
    assert together < each / 3
