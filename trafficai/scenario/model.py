"""What is simulated: network, signals, vehicles, in SUMO's vocabulary. Files are read elsewhere; this comes out.

Everything is immutable and ordered: the position of a lane, edge, signal or vehicle in its tuple is its index in every
array of both engines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of an edge; internal lanes lie inside a junction."""

    id: str
    edge: str  # id of the edge it belongs to
    index: int  # position within the edge, 0 is the rightmost
    length: float  # [m]
    speed: float  # [m/s], the limit
    allow: frozenset[str] | None  # vehicle classes that may use it; None is all
    shape: tuple[tuple[float, float], ...]  # [m]
    width: float = 3.2  # [m]

    def permits(self, vehicle_class: str) -> bool:
        """Return whether a vehicle of the class may use the lane."""
        return self.allow is None or vehicle_class in self.allow


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed stretch of parallel lanes.

    ``function`` is 'normal', 'internal', 'connector', 'crossing' or 'walkingarea'.
    """

    id: str
    function: str
    from_junction: str | None
    to_junction: str | None
    lanes: tuple[Lane, ...]
    priority: int = -1

    @property
    def length(self) -> float:
        """Length [m]; the lanes of an edge share it."""
        return self.lanes[0].length

    @property
    def speed(self) -> float:
        """Highest limit among the lanes [m/s]."""
        return max(lane.speed for lane in self.lanes)

    def permits(self, vehicle_class: str) -> bool:
        """Return whether any lane may be used by the class."""
        return any(lane.permits(vehicle_class) for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class Connection:
    """A permitted lane-to-lane turn (SUMO's connection), internal ones included."""

    from_edge: str
    to_edge: str
    from_lane: int
    to_lane: int
    via: str | None  # id of the internal lane it leads over
    signal: str | None  # id of the tlLogic that controls it
    link_index: int  # position in the signal's state string, -1 without signal
    direction: str  # r, R, s, l, L, t or i
    state: str  # M major, m minor, O/o signal, = equal, s stop, w allway, Z zipper, - dead end
    keep_clear: bool = True
    contact_position: float | None = None  # contPos of the connection [m]
    visibility: float = 4.5  # distance at which foes are seen [m]; 100 by default at a zipper
    allow: frozenset[str] | None = None  # vehicle classes that may use it; None is all that both lanes permit


@dataclass(frozen=True, slots=True)
class Request:
    """One row of a junction's right-of-way matrix; bit strings already turned so that position i is link i."""

    index: int
    response: tuple[bool, ...]  # this link must yield to link i
    foes: tuple[bool, ...]  # this link conflicts with link i
    cont: bool  # vehicles may drive on and wait inside the junction


@dataclass(frozen=True, slots=True)
class Junction:
    """A node of the network; ``type`` is SUMO's (priority, traffic_light, right_before_left, zipper, internal, ...)."""

    id: str
    type: str
    x: float
    y: float
    incoming_lanes: tuple[str, ...]
    internal_lanes: tuple[str, ...]
    requests: tuple[Request, ...]
    shape: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a signal program; ``state`` has one of r y g G u s o O per link."""

    duration: float  # [s]
    state: str
    min_duration: float | None = None  # [s]
    max_duration: float | None = None  # [s]
    next: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A fixed-time program of one signal as the files give it (tlLogic)."""

    signal: str
    program: str
    type: str
    offset: float  # [s]
    phases: tuple[Phase, ...]

    @property
    def cycle(self) -> float:
        """Sum of the phase durations [s]."""
        return sum(phase.duration for phase in self.phases)


@dataclass(frozen=True)
class Signal:
    """One controlled signal: the program in force, and the green phases that a controller may ask for.

    ``green_phases`` are indices into ``program.phases``: phases that show G or g to a road, and no y or u anywhere.
    ``links[i]`` are the movements shown at position i of a state string: (from lane id, to lane id) pairs; none for a
    position that shows nothing to road vehicles (crossings, rail).
    Clearance follows the program where it has one: ``yellow`` is its longest yellow, ``all_red`` the shortest time
    without green or yellow between two greens, ``red_amber`` the shortest phase that shows red-amber. Where the program
    shows no yellow, ``yellows`` gives each position its own. ``intergreen``, where it is given, decides in the place of
    ``all_red``.
    """

    id: str
    program: Program
    links: tuple[tuple[tuple[str, str], ...], ...]
    green_phases: tuple[int, ...]
    yellow: float  # [s]
    all_red: float  # [s]
    min_green: float = 5.0  # [s], RiLSA's least green for vehicles
    red_amber: float = 0.0  # [s], before green; within the intergreen
    yellows: tuple[float, ...] = ()  # [s], of each position; empty where ``yellow`` holds for all
    intergreen: tuple[tuple[float, ...], ...] = ()  # [s], [i][j] from the end of green of i to green of j; or empty
    max_red: float = 0.0  # [s], longest red that requests can cause; 0 is no limit
    always_yellow: bool = False  # whether a change takes yellow and all-red also where nobody loses green
    built_greens: tuple[str, ...] = ()  # colours of green phases on offer that the program lacks, behind its own

    def yellow_of(self, position: int) -> float:
        """Return the yellow of one position of the state string [s]."""
        return self.yellows[position] if self.yellows else self.yellow

    @property
    def num_phases(self) -> int:
        """Number of green phases on offer."""
        return len(self.green_phases) + len(self.built_greens)

    def green_state(self, phase: int) -> str:
        """Return the colours of green phase ``phase`` (0 .. num_phases - 1), those of the program first."""
        num_own = len(self.green_phases)
        if phase < num_own:
            return self.program.phases[self.green_phases[phase]].state
        return self.built_greens[phase - num_own]


@dataclass(frozen=True)
class Network:
    """Edges, lanes, junctions and connections, each in file order."""

    edges: tuple[Edge, ...]  # all of them, internal ones too
    junctions: tuple[Junction, ...]
    connections: tuple[Connection, ...]

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """Every lane, internal ones too, edge by edge."""
        return tuple(lane for edge in self.edges for lane in edge.lanes)

    @cached_property
    def normal_lanes(self) -> tuple[Lane, ...]:
        """Lanes of normal edges, edge by edge: the lane axis of every Snapshot."""
        return tuple(lane for edge in self.edges if edge.function in ("normal", "connector") for lane in edge.lanes)

    @cached_property
    def edge_index(self) -> dict[str, int]:
        """Position of each edge id in ``edges``."""
        return {edge.id: i for i, edge in enumerate(self.edges)}

    @cached_property
    def lane_index(self) -> dict[str, int]:
        """Position of each lane id in ``lanes``."""
        return {lane.id: i for i, lane in enumerate(self.lanes)}

    @cached_property
    def normal_lane_index(self) -> dict[str, int]:
        """Position of each lane id in ``normal_lanes``."""
        return {lane.id: i for i, lane in enumerate(self.normal_lanes)}


@dataclass(frozen=True)
class VehicleType:
    """A vType with every attribute resolved, so that no default of a SUMO version decides a result."""

    id: str
    vehicle_class: str = "passenger"
    length: float = 5.0  # [m]
    min_gap: float = 2.5  # [m]
    accel: float = 2.6  # [m/s^2]
    decel: float = 4.5  # [m/s^2]
    emergency_decel: float = 9.0  # [m/s^2]
    sigma: float = 0.5  # [-], driver imperfection
    tau: float = 1.0  # [s]
    max_speed: float = 200.0 / 3.6  # [m/s]
    speed_factor: tuple[float, float, float, float] = (1.0, 0.1, 0.2, 2.0)  # normc(mean, deviation, low, high)
    emission_class: str = "HBEFA4/PC_petrol_Euro-4"
    car_follow_model: str = "Krauss"  # or IDM
    idm_delta: float = 4.0  # [-], IDM: exponent of the free road
    idm_stepping: float = 0.25  # [s], IDM: part of a step in which the acceleration is constant
    width: float = 1.8  # [m]
    extra: tuple[tuple[str, str], ...] = ()  # further attributes handed on to SUMO unread (lcXxx, jmXxx ...)


@dataclass(frozen=True)
class StoppingPlace:
    """A bus stop or the like: a stretch of a lane where vehicles halt one behind the other."""

    id: str
    kind: str  # SUMO's element: busStop or containerStop
    lane: str
    start: float  # [m]
    end: float  # [m]


@dataclass(frozen=True)
class Stop:
    """A planned halt on the way: at a stopping place, or on a stretch of a lane."""

    position: int  # of its edge on the vehicle's route
    lane: str
    start: float  # [m], of the stretch in which the front must come to a halt
    end: float  # [m]
    duration: float = 0.0  # [s], at least
    until: float = -1.0  # [s], not earlier; -1 is any time
    is_parking: bool = False  # off the lane, out of everybody's way
    place: str = ""  # id of the stopping place, empty where there is none


@dataclass(frozen=True)
class Vehicle:
    """One vehicle with its frozen route and explicit departure attributes."""

    id: str
    type: int  # index into scenario.vehicle_types
    depart: float  # [s]
    route: tuple[str, ...]  # edge ids
    depart_lane: str = "best_prob"  # a number, or random free allowed best best_prob first
    depart_pos: str = "base"  # a number [m], or random free random_free base last stop
    depart_speed: str = "avg"  # a number [m/s], or random max desired speedLimit last avg
    arrival_pos: str = "max"  # a number [m], negative from the end, or max, random
    stops: tuple[Stop, ...] = ()  # in the order of the route


@dataclass(frozen=True, slots=True)
class CrossSection:
    """A place across one lane."""

    lane: str
    position: float  # [m]


@dataclass(frozen=True, slots=True)
class InductionLoop:
    """An induction loop (SUMO's inductionLoop, E1)."""

    id: str
    lane: str
    position: float  # [m], where fronts come onto it
    period: int  # [s], 0 is the whole run
    length: float = 0.0  # [m]

    @property
    def end(self) -> float:
        """Where backs leave it [m]."""
        return self.position + self.length


@dataclass(frozen=True, slots=True)
class LaneAreaDetector:
    """A camera over a stretch of one lane, or of several one behind the other (SUMO's laneAreaDetector, E2)."""

    id: str
    lanes: tuple[str, ...]  # in the direction of travel, internal ones included
    start: float  # [m], on the first lane
    end: float  # [m], on the last lane
    period: int  # [s], 0 is the whole run
    time_threshold: float = 1.0  # [s], standing longer makes a jam
    speed_threshold: float = 5.0 / 3.6  # [m/s], slower is standing
    jam_threshold: float = 10.0  # [m], as SUMO reads it; its jams are not divided by it


@dataclass(frozen=True, slots=True)
class EntryExitDetector:
    """What lies between entries and exits (SUMO's entryExitDetector, E3)."""

    id: str
    entries: tuple[CrossSection, ...]
    exits: tuple[CrossSection, ...]
    period: int  # [s], 0 is the whole run
    time_threshold: float = 1.0  # [s], standing as long is a halt
    speed_threshold: float = 5.0 / 3.6  # [m/s], slower is standing


@dataclass(frozen=True, slots=True)
class Detectors:
    """The detectors of a scenario, each kind in file order: the order of every array of their readings."""

    e1: tuple[InductionLoop, ...] = ()
    e2: tuple[LaneAreaDetector, ...] = ()
    e3: tuple[EntryExitDetector, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.e1 or self.e2 or self.e3)


@dataclass(frozen=True)
class Scenario:
    """Network, signals, frozen demand and period: everything both engines need, and where it came from."""

    name: str
    network: Network
    signals: tuple[Signal, ...]
    vehicle_types: tuple[VehicleType, ...]
    vehicles: tuple[Vehicle, ...]  # in order of departure, all within [begin, end)
    begin: int  # [s]
    end: int  # [s]
    network_file: Path  # the .net.xml[.gz] that was read
    sha256: str  # over the content of every input file and the period
    time_to_teleport: float = -1.0  # [s], -1 is never
    notes: tuple[str, ...] = field(default=())  # what was left out or assumed, counted, one line each
    stopping_places: tuple[StoppingPlace, ...] = ()  # those that some vehicle halts at
    other_programs: tuple[Program, ...] = ()  # in force where no controller sets anything: rail, pedestrians, no green
    detectors: Detectors = field(default_factory=Detectors)

    @property
    def duration(self) -> int:
        """Length of the period [s]."""
        return self.end - self.begin
