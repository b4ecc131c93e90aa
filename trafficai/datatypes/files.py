"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from trafficai.datatypes import InputError, RunError


def write_text_atomically(path: Path | str, text: str) -> Path:
    """Write ``text`` as UTF-8 as ``write_atomically`` does; what is no Unicode, as in odd file names, is escaped."""
    return write_atomically(path, text.encode("utf-8", errors="backslashreplace"))


def write_atomically(path: Path | str, content: bytes) -> Path:
    """Write a file under a temporary name in the same folder, flush it to disk, and rename it.

    Folders that are missing are made.

    Raises:
        RunError: the disk is full, or the place can't be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace_with(path, content)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


@contextlib.contextmanager
def replaced_when_done(path: Path | str) -> Iterator[Path]:
    """Yield a temporary name beside ``path``; what is written there takes its place at the end, or is removed.

    Raises:
        RunError: the disk is full, or the place can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def require_writable(path: Path | str) -> Path:
    """Return the path if a file can be written there, before anything expensive is run.

    Raises:
        InputError: it is a folder, or lies where we may not write.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("is a folder; name a file", file=path)
    folder = path.parent
    require_writable_folder(folder)
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError("may not be overwritten", file=path)
    return path


def require_writable_folder(folder: Path | str) -> Path:
    """Return the folder if it exists and can be written, or can be made.

    Raises:
        InputError: it is a file, or lies where we may not write.
    """
    folder = Path(folder)
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise InputError(f"is not a folder, so {folder} cannot be made", file=existing)
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", file=folder) from error
    return folder


def _replace_with(path: Path, content: bytes) -> None:
    """Put a complete file in the place of ``path``, or leave what was there."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _umask() -> int:
    """Return the process's umask: mkstemp makes private files, results are ordinary ones."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system can open folders."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
