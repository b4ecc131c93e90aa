"""Settings that hold for every test."""

import os

from hypothesis import HealthCheck, settings

# Compilation makes a first example slow on any machine, so no deadline; CI draws the same examples each time.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
