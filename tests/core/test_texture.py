"""The texture job from end to end, on small jobs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from PIL import Image

from nst.core.images import load_picture, save_picture
from nst.core.metrics.seams import position_floor, seam_ratio
from nst.core.metrics.textures import open_textures
from nst.core.oklab import to_oklab
from nst.core.protocol import Controls, JobCancelled, JobError, Mask, Sheet, TextureJob
from nst.core.relief import THICKNESS
from nst.core.solve.preview import Previewer
from nst.core.solve.progress import SilentWatcher
from nst.core.surface.load import load_mesh
from nst.core.surface.texels import texel_map
from nst.core.texture import prepare_texture, stylize_texture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("texture")


@pytest.fixture(scope="module")
def box(folder):
    """A box whose six sides are six islands: every edge is a seam."""
    shape = trimesh.creation.box(extents=(2, 1.5, 1))
    shape = shape.subdivide().subdivide()
    corners = shape.vertices[shape.faces]
    side = np.abs(shape.face_normals).argmax(1) * 2 + (shape.face_normals.sum(1) > 0)
    uvs = np.empty((len(shape.faces), 3, 2))
    for number in range(6):
        axes = [axis for axis in range(3) if axis != number // 2]
        place = np.array([number % 3, number // 3]) / np.array([3, 2])
        own = side == number
        uvs[own] = (corners[own][..., axes] / 2 + 0.5) * [0.3, 0.3] + place + 0.01
    path = folder / "box.npz"
    np.savez(path, vertices=shape.vertices, faces=shape.faces, uvs=uvs)
    return path


@pytest.fixture(scope="module")
def style(folder):
    """Blue and yellow blotches with a white line here and there."""
    generator = torch.Generator().manual_seed(3)
    blotches = torch.nn.functional.interpolate(
        torch.rand(1, 1, 16, 16, generator=generator), 128, mode="bicubic"
    )
    blue, yellow = torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.9, 0.8, 0.2])
    picture = torch.where(blotches > 0.5, blue.view(1, 3, 1, 1), yellow.view(1, 3, 1, 1))
    picture[..., ::32, :] = 1
    path = folder / "style.png"
    save_picture(path, picture)
    return path


def job(box, style, output, **settings):
    values = {"size": 128, "quality": "draft", "stroke": 0.15, "device": "cpu", **settings}
    own = {name: values.pop(name) for name in ("base", "base_color") if name in values}
    return TextureJob(str(box), str(style), (Sheet(str(output), **own),), **values)


class Recorder(SilentWatcher):
    def __init__(self, stop_after=None):
        self.reports, self._stop_after = [], stop_after

    def progress(self, report):
        self.reports.append(report)

    def cancelled(self):
        return self._stop_after is not None and len(self.reports) >= self._stop_after


@pytest.fixture(scope="module")
def painted(folder, box, style):
    watcher = Recorder()
    preview, live = folder / "preview.png", folder / "live.png"
    output = folder / "painted.png"
    info = stylize_texture(job(box, style, output, preview=str(preview), live=str(live)), watcher)
    return output, info, watcher, preview, live


def test_seams_do_not_show(painted, folder, box, style):
    """On average over three paintings: so small a seam crosses few strokes, and one alone may have 1.16."""
    textures = [painted[0], folder / "second.png", folder / "third.png"]
    for seed, output in enumerate(textures[1:], 1):
        stylize_texture(job(box, style, output, seed=seed), SilentWatcher())
    mesh = load_mesh(box)
    ratios = [seam_ratio(mesh, load_picture(texture).rgb).ratio for texture in textures]
    assert np.mean(ratios) < max(1.05, 1.05 * position_floor(mesh, 128).ratio)


def test_windows_have_seen_every_island_texel(painted):
    assert painted[1]["painted"] > 0.99


def halves(path, box):
    """The box in two sheets of three sides each, at the same places; the second one's in UV tile 1002."""
    with np.load(box) as data:
        vertices, faces, uvs = (data[name] for name in ("vertices", "faces", "uvs"))
    lower = (uvs[..., 1] < 0.5).all(1)
    uvs = np.where(lower[:, None, None], np.add(uvs, [1, 0]), uvs - [0, 0.5])
    np.savez(path, vertices=vertices, faces=faces, uvs=uvs, sheet=lower)
    return path


