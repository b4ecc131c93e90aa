"""Random decisions in sumo-rl's environment, in a process of its own; prints them per second and per CPU second."""

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
    start, start_wall = time.process_time(), time.perf_counter()
    for _ in range(num_decisions):
        env.step({agent: space.sample() for agent, space in spaces.items()})
    seconds, wall_seconds = time.process_time() - start, time.perf_counter() - start_wall
    env.close()
    decisions = len(spaces) * num_decisions
    sys.stdout.write(f"\n{decisions / wall_seconds} {decisions / seconds}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
