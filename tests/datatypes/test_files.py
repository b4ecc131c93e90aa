"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trafficai.datatypes import InputError, RunError
from trafficai.evaluation import require_writable, write_text_atomically


def test_writes_into_folders_that_are_made(tmp_path: Path) -> None:
    path = write_text_atomically(tmp_path / "a" / "b.json", "Köln\n")
    assert path.read_bytes() == "Köln\n".encode()
    assert [file.name for file in path.parent.iterdir()] == ["b.json"]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_text_atomically(tmp_path / "b.json", "old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(RunError, match="No space left on device"):
        write_text_atomically(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["b.json"]


def test_a_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    path = write_text_atomically(tmp_path / "b.json", "x")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    assert require_writable(tmp_path / "new" / "b.json") == tmp_path / "new" / "b.json"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        require_writable(tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        require_writable(tmp_path / "file" / "b.json")


def test_a_place_that_cannot_be_written_is_bad_input() -> None:
    with pytest.raises(InputError, match="cannot be written"):
        require_writable(Path("/proc/trafficai/b.json"))