def test_several_sheets_are_painted_together_each_over_its_base(folder, box, style):
    mesh = halves(folder / "halves.npz", box)
    red = torch.tensor([0.7, 0.2, 0.1]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    save_picture(folder / "under.1002.png", red)
    first = Sheet(str(folder / "first.png"), base_color=(0.1, 0.6, 0.2))
    high = str(folder / "high.<UDIM>.png")
    second = Sheet(str(folder / "second.<UDIM>.png"), str(folder / "under.<UDIM>.png"), height=high)
    wanted = job(mesh, style, "x.png", size=64, stroke=0.5, controls=Controls(color="keep"))
    preview = folder / "both.png"
    info = stylize_texture(replace(wanted, sheets=(first, second), preview=str(preview)), Recorder())
    tile = str(folder / "second.1002.png")
    assert info["sheets"] == [[first.output], [tile]]
    assert info["heights"] == [[], [str(folder / "high.1002.png")]]
    with Image.open(folder / "high.1002.png") as image:
        relief = np.array(image) / 65535
    assert relief.shape == (64, 64)
    assert 0.05 < relief.std() < 0.5
    assert relief.mean() == pytest.approx(0.5, abs=0.1)
    assert info["relief"] == pytest.approx(THICKNESS * info["stroke"])
    assert info["notes"] == []
    assert preview.exists()
    greens, reds = (load_picture(file).rgb.mean((0, 2, 3)) for file in (first.output, tile))
    assert greens[1] > greens[0] + 0.1
    assert reds[0] > reds[1] + 0.1
    assert info["painted"] > 0.99
    assert open_textures(load_mesh(mesh), [first.output, second.output])[1].shape == (1, 3, 128, 64)


def test_a_result_that_two_sheets_would_have_is_said_before_the_work(folder, box, style):
    mesh = halves(folder / "same.npz", box)
    out = str(folder / "out.png")
    seconds = [Sheet(out), Sheet(str(style)), Sheet("b.png", height=out), Sheet("b.png", height=str(style))]
    for second in seconds:
        sheets = (Sheet(out), second)
        with pytest.raises(JobError) as error:
            stylize_texture(replace(job(mesh, style, "x.png"), sheets=sheets), SilentWatcher())
        same = out in (second.output, second.height)
        assert error.value.code == ("same_file" if same else "overwrites_source")
        assert ("height texture" in error.value.message) == bool(second.height)
    assert not (folder / "out.png").exists()


def test_a_relief_that_cannot_be_written_is_said_before_the_work(folder, box, style):
    for name, code in (("h.jpg", "unknown_format"), ("none/h.png", "folder_missing")):
        sheets = (Sheet(str(folder / "no.png"), height=str(folder / name)),)
        with pytest.raises(JobError) as error:
            stylize_texture(replace(job(box, style, "x.png"), sheets=sheets), SilentWatcher())
        assert error.value.code == code
    assert not (folder / "no.png").exists()


def test_palette_is_the_paintings(painted, style):
    texture, painting = load_picture(painted[0]).rgb, load_picture(style).rgb
    assert (texture.mean((0, 2, 3)) - painting.mean((0, 2, 3))).abs().max() < 0.08
    # Two palettes of the same mean may differ; blue and yellow lie far apart in this direction.
    along = torch.tensor([1.0, 0.8, -0.6]).view(1, 3, 1, 1)
    assert float((texture * along).sum(1).std()) > 0.6 * float((painting * along).sum(1).std())


def test_progress_is_told_and_previewed(painted):
    _, _, watcher, preview, _ = painted
    fractions = [report.fraction for report in watcher.reports if report.total]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert any(report.eta > 0 for report in watcher.reports)
    assert preview.exists()
    with Image.open(preview) as picture:
        assert max(picture.size) <= 384


def test_the_live_texture_comes_near_the_result(painted):
    output, info, watcher, _, live = painted
    told = [report for report in watcher.reports if report.live]
    assert {report.live for report in told} == {str(live)}
    assert told[0].total > told[0].step  # within the first pass
    assert info["stopped_early"] is False
    texture = load_picture(live).rgb
    result = load_picture(output).rgb
    assert texture.shape == result.shape
    assert (texture - result).abs().mean() < 0.03


def test_info_says_how_to_do_it_again(painted):
    info = painted[1]
    assert info["seed"] == 0
    assert info["stroke"] == 0.15
    assert len(info["style_sha256"]) == 64


def test_same_seed_same_texture_other_seed_another(folder, box, style):
    outputs = [folder / name for name in ("a.png", "b.png", "c.png")]
    for output, seed in zip(outputs, (5, 5, 6), strict=True):
        stylize_texture(job(box, style, output, size=64, seed=seed), SilentWatcher())
    first, again, other = (load_picture(output).rgb for output in outputs)
    assert (first - again).abs().max() <= 2 / 255
    assert (first - other).abs().mean() > 0.02


def test_content_is_kept_when_style_is_weak(folder, box, style):
    """A texture that is light at one end and dark at the other stays so."""
    base = torch.linspace(0.1, 0.9, 256).view(1, 1, 1, 256).expand(1, 3, 128, 256)
    save_picture(folder / "base.png", base)
    output = folder / "kept.png"
    stylize_texture(job(box, style, output, base=str(folder / "base.png"), strength=0.2), SilentWatcher())
    luminance = load_picture(output).rgb.mean(1)[0]
    assert luminance[:, 90:].mean() > luminance[:, :38].mean() + 0.1


def test_cancelling_writes_nothing(folder, box, style):
    output = folder / "cancelled.png"
    with pytest.raises(JobCancelled):
        stylize_texture(job(box, style, output), Recorder(stop_after=6))
    assert not output.exists()
    assert not list(folder.glob("*cancelled*"))


def test_a_missing_folder_is_said_before_the_work(folder, box, style):
    watcher = Recorder()
    with pytest.raises(JobError) as error:
        stylize_texture(job(box, style, folder / "nowhere" / "out.png"), watcher)
    assert error.value.code == "folder_missing"
    assert not any(report.total for report in watcher.reports)


@pytest.mark.parametrize("size", [(1, 1), (40, 1), (3000, 8)])
def test_odd_paintings_do(folder, box, size):
    path = folder / f"odd{size[0]}.png"
    Image.new("L", size, 120).save(path)
    output = folder / f"odd_out{size[0]}.png"
    stylize_texture(job(box, path, output, size=64, stroke=0.0), SilentWatcher())
    assert (load_picture(output).rgb - 120 / 255).abs().mean() < 0.05


@pytest.mark.parametrize("stroke", [1e-5, 50.0])
def test_strokes_out_of_range_are_brought_into_it(folder, box, style, stroke):
    output = folder / f"stroke_{stroke}.png"
    info = stylize_texture(job(box, style, output, stroke=stroke, size=64), SilentWatcher())
    assert output.exists()
    assert any(f"{stroke:.3g}" in note for note in info["notes"])
    assert info["stroke"] != stroke


def test_what_alpha_hides_is_no_paint(folder, box):
    """A red square in the middle of transparent black."""
    picture, alpha = torch.zeros(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    picture[..., 16:48, 16:48] = torch.tensor([0.8, 0.1, 0.1]).view(3, 1, 1)
    alpha[..., 16:48, 16:48] = 1
    save_picture(folder / "square.png", picture, alpha)
    output = folder / "red.png"
    stylize_texture(job(box, folder / "square.png", output, size=64), SilentWatcher())
    painted = load_picture(output).rgb
    assert torch.allclose(painted.mean((0, 2, 3)), torch.tensor([0.8, 0.1, 0.1]), atol=0.03)


def test_a_transparent_style_is_an_error(folder, box):
    save_picture(folder / "nothing.png", torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32))
    with pytest.raises(JobError, match="transparent everywhere"):
        stylize_texture(job(box, folder / "nothing.png", folder / "no.png"), SilentWatcher())


def test_result_never_replaces_its_sources(folder, box, style):
    before = style.read_bytes()
    with pytest.raises(JobError, match="over the style") as raised:
        stylize_texture(job(box, style, folder / "." / "style.png"), SilentWatcher())
    assert raised.value.code == "overwrites_source"
    assert style.read_bytes() == before


def test_a_preview_that_cannot_be_written_is_refused_at_the_start(folder, box, style):
    output = folder / "blind.png"
    preview = folder / "missing" / "preview.png"
    with pytest.raises(JobError, match="missing is not there"):
        stylize_texture(job(box, style, output, size=64, preview=str(preview)), SilentWatcher())
    assert not output.exists()
    show = Previewer(str(preview), lambda picture: picture)
    assert show(lambda: torch.rand(1, 3, 8, 8)) == ""  # and one that gets lost ends nothing


@pytest.fixture(scope="module")
def red(folder):
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(4)) * 0.15
    picture[:, 0] += 0.7
    save_picture(folder / "red_style.png", picture)
    return folder / "red_style.png"


