"""Runs in a process of its own: random decisions in sumo-rl's environment; prints agent decisions per CPU second."""

from __future__ import annotations

import sys
import time


def main(net_file: str, route_file: str, *numbers: str) -> None:
    """Drive an episode of (begin, duration, decision interval, number of decisions, seed)."""
    from sumo_rl import SumoEnvironment

    begin, duration, interval, num_decisions, seed = map(int, numbers)
    env = SumoEnvironment(
        net_file, route_file, begin_time=begin, num_seconds=duration, delta_time=interval, sumo_seed=seed,
        time_to_teleport=-1, add_system_info=False, add_per_agent_info=False, sumo_warnings=False,
    )  # fmt: skip
    env.reset()
    spaces = {agent: env.action_spaces(agent) for agent in env.ts_ids}
    start = time.process_time()
    for _ in range(num_decisions):
        env.step({agent: space.sample() for agent, space in spaces.items()})
    seconds = time.process_time() - start
    env.close()
    sys.stdout.write(f"\n{len(spaces) * num_decisions / seconds}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
