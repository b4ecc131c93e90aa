"""Pictures of a running scenario, drawn by ourselves: no SUMO-GUI, and no display for pictures as arrays."""

from __future__ import annotations

from trafficai.rendering.renderer import Renderer

__all__ = ["Renderer"]