def test_a_mask_on_the_uv_map_puts_another_style_there(folder, box, style, red):
    mask = torch.zeros(1, 3, 32, 32)
    mask[..., 16:, :] = 1  # the lower half: three of the six sides
    save_picture(folder / "lower.png", mask)
    output = folder / "two_styles.png"
    controls = Controls(masks=(Mask(str(folder / "lower.png"), str(red)),))
    stylize_texture(job(box, style, output, controls=controls, strength=1.0), SilentWatcher())
    painted = load_picture(output).rgb
    upper, lower = painted[..., :56, :].mean((0, 2, 3)), painted[..., 72:, :].mean((0, 2, 3))
    assert lower[0] > 0.65
    assert lower[2] < 0.25
    assert upper[0] < 0.6
    assert upper[2] > 0.3


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_a_mask_of_the_mesh_puts_another_style_there_whatever_the_unwrap(folder, style, red, turn):
    """A ball whose right half is red. Its UV islands part front and back, and may be turned."""
    shape = trimesh.creation.icosphere(subdivisions=3)
    corners = shape.vertices[shape.faces]
    front = corners.mean(1)[:, 2] > 0
    cos, sin = np.cos(turn), np.sin(turn)
    uvs = corners[..., :2] @ np.array([[cos, sin], [-sin, cos]]) * 0.2 + 0.25
    uvs += np.where(front, 0.5, 0)[:, None, None]
    right = np.repeat((corners.mean(1)[:, 0] > 0).astype(float)[:, None], 3, axis=1)
    path, output = folder / f"ball_{turn}.npz", folder / f"ball_{turn}.png"
    np.savez(path, vertices=shape.vertices, faces=shape.faces, uvs=uvs, **{"mask.right": right})
    controls = Controls(masks=(Mask("mesh:right", str(red)),))
    stylize_texture(job(path, style, output, size=96, controls=controls, strength=1.0), SilentWatcher())
    texels = texel_map(load_mesh(path), 96)
    colors = load_picture(output).rgb[0].flatten(1).T[texels.index]
    inside = torch.from_numpy(texels.inside.reshape(-1)[texels.index])
    where = torch.from_numpy(corners.mean(1)[texels.face, 0])
    on_red, off_red = colors[inside & (where > 0.1)].mean(0), colors[inside & (where < -0.1)].mean(0)
    assert on_red[0] > 0.65
    assert on_red[2] < 0.25
    assert off_red[0] < 0.6
    assert off_red[2] > 0.3


