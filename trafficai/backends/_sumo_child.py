"""The child process that SUMO lives in; run by its path, it needs only NumPy and one of SUMO's libraries.

SUMO can crash on a net that it dislikes and take its process with it, and a process can hold only one libsumo run at a
time; hence a process of its own. Parent and child talk over a socket in messages of one JSON header and raw arrays,
which cannot carry code. The accounting is the parent's; the child only steps SUMO and passes on what it shows.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import struct
import sys
from array import array
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIGNALLED = 128
"""Exit codes above this say by which signal a run died, as in a shell."""

LENGTH = struct.Struct("<Q")

COLUMNS = {
    "vehicle": np.int32,  # position in the scenario
    "lane": np.int32,  # position in the network
    "position": np.float64,  # [m], of the front on the lane
    "speed": np.float64,  # [m/s]
    "time_loss": np.float64,  # [s], since insertion
    "is_stopped": np.int8,  # at a planned stop
}
"""What is recorded of every vehicle in every second."""


class Message(NamedTuple):
    """What goes over the socket: a kind, plain values, and arrays."""

    kind: str
    fields: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def encode(message: Message) -> bytes:
    """Return the message as bytes, its length first."""
    arrays = {name: np.ascontiguousarray(array) for name, array in message.arrays.items()}
    layout = [(name, array.dtype.str, array.size) for name, array in arrays.items()]
    header = json.dumps([message.kind, message.fields, layout]).encode()
    body = b"".join([LENGTH.pack(len(header)), header, *(array.tobytes() for array in arrays.values())])
    return LENGTH.pack(len(body)) + body


def decode(body: bytes) -> Message:
    """Return the message that ``encode`` made, without the leading length; its arrays are flat."""
    (size,) = LENGTH.unpack_from(body)
    start = LENGTH.size + size
    kind, fields, layout = json.loads(body[LENGTH.size : start])
    arrays = {}
    for name, dtype, count in layout:
        end = start + count * np.dtype(dtype).itemsize
        arrays[name] = np.frombuffer(body[start:end], dtype=np.dtype(dtype)).copy()
        start = end
    return Message(kind, fields, arrays)


def receive_exactly(connection: socket.socket, size: int) -> bytes:
    """Return ``size`` bytes from the socket; EOFError where the other side is gone."""
    parts = []
    while size > 0:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def receive(connection: socket.socket) -> Message:
    """Return the next message; EOFError where the other side is gone."""
    (size,) = LENGTH.unpack(receive_exactly(connection, LENGTH.size))
    return decode(receive_exactly(connection, size))


class Recording:
    """What a stretch of simulated seconds showed: one row per vehicle and second, and every departure and arrival."""

    def __init__(self) -> None:
        self.table = array("d")  # row after row as in COLUMNS
        self.departed: list[int] = []
        self.factors: list[float] = []  # speed factor of each that departed
        self.arrived: list[int] = []
        self.rows: list[int] = []  # rows of the table up to the end of each second
        self.departures: list[int] = []  # likewise of ``departed``
        self.arrivals: list[int] = []  # likewise of ``arrived``
        self.states: list[str] = []  # of every signal, second after second

    def end_second(self) -> None:
        """Note where the entries of the present second end."""
        self.rows.append(len(self.table) // len(COLUMNS))
        self.departures.append(len(self.departed))
        self.arrivals.append(len(self.arrived))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return one array per column of the table and per list."""
        table = np.array(self.table).reshape(-1, len(COLUMNS)).T
        columns = {name: column.astype(dtype) for (name, dtype), column in zip(COLUMNS.items(), table, strict=True)}
        lists = ("departed", "arrived", "rows", "departures", "arrivals")
        indices = {name: np.array(getattr(self, name), np.int32) for name in lists}
        return {**columns, **indices, "factors": np.array(self.factors, np.float64)}


