"""Files that cannot be written, in few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from nst.core.files import check_folder_writable, remove_unfinished, write_atomically
from nst.core.memory import is_out_of_memory
from nst.core.protocol import JobError


def test_a_file_in_place_of_a_folder_leaves_no_trace_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c.png").write_bytes(b"a picture")
    with pytest.raises(JobError) as raised:
        check_folder_writable(tmp_path / "c.png" / "x.png")
    assert raised.value.code == "folder_missing"
    assert caplog.records == []


def test_a_library_that_does_not_fit_into_memory() -> None:
    said = "libtorch_cpu.so: failed to map segment from shared object"
    assert is_out_of_memory(ImportError(said))
    assert is_out_of_memory(OSError(12, "Cannot allocate memory"))
    assert not is_out_of_memory(ImportError("libtorch_cpu.so: cannot open shared object file"))
    assert not is_out_of_memory(ValueError("cannot allocate memory"))


def test_what_killed_writes_have_left_can_be_removed(tmp_path: Path) -> None:
    def write(file: Path) -> None:
        file.write_bytes(b"whole")
        names.append(file.name)

    names: list[str] = []
    for name in ("a[1].png", "a1.png"):
        write_atomically(tmp_path / name, write)
        (tmp_path / names[-1]).write_bytes(b"half")
    remove_unfinished(tmp_path / "a[1].png")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a[1].png", "a1.png", names[1]])
