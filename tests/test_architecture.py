"""Who may import whom, read from the sources: nothing is imported here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENGINE = sorted((ROOT / "core").rglob("*.py"))
ADDON = sorted((ROOT / "blender_nst").rglob("*.py"))
BLENDER_MODULES = {
    "bpy",
    "bpy_extras",
    "bmesh",
    "mathutils",
    "gpu",
    "gpu_extras",
    "blf",
    "addon_utils",
    "bl_ext",
}
ADDON_MODULES = BLENDER_MODULES | {"numpy"} | set(sys.stdlib_module_names)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every import of a file as (absolute name from the repository's root, level of dots)."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*above, *([node.module] if node.module else [])))
            # "from . import a" names modules; "from .a import b" most often names in a module.
            for alias in node.names:
                yield (f"{stem}.{alias.name}" if stem else alias.name), node.level


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_read() -> None:
    assert len(ENGINE) > 10
    assert ADDON


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_the_engine_knows_neither_blender_nor_the_add_on(path: Path) -> None:
    for module, level in imports(path):
        top = module.split(".")[0]
        assert top not in BLENDER_MODULES, f"{name(path)} imports {module}"
        assert level > 0 or top not in ("core", "nst", "blender_nst"), (
            f"{name(path)}: {module} must be relative"
        )
        assert level == 0 or top == "core", f"{name(path)} imports {module}, outside core"


@pytest.mark.parametrize("path", ADDON, ids=name)
def test_the_add_on_takes_the_protocol_alone_from_the_engine(path: Path) -> None:
    for module, level in imports(path):
        top = module.split(".")[0]
        if level == 0:
            assert top in ADDON_MODULES, f"{name(path)} imports {module}"
        elif top == "core":
            assert module.split(".")[1] == "protocol", f"{name(path)} imports {module}"
        else:
            assert top == "blender_nst", f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", sorted((ROOT / "core" / "protocol").rglob("*.py")), ids=name)
def test_the_protocol_needs_the_standard_library_alone(path: Path) -> None:
    for module, level in imports(path):
        if level == 0:
            assert module.split(".")[0] in sys.stdlib_module_names, f"{name(path)} imports {module}"
        else:
            assert module.startswith("core.protocol."), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", [ROOT / "core" / "__init__.py", ROOT / "__init__.py"], ids=name)
def test_what_blender_imports_first_is_light(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    at_top = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in at_top] in ([], ["from __future__ import annotations"])


@pytest.mark.parametrize(
    "path", [path for path in ADDON if path.name != "compat.py"] + [ROOT / "__init__.py"], ids=name
)
def test_only_compat_looks_at_blenders_version(path: Path) -> None:
    """``bpy.app.version`` may be shown to people as ``version_string``, but not decided upon."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ("version", "version_file"):
            assert ast.unparse(node.value) not in ("bpy.app", "app"), f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", ENGINE + ADDON, ids=name)
def test_house_rules(path: Path) -> None:
    """No bare except, no star import, no edits of sys.path, no print."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{name(path)}:{getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"{where} bare except"
        assert not (isinstance(node, ast.alias) and node.name == "*"), f"{where} star import"
        assert not (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path"), f"{where} sys.path"
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        assert called != "print", f"{where} print"


def test_every_folder_of_the_packages_is_a_package() -> None:
    for path in ENGINE + ADDON:
        assert (path.parent / "__init__.py").is_file(), f"{name(path.parent)} has no __init__.py"
