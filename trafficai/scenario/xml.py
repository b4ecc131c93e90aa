"""Safe, streaming XML: the one door through which files of strangers come in.

Refused are a DOCTYPE (and with it every entity), nesting deeper than ``MAX_DEPTH``, more than ``MAX_BYTES`` after
decompression, and anything malformed: always with an :class:`InputError` that names the file and the line.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, cast
from xml.parsers import expat

from trafficai.datatypes.errors import InputError

MAX_DEPTH: Final = 64  # nesting of elements; SUMO's own files need 6
MAX_BYTES: Final = 256 * 2**20  # decompressed size of one file [byte]
CHUNK: Final = 1 << 18  # read at a time [byte]
GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(slots=True)
class Element:
    """One XML element with its children, and where it stood."""

    tag: str
    attributes: dict[str, str]
    file: Path
    line: int
    children: list[Element] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How messages call it: tag, id and line."""
        name = self.attributes.get("id")
        return f"{self.tag} '{name}' (line {self.line})" if name is not None else f"{self.tag} (line {self.line})"

    def error(self, message: str) -> InputError:
        """Return the error that names this element and its file."""
        return InputError(message, file=self.file, element=self.label)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute's text, or the default."""
        return self.attributes.get(name, default)

    def text(self, name: str) -> str:
        """Return an attribute that must be there and not be empty.

        Raises:
            InputError: it is missing or empty.
        """
        value = self.attributes.get(name)
        if not value:
            raise self.error(f"attribute '{name}' is missing; add it")
        return value

    def identifier(self, name: str = "id") -> str:
        """Return an attribute that is an id: not empty, without blanks and without SUMO's forbidden characters.

        Raises:
            InputError: it is missing or holds a character that SUMO refuses.
        """
        value = self.text(name)
        if not FORBIDDEN_IN_IDS.isdisjoint(value):
            raise self.error(f"{name} '{value!r}' holds a character that SUMO refuses in ids; rename it")
        return value

    def number(self, name: str, default: float | None = None, *, above: float | None = None) -> float:
        """Return an attribute as a finite number.

        Args:
            name: the attribute.
            default: what a missing attribute counts as; None makes it required.
            above: the number must be greater than this.

        Raises:
            InputError: it is missing, not a finite number, or too small.
        """
        raw = self.attributes.get(name)
        if raw is None and default is not None:
            return default
        value = to_number(self.text(name))
        if value is None:
            raise self.error(f"attribute {name}='{raw}' is not a finite number; correct it")
        if above is not None and value <= above:
            raise self.error(f"attribute {name}='{raw}' must be greater than {above:g}; correct it")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an attribute as a whole number of at least 0.

        Raises:
            InputError: it is missing, no whole number, or negative.
        """
        value = self.number(name, default, above=-1.0)
        if value != int(value) or value > MAX_INTEGER:
            raise self.error(f"attribute {name}='{self.get(name)}' is not a whole number; correct it")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        """Return an attribute as a truth value, as SUMO spells them.

        Raises:
            InputError: it is none of SUMO's spellings.
        """
        raw = self.attributes.get(name)
        if raw is None:
            return default
        if raw.lower() not in TRUTH:
            raise self.error(f"attribute {name}='{raw}' is neither true nor false; correct it")
        return TRUTH[raw.lower()]

    def time(self, name: str, default: float | None = None) -> float:
        """Return an attribute as seconds; SUMO also writes times as ``HH:MM:SS`` and ``D:HH:MM:SS``.

        Raises:
            InputError: it is missing or not a time.
        """
        raw = self.attributes.get(name)
        if raw is None and default is not None:
            return default
        value = to_seconds(self.text(name))
        if value is None:
            raise self.error(f"attribute {name}='{raw}' is not a time in seconds or HH:MM:SS; correct it")
        return value

    def shape(self, name: str = "shape") -> tuple[tuple[float, float], ...]:
        """Return an attribute as points [m]; heights are left out.

        Raises:
            InputError: a coordinate is not a finite number.
        """
        return tuple(self._point(point) for point in self.get(name).split())

    def _point(self, point: str) -> tuple[float, float]:
        coordinates = [to_number(part) for part in point.split(",")]
        if len(coordinates) not in (2, 3) or None in coordinates:
            raise self.error(f"shape has the point '{point}', which is not x,y; correct it")
        x, y = cast("list[float]", coordinates)[:2]
        return x, y


FORBIDDEN_IN_IDS: Final = frozenset(" \t\n\r|\\'\";,<>&")  # what sumo 1.28 refuses in vehicle ids
MAX_INTEGER: Final = 2**31 - 1
TRUTH: Final = {
    **dict.fromkeys(("1", "true", "yes", "on", "x", "t"), True),
    **dict.fromkeys(("0", "false", "no", "off", "-", "f"), False),
}
MAX_NUMBER: Final = 1e15  # anything larger is a mistake, and would lose the milliseconds


def to_number(text: str) -> float | None:
    """Return the finite number in ``text``, or None."""
    if "_" in text:  # Python reads 1_000, SUMO does not
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < MAX_NUMBER else None


def to_seconds(text: str) -> float | None:
    """Return a time in seconds, given as seconds or as ``[D:]HH:MM:SS``, or None."""
    parts = [to_number(part) for part in text.split(":")]
    if None in parts or len(parts) not in (1, 3, 4):
        return None
    seconds = 0.0
    for part, unit in zip(reversed(cast("list[float]", parts)), (1, 60, 3600, 86400), strict=False):
        seconds += part * unit
    return seconds


def is_file(path: Path) -> bool:
    """Return whether a path names a regular file; names that no file can have count as no."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_elements(path: Path, max_bytes: int = MAX_BYTES) -> Iterator[Element]:
    """Yield the root element without its children, then each child of the root with everything inside it.

    Args:
        path: an XML file, plain or compressed with gzip (told by its first two bytes).
        max_bytes: the largest size accepted after decompression [byte].

    Raises:
        InputError: the file is missing, unreadable, hostile or malformed.
    """
    if not is_file(path):
        raise InputError("no such file; check the name and the folder", file=path)
    reader = _TreeReader(path)
    try:
        with _open(path) as stream:
            for chunk in _limited(stream, path, max_bytes):
                yield from reader.feed(chunk)
        yield from reader.finish()
    except expat.ExpatError as error:
        raise InputError(f"not well-formed XML ({error}); repair the file", file=path) from error
    except (OSError, EOFError, zlib.error, LookupError, ValueError) as error:
        raise InputError(f"cannot be read ({error}); repair the file", file=path) from error


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        is_compressed = stream.read(2) == GZIP_MAGIC
    return cast("BinaryIO", gzip.open(path, "rb")) if is_compressed else path.open("rb")


