"""One pytest node a generated request, so that `-k` and xdist find each by itself."""

import pytest

from conformance.corpus.case import GeneratedCase
from conformance.probing.generated import name_of
from conformance.report.results import Variation
from conformance.runs.case import RunningCase
from conformance.runs.prepared import run_of

_MODES = {"test_legal": "positive", "test_broken": "negative"}


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str) -> list[pytest.Item] | None:
    """A run may want no requests of one kind: pytest would make a skipped test of it."""
    return [] if name in _MODES and not _wanted(collector.config, name) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives each case the requests of its kind that the run is about."""
    cases = _wanted(metafunc.config, metafunc.function.__name__)
    sent = [pytest.param(case.of.surface, case, id=name_of(case)) for case in cases]
    metafunc.parametrize(("surface", "generated"), sent, indirect=True)


def _wanted(config: pytest.Config, name: str) -> list[GeneratedCase]:
    return [case for case in run_of(config).settings.generated if case.mode == _MODES[name]]


@pytest.fixture
def generated(request: pytest.FixtureRequest, running: RunningCase) -> GeneratedCase:
    """The request that the case sends; the report folds cases by what it varies."""
    case: GeneratedCase = request.param
    running.varies = Variation(operation=case.operation, mode=case.mode, place=case.place, kind=case.kind)
    return case
