"""Reads SUMO's flow elements and spells them out as departures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trafficai.scenario.departures import Departure
from trafficai.scenario.draws import generator
from trafficai.scenario.xml import Element, to_number

MAX_VEHICLES: Final = 1_000_000  # of one flow; more is a mistake in the file
DRAW_SIZE: Final = 1024  # exponential gaps drawn at a time
HOW_OFTEN: Final = ("period", "vehsPerHour", "perHour", "probability")


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow: when its vehicles depart, and what each of them is like.

    One of ``period``, ``rate`` and ``probability`` is given, or none with a ``number`` of vehicles to spread evenly.
    """

    member: Departure  # what its vehicles share; the id is the flow's
    begin: float  # [s]
    end: float | None  # [s]
    period: float | None  # [s] between vehicles
    rate: float | None  # [1/s], of a Poisson process
    probability: float | None  # [-] of a vehicle in each second
    number: int | None

    def departures(self, end: float | None) -> Iterator[Departure]:
        """Yield each departure before the flow's end and the scenario's ``end`` [s].

        Raises:
            InputError: the flow never ends, or has too many vehicles.
        """
        limits = [limit for limit in (self.end, end) if limit is not None]
        if not limits and (self.number is None or self.probability is not None):
            raise self.member.element.error("has no end, and neither has the scenario; add 'end' or 'number'")
        for index, time in enumerate(self._times(min(limits, default=math.inf))):
            if index == self.number:
                return
            if index >= MAX_VEHICLES:
                raise self.member.element.error(f"has more than {MAX_VEHICLES} vehicles; correct its rate")
            shift = time - self.begin if self.rate is None and self.probability is None else 0.0
            yield self.member._replace(id=f"{self.member.id}.{index}", depart=time, until_shift=shift)

    def _times(self, limit: float) -> Iterator[float]:
        """Yield the departure times before ``limit`` [s]."""
        if self.probability is not None:
            return self._drawn_seconds(self.probability, limit)
        times = self._regular_times() if self.rate is None else self._random_times(self.rate)
        return itertools.takewhile(lambda time: time < limit, times)

    def _regular_times(self) -> Iterator[float]:
        """Yield evenly spaced times, in whole milliseconds as SUMO keeps them."""
        step = self._milliseconds()
        start = round(self.begin * 1000)
        index = 0
        while True:
            yield (start + index * step) / 1000
            index += 1

    def _milliseconds(self) -> int:
        if self.period is not None:
            return max(1, round(self.period * 1000))
        assert self.end is not None
        assert self.number is not None
        return max(1, int((self.end - self.begin) * 1000) // max(1, self.number))

    def _random_times(self, rate: float) -> Iterator[float]:
        """Yield the times of a Poisson process, in whole milliseconds."""
        random = generator("flow", self.member.id)
        time = self.begin
        while True:
            for gap in random.exponential(1.0 / rate, DRAW_SIZE).tolist():
                time += gap
                yield round(time, 3)

    def _drawn_seconds(self, probability: float, limit: float) -> Iterator[float]:
        """Yield the seconds in which a vehicle is drawn."""
        random = generator("flow", self.member.id)
        for second in range(math.ceil(limit - self.begin)):
            if random.random() < probability:
                yield self.begin + second


def read_flow(element: Element, member: Departure) -> Flow:
    """Return the flow that an element describes.

    Args:
        element: the flow.
        member: what its vehicles share.

    Raises:
        InputError: it does not say how often vehicles depart, or says it twice.
    """
    number = element.integer("number") if "number" in element.attributes else None
    given = [name for name in HOW_OFTEN if name in element.attributes]
    if len(given) > 1 or (not given and (number is None or "end" not in element.attributes)):
        raise element.error("needs one of period, vehsPerHour, probability, or number with end; correct it")
    begin = element.time("begin", 0.0)
    end = element.time("end") if "end" in element.attributes else None
    if end is not None and end < begin:
        raise element.error("ends before it begins; correct begin and end")
    period, rate, probability = _how_often(element, given[0]) if given else (None, None, None)
    return Flow(member, begin, end, period, rate, probability, number)


def _how_often(element: Element, name: str) -> tuple[float | None, float | None, float | None]:
    """Return period [s], rate [1/s] and probability [-]; two of them are None."""
    text = element.text(name).replace(" ", "")
    if name == "period" and text.startswith("exp(") and text.endswith(")"):
        rate = to_number(text[4:-1])
        if rate is None or rate <= 0.0:
            raise element.error(f"period='{text}' has no rate above 0; correct it")
        return None, rate, None
    value = element.number(name, above=0.0)
    if name == "probability":
        if value > 1.0:
            raise element.error(f"probability='{text}' is above 1; correct it")
        return None, None, value
    return (value if name == "period" else 3600.0 / value), None, None
