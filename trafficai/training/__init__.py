"""Training of agents, and the policies that come out of it: the only package that knows PyTorch."""

from trafficai.training.agents import AgentEntry, list_agents, make_agent, make_agents
from trafficai.training.policies import PolicyController, load_policy
from trafficai.training.recipes import Recipe, list_recipes, load_recipe
from trafficai.training.train import Progress, check_training, holds_training, train
from trafficai.training.worlds import as_vec_env

__all__ = [
    "AgentEntry",
    "PolicyController",
    "Progress",
    "Recipe",
    "as_vec_env",
    "check_training",
    "holds_training",
    "list_agents",
    "list_recipes",
    "load_policy",
    "load_recipe",
    "make_agent",
    "make_agents",
    "train",
]
