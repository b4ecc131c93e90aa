"""Pictures of environments: what is drawn, and that Gymnasium's recorder gets them."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded

import trafficai
from trafficai.backends import make_backend
from trafficai.datatypes import InputError
from trafficai.rendering import Renderer
from trafficai.rendering.renderer import LIGHTS, speed_colour
from trafficai.scenario import load_scenario

pytest.importorskip("PIL")


def count(frame, colour):
    """Return how many pixels show a colour exactly."""
    return int((frame == np.array(colour, np.uint8)).all(axis=2).sum())


def make(mode="rgb_array", backend="numba"):
    return trafficai.make_env("junction", backend=backend, end=300, render_mode=mode)


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_a_frame_is_a_picture_that_changes_with_the_traffic(backend):
    env = make(backend=backend)
    env.reset(seed=1)
    first = env.render()
    for _ in range(10):
        env.step(0)
    second = env.render()
    env.close()
    assert first.dtype == np.uint8
    assert first.shape == second.shape
    assert first.shape[2] == 3
    assert first.std() > 10.0
    assert (first != second).any()


def test_both_engines_and_equal_seeds_draw_the_same_ground():
    frames = []
    for backend in ("numba", "sumo"):
        env = make(backend=backend)
        env.reset(seed=1)
        frames.append(env.render())
        env.close()
    assert (frames[0] == frames[1]).mean() > 0.99


def test_signals_and_standing_vehicles_have_their_colours():
    scenario = load_scenario("junction", 0, 300)
    backend = make_backend(scenario, "numba")
    backend.reset(1)
    backend.advance(np.full(len(scenario.signals), -1, np.int32), 200)
    renderer, sighting = Renderer(scenario), backend.sighting()
    frame = renderer.frame(200.0, sighting)
    dark = renderer.frame(200.0, sighting._replace(colours=np.zeros_like(sighting.colours)))
    empty = renderer.frame(200.0, sighting._replace(**{name: getattr(sighting, name)[:0] for name in COLUMNS}))
    green, red = 3, 0
    assert count(frame, LIGHTS[green]) > 10
    assert count(frame, LIGHTS[red]) > 10
    assert count(dark, LIGHTS[green]) == 0
    assert count(dark, LIGHTS[red]) > count(frame, LIGHTS[red])
    assert (sighting.speeds < 0.1).sum() > 2
    assert count(frame, speed_colour(0.0)) > count(empty, speed_colour(0.0))


COLUMNS = ("vehicles", "lanes", "positions", "speeds", "factors")


def test_rendering_does_not_change_the_run():
    ends = []
    for mode in (None, "rgb_array"):
        env = make(mode)
        env.reset(seed=3)
        for _ in range(20):
            observation, *_, info = env.step(1)
            env.render()
        ends.append((observation.tolist(), info))
        env.close()
    assert ends[0] == ends[1]


def test_a_window_opens_without_a_screen_to_show_it_on(monkeypatch):
    pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = make("human")
    env.reset(seed=1)
    env.step(0)
    assert env.render() is None
    env.close()
    env.close()


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(InputError, match="unknown render_mode 'ansi'"):
        make("ansi")
    env = make()
    with pytest.raises(ResetNeeded):
        env.render()
    env.close()
    env = make(None)
    env.reset(seed=1)
    assert env.render() is None
    env.close()


@pytest.mark.filterwarnings("ignore")
def test_gymnasium_records_an_episode(tmp_path):
    env = gymnasium.make("trafficai/Signal-v0", scenario="junction", end=60, render_mode="rgb_array")
    env = gymnasium.wrappers.RecordVideo(env, str(tmp_path), episode_trigger=lambda _: True)
    env.reset(seed=1)
    done = False
    while not done:
        *_, done, _ = env.step(env.action_space.sample())
    env.close()
    videos = list(tmp_path.glob("*.mp4"))
    assert len(videos) == 1
    assert videos[0].stat().st_size > 10_000