def _limited(stream: BinaryIO, path: Path, max_bytes: int) -> Iterator[bytes]:
    """Yield the stream in chunks until it ends or grows too large."""
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise InputError(f"larger than {max_bytes / 2**20:.0f} MiB after decompression; refused", file=path)
        yield chunk


def _printable(text: str) -> str:
    """Return the text with blanks for control characters, so that messages stay on one line and off the terminal."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


class _TreeReader:
    """Turns expat's events into elements, child by child of the root."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, chunk: bytes) -> list[Element]:
        """Parse a chunk and return the elements that it completed."""
        self._parser.Parse(chunk, False)
        return self._take()

    def finish(self) -> list[Element]:
        """Parse the end of the file and return what was left."""
        self._parser.Parse(b"", True)
        return self._take()

    def _take(self) -> list[Element]:
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        clean = {name: _printable(value) for name, value in attributes.items()}
        element = Element(tag, clean, self._path, self._parser.CurrentLineNumber)
        if len(self._open) >= MAX_DEPTH:
            raise element.error(f"nested deeper than {MAX_DEPTH} elements; refused")
        if not self._open:
            self._done.append(element)
        elif len(self._open) > 1:
            self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        if len(self._open) == 1:
            self._done.append(element)

    def _refuse_doctype(self, name: str, *_ids: object) -> None:
        line = self._parser.CurrentLineNumber
        raise InputError("a DOCTYPE is refused; remove it", file=self._path, element=f"DOCTYPE {name} (line {line})")
