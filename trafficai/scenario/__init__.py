"""What is simulated: reads SUMO's files into a :class:`~trafficai.scenario.model.Scenario`, and writes them again."""

from trafficai.scenario.catalogue import list_scenarios
from trafficai.scenario.export import SumoFiles, write_sumo_demand, write_sumo_inputs
from trafficai.scenario.load import load_scenario

__all__ = ["SumoFiles", "list_scenarios", "load_scenario", "write_sumo_demand", "write_sumo_inputs"]
