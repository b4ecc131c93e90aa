"""Draws a scenario as it stands: lanes, junctions, signals at their stop lines, vehicles coloured by speed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.core.signal_records import MAJOR_GREEN, MINOR_GREEN, RED, RED_YELLOW, YELLOW
from trafficai.datatypes import InputError
from trafficai.rendering.canvas import OVERSAMPLING, Colour, Points, View, fill, flat, strip, view_of
from trafficai.scenario.lane_line import LaneLine
from trafficai.scenario.model import Lane, Scenario

CAPTION_HEIGHT: Final = 40  # [px]
BACKGROUND: Final[Colour] = (238, 240, 236)
ROAD: Final[Colour] = (104, 109, 116)
JUNCTION: Final[Colour] = (88, 93, 100)
MARKING: Final[Colour] = (222, 224, 226)
INK: Final[Colour] = (34, 38, 44)
OUTLINE: Final[Colour] = (24, 26, 30)
LIGHTS: Final[dict[int, Colour]] = {
    RED: (226, 40, 48),
    RED_YELLOW: (240, 120, 24),
    YELLOW: (255, 206, 20),
    MINOR_GREEN: (120, 214, 130),
    MAJOR_GREEN: (20, 190, 80),
}
DARK_LIGHT: Final[Colour] = (150, 150, 150)
"""Signals that are off, or show something that is no colour of a head."""

SPEEDS: Final = np.array([[94, 30, 150], [196, 60, 160], [246, 140, 120], [255, 216, 130], [255, 255, 250]], np.float64)
"""From standing to the limit: ever lighter, and none a signal's colour."""

LEAST_VEHICLE: Final = 3.0
"""Least width of a drawn vehicle [px], so that it is seen in a large network."""

LEAST_BAR: Final = 4.0
"""Least thickness of a drawn signal head [px]."""


def speed_colour(share: float) -> Colour:
    """Return the colour of a vehicle that drives at a share of the limit."""
    place = min(max(share, 0.0), 1.0) * (len(SPEEDS) - 1)
    low = min(int(place), len(SPEEDS) - 2)
    red, green, blue = (SPEEDS[low] + (place - low) * (SPEEDS[low + 1] - SPEEDS[low])).round().astype(int).tolist()
    return red, green, blue


