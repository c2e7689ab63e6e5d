"""The fixtures of cases about both sides of a proxy."""

import pytest

from conformance.probing.both_sides import BothSides
from conformance.runs.case import RunningCase


@pytest.fixture
def both_sides(running: RunningCase) -> BothSides:
    """Judges by what went in on one side of the proxy and came out on the other."""
    return BothSides(running.settings.target, running.judge, running.recorder)
