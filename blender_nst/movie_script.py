"""Writes a movie in a Blender of its own, so that the artist's goes on.

``blender --background --factory-startup --python movie_script.py -- MOVIE.json``: the file holds the fields
of ``host.movie.Movie``. Why there is no movie, MOVIE.json.error says, and what is to be said of one,
MOVIE.json.note.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path

PACKAGE = "nst_movie"


def load_package() -> None:
    """Make this package known under a name of its own: nothing is enabled in this Blender."""
    root = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module


def main() -> None:
    """Write the movie that the last argument names."""
    file = Path(sys.argv[-1])
    load_package()
    movie = importlib.import_module(f"{PACKAGE}.blender_nst.host.movie")
    protocol = importlib.import_module(f"{PACKAGE}.core.protocol")
    try:
        notes = movie.write_movie(movie.Movie(**json.loads(file.read_text(encoding="utf-8"))))
        Path(f"{file}.note").write_text(" ".join(notes), encoding="utf-8")
    except Exception as error:
        why = error.message if isinstance(error, protocol.JobError) else f"The movie is not written: {error}."
        Path(f"{file}.error").write_text(why, encoding="utf-8")


if __name__ == "__main__":
    main()