class Renderer:
    """Draws frames of one scenario.

    Raises:
        InputError: the drawing library is not installed; the message says how to install it.
    """

    def __init__(self, scenario: Scenario) -> None:
        if find_spec("PIL") is None:
            raise InputError("pictures need Pillow; run: pip install 'trafficai[render]'")
        self._scenario = scenario
        self._lines = [LaneLine(lane.shape, lane.length) if lane.shape else None for lane in scenario.network.lanes]
        self._view = view_of(scenario.network, _stop_lines(scenario), CAPTION_HEIGHT)
        self._limits = [lane.speed for lane in scenario.network.lanes]
        self._heads = self._place_heads()
        self._ground = self._draw_ground()
        self.follow(scenario)

    def follow(self, scenario: Scenario) -> None:
        """Draw the vehicles of a scenario that is the same in all else."""
        types = [scenario.vehicle_types[vehicle.type] for vehicle in scenario.vehicles]
        self._sizes = [(kind.length, max(kind.width, LEAST_VEHICLE / self._view.scale)) for kind in types]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame [px]."""
        return self._view.width, self._view.height

    def frame(self, time: float, sighting: Sighting) -> NDArray[np.uint8]:
        """Return the picture of a time [s] as (height, width, 3)."""
        from PIL import Image, ImageDraw

        image = self._ground.copy()
        draw = ImageDraw.Draw(image)
        for quad, signal, places in self._heads:
            fill(draw, self._view, [quad], self._light(sighting.colours[signal], places))
        rows = zip(sighting.vehicles, sighting.lanes, sighting.positions, sighting.speeds, strict=True)
        for vehicle, lane, position, speed in rows:
            self._draw_vehicle(draw, int(vehicle), int(lane), float(position), float(speed))
        small = image.resize(self.size, Image.Resampling.BOX)
        self._draw_caption(ImageDraw.Draw(small), time, len(sighting.vehicles))
        return np.asarray(small, dtype=np.uint8)

    def _draw_ground(self) -> Any:
        """Return what never changes: junctions, lanes, and the lines between lanes."""
        from PIL import Image, ImageDraw

        view, network = self._view, self._scenario.network
        size = (view.width * OVERSAMPLING, view.height * OVERSAMPLING)
        image = Image.new("RGB", size, BACKGROUND)
        draw = ImageDraw.Draw(image)
        for junction in network.junctions:
            if len(junction.shape) > 2:
                fill(draw, view, [np.array(junction.shape)], JUNCTION)
        for edge in network.edges:
            for lane in edge.lanes:
                if edge.function in ("normal", "connector") and len(lane.shape) > 1:
                    self._draw_lane(draw, lane)
            for right, left in zip(edge.lanes[:-1], edge.lanes[1:], strict=True):
                if edge.function == "normal":
                    _draw_dashes(draw, view, right, left)
        return image

    def _draw_lane(self, draw: Any, lane: Lane) -> None:
        width = max(lane.width, 1.5 / self._view.scale)
        fill(draw, self._view, strip(lane.shape, width), ROAD)
        radius = width / 2.0 * self._view.scale * OVERSAMPLING
        for x, y in flat(self._view.pixels(np.array(lane.shape[1:-1]).reshape(-1, 2))):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ROAD)  # closes the gaps at bends

    def _place_heads(self) -> list[tuple[Points, int, tuple[int, ...]]]:
        """Return for every lane under a signal the bar at its stop line, the signal, and its places in the state."""
        network = self._scenario.network
        heads = []
        for row, signal in enumerate(self._scenario.signals):
            places: dict[str, list[int]] = {}
            for place, pairs in enumerate(signal.links):
                for source, _ in pairs:
                    places.setdefault(source, []).append(place)
            for name, own in places.items():
                index = network.lane_index[name]
                line, lane = self._lines[index], network.lanes[index]
                if line is not None:
                    thickness = max(1.2, LEAST_BAR / self._view.scale)
                    ends = (line.at(lane.length - thickness), line.at(lane.length))
                    bar = [(float(x), float(y)) for x, y in ends]
                    heads += [(quad, row, tuple(own)) for quad in strip(bar, lane.width * 0.92)]
        return heads

    @staticmethod
    def _light(colours: NDArray[np.uint8], places: tuple[int, ...]) -> Colour:
        """Return what a lane's signal head shows: of its movements the one that may go most freely."""
        shown = {int(colours[place]) for place in places}
        order = (MAJOR_GREEN, MINOR_GREEN, YELLOW, RED_YELLOW, RED)
        return LIGHTS[next(code for code in order if code in shown)] if shown & set(order) else DARK_LIGHT

    def _draw_vehicle(self, draw: Any, vehicle: int, lane: int, position: float, speed: float) -> None:
        line, (length, width) = self._lines[lane], self._sizes[vehicle]
        if line is None:
            return
        ends = [(float(x), float(y)) for x, y in (line.at(position - length), line.at(position))]
        for quad in strip(ends, width):
            outline = OUTLINE if width * self._view.scale > 1.5 * LEAST_VEHICLE else None
            corners = flat(self._view.pixels(quad))
            draw.polygon(corners, fill=speed_colour(speed / self._limits[lane]), outline=outline)

    def _draw_caption(self, draw: Any, time: float, num_vehicles: int) -> None:
        """Write time, name and number of vehicles, and the legend of speeds, along the bottom."""
        from PIL import ImageFont

        width, height = self.size
        font = ImageFont.load_default(15)
        top = height - CAPTION_HEIGHT
        draw.rectangle((0, top, width, height), fill=(255, 255, 255))
        draw.line((0, top, width, top), fill=(200, 204, 208))
        hours, minutes, seconds = int(time) // 3600, int(time) // 60 % 60, int(time) % 60
        text = f"{hours:02d}:{minutes:02d}:{seconds:02d}   {self._scenario.name}   {num_vehicles} vehicles"
        middle = top + CAPTION_HEIGHT // 2
        draw.text((12, middle), text, fill=INK, font=font, anchor="lm")
        left, span = width - 150, 90
        draw.text((left - 8, middle), "stands", fill=INK, font=font, anchor="rm")
        draw.rectangle((left - 1, middle - 7, left + span, middle + 7), outline=OUTLINE)
        for x in range(span):
            draw.line((left + x, middle - 6, left + x, middle + 6), fill=speed_colour(x / (span - 1)))
        draw.text((left + span + 8, middle), "limit", fill=INK, font=font, anchor="lm")


def _stop_lines(scenario: Scenario) -> Points:
    """Return the ends of all lanes under a signal, (num, 2) [m]."""
    network = scenario.network
    names = {source for signal in scenario.signals for pairs in signal.links for source, _ in pairs}
    ends = [network.lanes[network.lane_index[name]].shape[-1:] for name in sorted(names)]
    return np.array([point for end in ends for point in end]).reshape(-1, 2)


def _draw_dashes(draw: Any, view: View, right: Lane, left: Lane) -> None:
    """Draw the broken line between two lanes beside each other."""
    if view.scale * 0.25 < 0.2 or len(right.shape) != len(left.shape) or len(right.shape) < 2:
        return
    side = left.width / (left.width + right.width)
    middle = [
        (a[0] + (b[0] - a[0]) * (1.0 - side), a[1] + (b[1] - a[1]) * (1.0 - side))
        for a, b in zip(right.shape, left.shape, strict=True)
    ]
    line = LaneLine(middle, right.length)
    for start in np.arange(1.5, right.length - 3.0, 9.0).tolist():
        ends = [(float(x), float(y)) for x, y in (line.at(start), line.at(start + 3.0))]
        fill(draw, view, strip(ends, 0.25), MARKING)
