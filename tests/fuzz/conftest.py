"""Real gateways on loopback, with a crash planted in each."""

import warnings
from collections.abc import Callable

import pytest
from hypothesis.errors import HypothesisWarning
from hypothesis.internal.conjecture import providers

from conformance.fuzz.budget import Budget
from conformance.fuzz.exploring import Discovery, Explorer
from conformance.reference.server import running
from conformance.reference.variant import Variant
from conformance.runs.selection import Selection
from conformance.runs.sending import Sending
from conformance.runs.settings import Settings
from conformance.targets.target import from_base_url
from conformance.wire.exchange import Exchange
from conformance.wire.sender import Limits

TOKEN = "dapi-canary-0123456789abcdef"


class Exploration:
    """What was found, and what it took."""

    def __init__(self, found: list[Discovery], sent: list[Exchange], budget: Budget) -> None:
        self.found, self.sent, self.budget = found, sent, budget


Explore = Callable[..., Exploration]


def settings_at(url: str) -> Settings:
    return Settings.live(from_base_url(url), Selection.of(), Sending(Limits(read_s=20)))


@pytest.fixture
def explore(monkeypatch: pytest.MonkeyPatch) -> Explore:
    """Explores a gateway with something planted, up to the first find, within a budget."""
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    # Hypothesis draws the constants of all modules that lie outside site-packages, as ours do here: what a seed gives would
    # depend on which other tests this process has run.
    monkeypatch.setattr(providers, "_get_local_constants", providers.Constants)

    def run(
        planted: str | Variant | None, *, seed: int, requests: int = 500, surfaces: str = "", most: int = 1
    ) -> Exploration:
        selection = Selection.of(surfaces)
        budget = Budget(requests, 600, 10**6)  # time is not what a busy machine should be short of
        with running(fault=planted, token=TOKEN) as url, warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            explorer = Explorer(settings_at(url), budget, seed)
            found = []
            for discovery in explorer.explore(selection.surfaces):
                found.append(discovery)
                if len(found) == most:
                    break
            sent = [exchange for exchange in explorer._answers.values() if exchange]
        return Exploration(found, sent, budget)

    return run
