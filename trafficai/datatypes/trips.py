"""What became of every scheduled vehicle."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Trips(NamedTuple):
    """One row per vehicle of ``scenario.vehicles``, in that order; the definitions are those of SUMO's tripinfo.

    A vehicle that never got in has ``inserted`` NaN and zeros in what is counted while driving. One still on its way
    has ``arrived`` NaN and its figures so far, as ``--tripinfo-output.write-unfinished`` gives them.
    """

    scheduled: NDArray[np.float64]  # (num_vehicles,) [s], when it wanted to depart
    inserted: NDArray[np.float64]  # (num_vehicles,) [s], NaN where it never got in
    arrived: NDArray[np.float64]  # (num_vehicles,) [s], NaN where it did not arrive
    duration: NDArray[np.float64]  # (num_vehicles,) [s], from insertion to arrival or to the end of the run
    depart_delay: NDArray[np.float64]  # (num_vehicles,) [s], up to the end of the run where it never got in
    time_loss: NDArray[np.float64]  # (num_vehicles,) [s]
    waiting_time: NDArray[np.float64]  # (num_vehicles,) [s], at most 0.1 m/s
    stops: NDArray[np.int32]  # (num_vehicles,) times it came to a stop
    route_length: NDArray[np.float64]  # (num_vehicles,) [m], driven
    co2: NDArray[np.float64]  # (num_vehicles,) [g], by our emission function
    fuel: NDArray[np.float64]  # (num_vehicles,) [g], by our emission function
    engine_co2: NDArray[np.float64]  # (num_vehicles,) [g], SUMO's own figure; NaN where the engine has none
    nox: NDArray[np.float64]  # (num_vehicles,) [g], nitrogen oxides by our emission function
    engine_fuel: NDArray[np.float64]  # (num_vehicles,) [g], SUMO's own figure; NaN where the engine has none
    engine_nox: NDArray[np.float64]  # (num_vehicles,) [g], likewise
    pmx: NDArray[np.float64]  # (num_vehicles,) [g], particles by our emission function, worn-off ones included
    electricity: NDArray[np.float64]  # (num_vehicles,) [Wh], out of the battery, by our emission function
    engine_pmx: NDArray[np.float64]  # (num_vehicles,) [g], SUMO's own figure; NaN where the engine has none
    engine_electricity: NDArray[np.float64]  # (num_vehicles,) [Wh], likewise
    co2_hbefa3: NDArray[np.float64]  # (num_vehicles,) [g], by the HBEFA3 class beside the own; NaN where not asked for
    co2_vt_micro: NDArray[np.float64]  # (num_vehicles,) [g], by VT-Micro; NaN where not asked for
    teleports: int  # vehicles moved by magic: after a collision, or out of a jam where time-to-teleport is set
