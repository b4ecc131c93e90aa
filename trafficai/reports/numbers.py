"""Numbers as people of a language write them."""

from __future__ import annotations

from typing import NamedTuple

from trafficai.evaluation import Interval

MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"


class NumberStyle(NamedTuple):
    """Decimal sign of a language; thousands are set apart by a narrow space in all of them (ISO 80000-1)."""

    decimal: str

    def plain(self, value: float, digits: int) -> str:
        """Return ``-1234.5`` as the language writes it; what rounds to zero has no sign."""
        text = f"{abs(value):,.{digits}f}".replace(",", NARROW_SPACE).replace(".", self.decimal)
        is_negative = value < 0.0 and any(sign in text for sign in "123456789")
        return MINUS + text if is_negative else text

    def signed(self, value: float, digits: int) -> str:
        """Return the number with its sign, plus included; zero has none."""
        text = self.plain(value, digits)
        is_positive = value > 0.0 and any(sign in text for sign in "123456789")
        return "+" + text if is_positive else text

    def percent(self, value: float) -> str:
        """Return a share given in percent, signed, with digits that fit its size."""
        return f"{self.signed(value, percent_digits(value))}{SPACE}%"

    def mean(self, interval: Interval, digits: int) -> str:
        """Return ``mean ± half width``, or the mean alone where there is no interval."""
        text = self.plain(interval.mean, digits)
        if interval.half_width is None:
            return text
        return f"{text}{SPACE}±{SPACE}{self.plain(interval.half_width, digits)}"


def percent_digits(value: float) -> int:
    """Return how many decimals a percentage deserves: one below ten."""
    return 1 if abs(value) < 9.95 else 0
