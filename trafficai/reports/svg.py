"""SVG by hand: elements whose text and attributes are escaped, and round axis steps."""

from __future__ import annotations

import math
import unicodedata

from markupsafe import Markup, escape

Attribute = str | float | None


def element(tag: str, *children: str | Markup, **attributes: Attribute) -> Markup:
    """Return one element; plain text among the children is escaped, Markup is not.

    An underscore in an attribute's name becomes a hyphen, a trailing one is dropped (``class_``); None leaves it out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _value(value))
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(child if isinstance(child, Markup) else escape(_legal(child)) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, inside)


def group(*children: Markup, **attributes: Attribute) -> Markup:
    """Return a <g> around the children."""
    return element("g", *children, **attributes)


def line(start: tuple[float, float], end: tuple[float, float], class_: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def text(content: str, x: float, y: float, class_: str, anchor: str | None = None) -> Markup:
    """Return a line of text with its baseline at ``y``."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def image(content: Markup, identifier: str, size: tuple[float, float], title: str, description: str) -> Markup:
    """Return an <svg> that a screen reader announces as one image with a title and a description."""
    width, height = size
    return element(
        "svg",
        element("title", title, id=f"{identifier}-title"),
        element("desc", description, id=f"{identifier}-desc"),
        content,
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img",
        aria_labelledby=f"{identifier}-title {identifier}-desc",
        class_="chart",
    )


def axis_steps(low: float, high: float, about: int = 5) -> list[float]:
    """Return round values from at most ``low`` to at least ``high``, about so many."""
    span = high - low
    if not (math.isfinite(span) and span > 0.0):
        return [low, low + 1.0]
    magnitude = 10.0 ** math.floor(math.log10(span / about))
    step = next(m * magnitude for m in (1.0, 2.0, 2.5, 5.0, 10.0) if span / (m * magnitude) <= about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, last + 1)]


def shorten(name: str, length: int) -> str:
    """Return the name, its middle left out where it is longer than the chart has room for."""
    if len(name) <= length:
        return name
    keep = (length - 1) // 2
    return f"{name[: length - 1 - keep]}…{name[-keep:]}"


def _legal(content: str) -> str:
    """Return the text with a stand-in for each sign that XML does not allow or nobody can see."""
    return "".join(sign if _is_legal(sign) else "\N{REPLACEMENT CHARACTER}" for sign in content)


def _is_legal(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) == "Zs"  # spaces that do not break are no "printable"


def _value(value: str | float) -> str:
    """Return an attribute's value, numbers rounded to what a screen can show."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
