"""The extension's whole life, with the real engine: installed, used, switched off, nothing left."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from nst.tests.blender.builders import fingerprint, give_material, render

EXTENSION = "bl_ext.user_default.neural_style_transfer"


def test_a_real_job_from_mesh_to_render(addon: Any, monkey: Any, style: Any) -> None:
    material = give_material(monkey)
    before, original = fingerprint(material), render(monkey)
    settings = bpy.context.scene.nst
    settings.style, settings.quality, settings.strength = style, "draft", 1.0
    assert bpy.ops.nst.stylize_texture(size=64) == {"FINISHED"}

    image = bpy.data.images["Suzanne van_gogh_auvers NST"]
    assert tuple(image.size) == (64, 64)
    assert image.packed_file is not None
    assert len(image["nst_style_sha256"]) == 64
    assert json.loads(image["nst_job"])["size"] == 64
    assert image["nst_engine"]
    (node,) = [node for node in material.node_tree.nodes if node.type == "GROUP"]
    assert node.node_tree.name == "NST Texture"

    stylized = render(monkey)
    seen = original[..., 3] > 0.5
    assert np.abs(stylized - original)[seen].mean() > 0.02
    assert stylized[seen].std(axis=0)[:3].max() > 0.01  # painted, not one colour
    node.inputs["Strength"].default_value = 0.0
    np.testing.assert_allclose(render(monkey), original, atol=1e-5)
    assert bpy.ops.nst.remove_style() == {"FINISHED"}
    assert fingerprint(material) == before
    np.testing.assert_allclose(render(monkey), original, atol=1e-6)


def test_the_self_test_asks_the_engine(addon: Any) -> None:
    addon.use_worker("paint")
    assert bpy.ops.nst.self_test() == {"FINISHED"}
    addon.use_worker("mute")
    with pytest.raises(RuntimeError, match="No module named 'torch'"):
        bpy.ops.nst.self_test()


def test_use_an_existing_python_check_and_forget(
    addon: Any, engine_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NST_ENGINE_PYTHON")
    preferences = bpy.context.preferences.addons[EXTENSION].preferences
    assert bpy.ops.nst.use_existing_python(filepath=str(engine_python)) == {"FINISHED"}
    assert preferences.engine_python() == str(engine_python)
    assert preferences.known()["torch"]
    assert [device["id"] for device in preferences.known()["devices"]]
    assert preferences.fault == ""

    old = tmp_path / "python3"
    old.write_text("""#!/bin/sh\necho '{"version": [3, 9, 2], "missing": []}'\n""")
    old.chmod(0o755)
    with pytest.raises(RuntimeError, match=r"3\.9\.2; the engine needs Python 3\.11"):
        bpy.ops.nst.use_existing_python(filepath=str(old))
    assert "3.9.2" in addon.session.engine_notice.text
    assert preferences.engine_python() == str(engine_python)  # the one that works is kept
    assert preferences.known()["torch"]

    assert bpy.ops.nst.remove_engine() == {"FINISHED"}
    assert preferences.engine_python() == ""


def test_no_installation_offline(addon: Any) -> None:
    assert not bpy.app.online_access
    assert not bpy.ops.nst.install_engine.poll()


def everything() -> dict[str, Any]:
    """What a disabled extension must not leave behind."""
    handlers = {
        name: [handler.__name__ for handler in getattr(bpy.app.handlers, name)]
        for name in dir(bpy.app.handlers)
        if isinstance(getattr(bpy.app.handlers, name), list)
    }
    return {
        "handlers": handlers,
        "classes": sorted(name for name in dir(bpy.types) if "nst" in name.lower().split("_")),
        "operators": dir(bpy.ops.nst),
        "scene": hasattr(bpy.types.Scene, "nst"),
        "threads": threading.active_count(),
    }


def test_disable_and_enable_leaves_nothing(addon: Any, monkey: Any, style: Any) -> None:
    addon.use_worker("slow")
    bpy.context.scene.nst.style = style
    session = addon.session
    folder = addon.module("storage").new_job_folder()
    job, targets = addon.module("texture").prepare(
        [monkey],
        addon.module("texture").TextureOptions(style.name, size=64),
        folder,
        bpy.context.evaluated_depsgraph_get(),
    )
    session.submit(addon.module("runs").Run("Suzanne", job, folder, Path("unused"), targets))
    pid = session.queue.engine_pid

    enabled = everything()
    assert enabled["classes"]
    bpy.ops.preferences.addon_disable(module=EXTENSION)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    left = everything()
    assert left["classes"] == []
    assert left["operators"] == []
    assert not left["scene"]
    assert not any("nst" in handler for names in left["handlers"].values() for handler in names)
    assert not bpy.app.timers.is_registered(session._timer)
    assert not folder.exists()

    bpy.ops.preferences.addon_enable(module=EXTENSION)
    again = everything()
    assert again["classes"] == enabled["classes"]
    assert again["handlers"] == enabled["handlers"]
    assert again["threads"] < enabled["threads"]  # the reader of the engine that was running
