"""What may be asked of a signal besides one of its green phases."""

from __future__ import annotations

FOLLOW_PROGRAM = -1
"""Request of a signal's own fixed-time program; honoured until a phase is asked for, then it keeps that phase."""