class Simulation:
    """One SUMO run behind libsumo or traci; positions of lanes and vehicles are those of the scenario."""

    def __init__(
        self,
        library: str,
        lanes: Iterable[str],
        has_stops: bool = False,
        signals: Iterable[str] = (),
    ) -> None:
        self._engine = importlib.import_module(library)
        self._is_traci = library == "traci"
        self._vehicle_index: dict[str, int] = {}
        self._lane_index = {name: i for i, name in enumerate(lanes)}
        self._has_stops = has_stops
        self._signals = tuple(signals)
        self._is_running = False

    def start(self, command: list[str], vehicles: Iterable[str]) -> None:
        """Load SUMO with a command line and the ids of its vehicles in order."""
        self._vehicle_index = {name: i for i, name in enumerate(vehicles)}
        self._engine.start(command)
        self._is_running = True

    def close(self) -> None:
        """End the run, so that SUMO writes its results."""
        if self._is_running:
            self._is_running = False
            self._engine.close()

    def advance(self, seconds: int, colours: list[tuple[int, str, str]]) -> Message:
        """Simulate; each entry of ``colours`` sets one signal's state string before the second it names."""
        recording, teleports = Recording(), 0
        for second in range(seconds):
            while colours and colours[0][0] == second:
                _, signal_id, state = colours.pop(0)
                self._engine.trafficlight.setRedYellowGreenState(signal_id, state)
            self._engine.simulationStep()
            self._record(recording)
            teleports += self._engine.simulation.getStartingTeleportNumber()
        expected = self._engine.simulation.getMinExpectedNumber()
        fields = {"teleports": teleports, "expected": expected, "states": recording.states}
        return Message("advanced", fields, recording.arrays())

    def _record(self, recording: Recording) -> None:
        departed = self._engine.simulation.getDepartedIDList()
        recording.departed += [self._vehicle_index[name] for name in departed]
        recording.factors += [self._engine.vehicle.getSpeedFactor(name) for name in departed]
        recording.arrived += [self._vehicle_index[name] for name in self._engine.simulation.getArrivedIDList()]
        if self._is_traci:
            self._record_subscribed(recording, departed)
        else:
            self._record_vehicles(recording)
        recording.states += map(self._engine.trafficlight.getRedYellowGreenState, self._signals)
        recording.end_second()

    def _record_vehicles(self, recording: Recording) -> None:
        """Read by plain calls, which cost 0.4 times what subscriptions do in libsumo (measured: 1.1 against 2.6 us)."""
        vehicle = self._engine.vehicle
        for name in vehicle.getIDList():
            lane = self._lane_index.get(vehicle.getLaneID(name), -1)
            if lane >= 0:  # a vehicle that is being teleported is nowhere
                driven = (vehicle.getLanePosition(name), vehicle.getSpeed(name), vehicle.getTimeLoss(name))
                is_stopped = self._has_stops and vehicle.isStopped(name)
                recording.table.extend((self._vehicle_index[name], lane, *driven, is_stopped))

    def _record_subscribed(self, recording: Recording, departed: Iterable[str]) -> None:
        """Read by subscriptions, which cost one message a second over TraCI's socket."""
        vehicle, names = self._engine.vehicle, self._engine.constants
        wanted = (names.VAR_LANE_ID, names.VAR_LANEPOSITION, names.VAR_SPEED, names.VAR_TIMELOSS)
        asked = (*wanted, names.VAR_STOPSTATE) if self._has_stops else wanted
        for name in departed:
            vehicle.subscribe(name, asked)
        for name, values in vehicle.getAllSubscriptionResults().items():
            lane = self._lane_index.get(values[wanted[0]], -1)
            if lane >= 0:
                is_stopped = self._has_stops and values[names.VAR_STOPSTATE] & 1
                driven = (values[each] for each in wanted[1:])
                recording.table.extend((self._vehicle_index[name], lane, *driven, is_stopped))


def limit_memory(megabytes: int) -> None:
    """Let the process have at most so much address space; 0 is no limit."""
    if megabytes:
        import resource  # POSIX only

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def answer_to(simulation: Simulation, message: Message) -> Message:
    """Carry out a request and return the answer; whatever SUMO raises is the parent's to report."""
    fields = message.fields
    try:
        if message.kind == "start":
            simulation.start(fields["command"], fields["vehicles"])
            return Message("started", {"pid": os.getpid()}, {})
        if message.kind == "advance":
            return simulation.advance(fields["seconds"], fields["colours"])
        simulation.close()
        return Message("finished", {}, {})
    except Exception as error:
        return Message("error", {"text": " ".join(str(error).split()) or type(error).__name__}, {})


def serve_run(connection: socket.socket, simulation: Simulation, message: Message, longest: float) -> None:
    """Answer one run's messages until it is finished; a timer ends the process where SUMO takes ``longest`` [s]."""
    while True:
        signal.setitimer(signal.ITIMER_REAL, longest)
        answer = answer_to(simulation, message)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(encode(answer))
        if message.kind == "finish":
            return
        message = receive(connection)


def serve(connection: socket.socket) -> None:
    """Fork a process for each run until the parent is gone; leave with the exit code of a run that died.

    Forked, because a second run in one process can differ from a first with the same seed (SUMO 1.28.0 on cologne1),
    and because the library is then loaded once.
    """
    first = receive(connection).fields
    limit_memory(first["memory_limit_mb"])
    known = (first["lanes"], first["has_stops"], first["signals"])
    simulation = Simulation(first["library"], *known)
    connection.sendall(encode(Message("ready", {}, {})))
    while True:
        message = receive(connection)
        if (run := os.fork()) == 0:
            serve_run(connection, simulation, message, first["longest_s"])
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(run, 0)[1])
        if code != 0:
            os._exit(code if code > 0 else SIGNALLED - code)


def main() -> None:
    """Serve on the socket whose descriptor is the first argument."""
    try:
        serve(socket.socket(fileno=int(sys.argv[1])))
    except (EOFError, ConnectionError):
        os._exit(0)


if __name__ == "__main__":
    main()
