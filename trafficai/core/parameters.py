"""Constants of the driver models: value, unit, source. Named after SUMO's, whose defaults they are.

Sources: SUMO's user documentation (https://sumo.dlr.de/docs, pages Car-Following-Models, Simulation/Intersections,
Definition_of_Vehicles); Krauss 1998 (car following); Erdmann 2015, "SUMO's lane-changing model" (lane changing).
"""

from __future__ import annotations

HALTING_SPEED = 0.1
"""At or below it a vehicle waits [m/s]."""

POSITION_EPS = 0.1
"""Tolerance of positions [m]."""

NUMERICAL_EPS = 0.001
"""Tolerance of numbers [-]."""

SPEED_EPS = 0.1 * NUMERICAL_EPS
"""Tolerance of speeds [m/s]."""

STOP_LINE_GAP = 1.0
"""Distance kept to the stop line where priority is expected [m]."""

YELLOW_MIN_DECEL = 3.0
"""Least deceleration drivers accept before a yellow signal [m/s^2] (--tls.yellow.min-decel)."""

TIME_TO_IMPATIENCE = 180.0
"""Wait after which a driver is fully impatient [s] (--time-to-impatience)."""

MINOR_TIME_GAP = 1.0
"""Gap kept to a foe's arrival at a junction [s] (jmTimegapMinor)."""

ZIPPER_TIME_GAP = 16.0
"""Vehicles that arrive at a zipper within this time of each other adapt [s]."""

ZIPPER_HORIZON = 10.0
"""Further from a zipper than this a driver brakes softly for a gap there [s]."""

BLOCKAGE_TIME = 5.0
"""Standing time after which a vehicle on the junction is a blockage [s]."""

EMERGENCY_AMPLIFIER = 1.2
"""Margin on the deceleration of an emergency braking [-]."""

SPACE_LOOK_AHEAD = 5.0
"""Look-ahead for free space behind a junction, in vehicle lengths [-]."""

NO_INTERSECTION = 10000.0
"""Stands for 'these lanes do not cross' [m]."""

DIVERGENCE_WIDTH = 2.5
"""Lanes further apart than this no longer share their space [m]."""

LOOK_FORWARD = 10.0
"""Look-ahead of a strategic lane change [s]."""

LOOK_AHEAD_LEFT = 2.0
"""Factor on it towards the left [-] (lcLookaheadLeft)."""

LOOK_AHEAD_MEMORY = 0.9
"""Weight of the look-ahead speed of the last second [-]."""

SPEED_GAIN_LEFT = 0.2
"""Threshold of a change to the left for speed [-]."""

SPEED_GAIN_RIGHT = 2.0
"""Threshold of a change to the right for speed [-] (0.2 / lcSpeedGainRight)."""

RELATIVE_GAIN_MIN_SPEED = 10.0
"""Least speed by which a gain is divided [m/s]."""

KEEP_RIGHT_ACCEPTANCE = 7.0
"""Seconds of free driving on the right that make it worth while [s]."""

KEEP_RIGHT_TIME = 5.0
"""Slows the growth of the wish to keep right [-]."""

TURN_LANE_LENGTH = 200.0
"""A lane that leads elsewhere is not used to overtake within this distance [m]."""

HELP_OVERTAKE = 10.0 / 3.6
"""Speed difference that lets another vehicle pass [m/s]."""

MIN_FALL_BEHIND = 7.0 / 3.6
"""Least deceleration of a vehicle that falls back behind a blocking leader [m/s^2]."""

URGENCY = 2.0
"""Divides the time left for a strategic change [-]."""

WAIT_TO_PASS = 5.0
"""Time that a leader must have stood for one that stands beside it to drive on [s] (seen in SUMO 1.28)."""

CUT_IN_LEFT_SPEED = 27.0
"""Above it a follower on the left is asked to slow down [m/s]."""

MAX_ON_RAMP_LENGTH = 200.0
"""A longer lane is no on-ramp [m]."""

ACTION_STEP = 1.0
"""Time between two decisions of a driver [s] (actionStepLength)."""

RESERVE_RIGHT, RESERVE_LEFT = 20.0, 40.0
"""Room kept for unseen vehicles when more than one lane must be crossed [m]."""

CONGESTED_SPEED = 60.0 / 3.6
"""Below it traffic may be overtaken on the right [m/s] (German StVO section 7, as SUMO reads it)."""

UNCONGESTED_LIMIT = 60.1 / 3.6
"""On roads with a lower limit traffic may always be overtaken on the right [m/s]."""

OVERTAKE_FORESIGHT = 8.0
"""How far ahead braking behind a slower vehicle on the left is foreseen [s]."""

ON_RAMP_SPEED = 80.0 / 3.6
"""Above this limit vehicles do not enter a lane that ends [m/s]."""

DEFAULT_DECEL = 4.5
"""Deceleration [m/s^2] that SUMO expects of followers until a vehicle with a lower one departs."""

LONGEST_BRAKING = 1000.0
"""Distance [m] up to which SUMO looks back for followers."""
