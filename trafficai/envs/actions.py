"""Actions by name: what an agent says of the signals it sets at each decision."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from trafficai.datatypes import FOLLOW_PLAN, InputError
from trafficai.envs.action_base import Action, ControlledSignals, controlled_signals, spread_requests
from trafficai.envs.action_phases import KeepNextAction, PhaseAction, PhaseDurationAction, RingBarrierAction
from trafficai.envs.action_plans import OffsetAction, SplitsAction
from trafficai.scenario.model import Scenario
