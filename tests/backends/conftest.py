"""Tiny networks, each made once, and runs of them."""

from __future__ import annotations

from functools import cache

import pytest

from tests.backends import micro
from tests.backends.nets import NETS


@pytest.fixture(scope="session")
def net_file(tmp_path_factory):
    """Return the network file of a name in NETS."""

    @cache
    def make(name):
        return micro.make_net(tmp_path_factory.mktemp(name), *NETS[name])

    return make


@pytest.fixture
def micro_scenario(net_file, tmp_path):
    """Return a scenario on one of the tiny networks."""

    def make(name, routes, end=120, programs=""):
        return micro.make_scenario(tmp_path, net_file(name), routes, end, programs)

    return make
