"""What may be asked of a signal besides one of its green phases."""

from __future__ import annotations

FOLLOW_PROGRAM = -1
"""Request of a signal's own fixed-time program; honoured until a phase is asked for, then it keeps that phase."""

FOLLOW_PLAN = -2
"""Request of the green phase that the fixed-time plan shows at that second, also after others were asked for."""
