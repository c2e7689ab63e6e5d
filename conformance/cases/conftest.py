"""The fixtures of the cases: the surfaces of the target, and the judge."""

import pytest

from conformance.probing.judge import Judge
from conformance.probing.surface import KINDS, Chat, Gemini, Responses, Serving, Surface
from conformance.runs.case import RunningCase
from conformance.runs.items import CASE, case_id, decided_by
from conformance.runs.prepared import run_of


@pytest.fixture(autouse=True)
def running(request: pytest.FixtureRequest) -> RunningCase:
    """The running case, which every other fixture is part of."""
    item = request.node
    case = RunningCase(case_id(item), decided_by(item), run_of(item.config).settings)
    item.stash[CASE] = case
    return case


@pytest.fixture
def judge(running: RunningCase) -> Judge:
    """Judges the findings of checks."""
    return running.judge


@pytest.fixture
def chat(running: RunningCase) -> Chat:
    """The chat surface of the target."""
    return running.surface(Chat)


@pytest.fixture
def responses(running: RunningCase) -> Responses:
    """The Responses surface of the target."""
    return running.surface(Responses)


@pytest.fixture
def gemini(running: RunningCase) -> Gemini:
    """The Gemini surface of the target."""
    return running.surface(Gemini)


@pytest.fixture
def serving(running: RunningCase) -> Serving:
    """The serving endpoints of the target."""
    return running.surface(Serving)


@pytest.fixture
def surface(request: pytest.FixtureRequest, running: RunningCase) -> Surface:
    """The surface that the case is parametrized with, by name."""
    return running.surface(KINDS[request.param])