def test_kept_colours_of_a_plain_mesh_are_those_of_its_base_colour(folder, box, style):
    output = folder / "green.png"
    controls = Controls(color="keep")
    stylize_texture(job(box, style, output, controls=controls, base_color=(0.1, 0.6, 0.2)), SilentWatcher())
    inside = load_picture(output).rgb[0].flatten(1).T
    lab, goal = to_oklab(inside), to_oklab(torch.tensor([[0.1, 0.6, 0.2]]))
    assert float((lab[:, 1:] - goal[:, 1:]).norm(dim=1).mean()) < 0.06
    assert float(lab[:, 0].std()) > 0.03  # brushwork in light and dark


def test_shape_is_content_where_the_material_is_blank(folder, box, style):
    wanted = job(box, style, folder / "blank.png", size=64, curvature=1.0)
    ready = prepare_texture(wanted, SilentWatcher())
    assert ready.canvas.base is not None
    light = to_oklab(ready.canvas.base)[:, 0]
    assert float(light.max() - light.min()) > 0.1  # the edges stand out
    grey = torch.tensor(wanted.sheets[0].base_color).view(1, 3, 1, 1)
    assert torch.equal(ready.original, grey.expand_as(ready.original))


def test_a_ball_hides_nothing_from_the_sky(folder, style):
    """Occlusion finds no content on it, so it is painted freely, as without."""
    ball = trimesh.creation.icosphere(subdivisions=2)
    uvs = ball.vertices[ball.faces][..., :2] * 0.4 + 0.5
    np.savez(folder / "ball.npz", vertices=ball.vertices, faces=ball.faces, uvs=uvs)
    wanted = job(folder / "ball.npz", style, folder / "ball.png", size=64, occlusion=1.0)
    assert prepare_texture(wanted, SilentWatcher()).canvas.base is None


def test_given_directions_have_to_be_given(folder, box, style):
    with pytest.raises(JobError, match="no attribute 'direction'") as raised:
        stylize_texture(job(box, style, folder / "given.png", direction="given"), SilentWatcher())
    assert raised.value.code == "direction_missing"
    assert not (folder / "given.png").exists()


def test_textures_without_faces_are_no_results(folder, box, style):
    mesh, outputs = folder / "stray.npz", [folder / f"stray_{k}.png" for k in range(3)]
    with np.load(box) as data:
        arrays = dict(data)
    faces = np.concatenate([arrays["faces"], arrays["faces"][:1, [0, 0, 1]]])
    sheet = np.repeat([0, 2, 1], [len(faces) - 3, 2, 1])  # the face without an area alone is in sheet 1
    uvs = np.concatenate([arrays["uvs"], arrays["uvs"][:1]])
    np.savez(mesh, vertices=arrays["vertices"], faces=faces, uvs=uvs, sheet=sheet)
    sheets = tuple(Sheet(str(output)) for output in outputs)
    asked = TextureJob(str(mesh), str(style), sheets, size=64, quality="draft", device="cpu")
    info = stylize_texture(asked, SilentWatcher())
    assert info["sheets"] == [[str(outputs[0])], [], [str(outputs[2])]]
    assert info["heights"] == [[], [], []]
    assert [output.exists() for output in outputs] == [True, False, True]
    assert "Texture 2 of 3 was left out: no face with an area shows it." in info["notes"]
