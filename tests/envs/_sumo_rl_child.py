"""Runs in a process of its own: drives sumo-rl with given actions and writes down what it shows after each."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(job_file: str, out_file: str) -> None:
    """Drive one episode: job = {options, actions by decision and signal}; out = {spaces, shown by decision}."""
    from sumo_rl import SumoEnvironment

    job = json.loads(Path(job_file).read_text())
    env = SumoEnvironment(**job["options"])
    shown = [{"observations": _plain(env.reset())}]
    for actions in job["actions"]:
        observations, rewards, _, _ = env.step(actions)
        signals = env.traffic_signals
        terms = {name: {i: float(fn(s)) for i, s in signals.items()} for name, fn in _terms(signals).items()}
        shown.append({"observations": _plain(observations), "rewards": {**terms, "diff-waiting-time": rewards}})
    spaces = {signal: int(env.action_spaces(signal).n) for signal in env.ts_ids}
    env.close()
    Path(out_file).write_text(json.dumps({"spaces": spaces, "shown": shown}))


def _terms(signals):
    """Return sumo-rl's rewards that keep nothing in mind, by name."""
    kind = type(next(iter(signals.values())))
    return {name: kind.reward_fns[name] for name in ("average-speed", "queue", "pressure")}


def _plain(observations):
    return {signal: values.tolist() for signal, values in observations.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
