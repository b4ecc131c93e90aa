"""Training of agents, and the policies that come out of it: the only package that knows PyTorch."""

from trafficai.training.policies import PolicyController, load_policy
from trafficai.training.recipes import Recipe, list_recipes, load_recipe
from trafficai.training.train import Progress, train

__all__ = ["PolicyController", "Progress", "Recipe", "list_recipes", "load_policy", "load_recipe", "train"]
