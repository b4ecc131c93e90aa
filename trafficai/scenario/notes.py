"""What was left out or assumed while reading, counted: nothing is dropped in silence."""

from __future__ import annotations


class Notes:
    """Collects one line per kind of omission, in the order in which each kind was met first."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, what: str, number: int = 1) -> None:
        """Add to the number of times that ``what`` happened; ``what`` reads on after the number."""
        if number:
            self._counts[what] = self._counts.get(what, 0) + number

    def say(self, line: str) -> None:
        """Keep a line that needs no number."""
        self._counts.setdefault(line, 0)

    def lines(self) -> tuple[str, ...]:
        """Return the notes, one line each."""
        return tuple(f"{number} {what}" if number else what for what, number in self._counts.items())
