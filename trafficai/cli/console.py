"""What goes to the terminal: results to stdout, progress, warnings and errors to stderr."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

PLAIN_WIDTH = 160
"""Columns of a table that is not printed on a terminal, so that nothing is cut where a file has room."""


LINE_INTERVAL_S = 2.0
"""Least time between two lines of progress where there is no terminal [s]."""


class Progress(Protocol):
    """Shows how far something is."""

    def advance_to(self, share: float, note: str = "") -> None:
        """Show that ``share`` (0 to 1) is done, with a few words on what came last."""
        ...


def accept_any_sign() -> None:
    """Let both streams print a question mark for what their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def report_error(message: str) -> None:
    """Print one line ``error: ...`` to stderr."""
    sys.stderr.write(f"error: {_one_line(message)}\n")


def report_warnings(messages: Iterable[str]) -> None:
    """Print one line ``warning: ...`` per message to stderr."""
    for message in messages:
        sys.stderr.write(f"warning: {_one_line(message)}\n")


def say(message: str) -> None:
    """Print a line to stdout as it is."""
    sys.stdout.write(f"{message}\n")


def print_table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[int] = ()
) -> None:
    """Print an aligned table to stdout; the columns ``numbers`` are set to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for i, name in enumerate(header):
        table.add_column(Text(name), justify="right" if i in numbers else "left", overflow="fold", no_wrap=i == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH).print(table)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show a bar on a terminal; elsewhere a line to stderr at every tenth, where they come slowly enough."""
    if not sys.stderr.isatty():
        yield _Lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    note = TextColumn("{task.fields[note]}", markup=False)
    with Bar(*columns, note, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, title)


class _Bar:
    """A bar of Rich's."""

    def __init__(self, bar: object, title: str) -> None:
        from rich.markup import escape
        from rich.progress import Progress as Bar

        assert isinstance(bar, Bar)
        self._bar, self._task = bar, bar.add_task(escape(title), total=1.0, note="")

    def advance_to(self, share: float, note: str = "") -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=share, note=note)


class _Lines:
    """Plain lines for logs and pipes."""

    def __init__(self, title: str) -> None:
        self._title, self._tenths, self._last = title, 0, time.monotonic()
        self._print(f"{title} ...")

    def advance_to(self, share: float, note: str = "") -> None:
        """Print a line where another tenth is done and some time has passed."""
        tenths = int(share * 10.0 + 1e-9)
        if tenths > self._tenths and time.monotonic() - self._last >= LINE_INTERVAL_S:
            self._tenths, self._last = tenths, time.monotonic()
            self._print(f"{self._title}: {tenths * 10} %{'  ' + note if note else ''}")

    @staticmethod
    def _print(line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _one_line(message: str) -> str:
    """Return the message without line breaks and control characters."""
    printable = "".join(sign if sign.isprintable() else " " for sign in message)
    return " ".join(printable.split())
