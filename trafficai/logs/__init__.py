"""What a run leaves behind for others to read: SUMO's own files, a controller's event log, tables; docs/logs.md."""

from __future__ import annotations

from trafficai.logs.run_log import RunLog

__all__ = ["RunLog"]
