"""Finds the packages of the wheel. Everything that can be said statically is in pyproject.toml."""

from __future__ import annotations

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NAME = "nst"
PARTS = ("core", "blender_nst")


class BuildPackages(build_py):
    """Takes ``__init__.py`` alone from the root: dev.py and setup.py lie beside it."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        modules: list[tuple[str, str, str]] = super().find_package_modules(package, package_dir)
        return [entry for entry in modules if package != NAME or entry[1] == "__init__"]


found = find_packages(include=[pattern for part in PARTS for pattern in (part, f"{part}.*")])
setup(packages=[NAME, *(f"{NAME}.{package}" for package in found)], cmdclass={"build_py": BuildPackages})
