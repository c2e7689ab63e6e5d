"""One pytest node a generated request, so that `-k` and xdist find each by itself."""

from collections.abc import Callable

import pytest

from conformance.cases.generated.sending import name_of, send, send_once
from conformance.cases.surface import Surface
from conformance.corpus.case import GeneratedCase
from conformance.corpus.frozen import plain_of
from conformance.plugin import run_of
from conformance.running import RunningCase
from conformance.wire.exchange import Exchange

_MODES = {"test_legal": "positive", "test_broken": "negative"}


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """With `--corpus none` there is nothing here: pytest would make a skipped test of it."""
    return None if run_of(config).session.generated else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives each case the requests of its kind that the run can afford."""
    mode = _MODES[metafunc.function.__name__]
    cases = [case for case in run_of(metafunc.config).session.generated if case.mode == mode]
    sent = [pytest.param(case.of.surface, case, id=name_of(case)) for case in cases]
    metafunc.parametrize(("surface", "generated"), sent, indirect=True)


@pytest.fixture
def generated(request: pytest.FixtureRequest, running: RunningCase) -> GeneratedCase:
    """The request that the case sends; the report folds cases by what it varies."""
    case: GeneratedCase = request.param
    running.varies |= {"operation": case.operation, "mode": case.mode, "place": case.place, "kind": case.kind}
    return case


@pytest.fixture
def control(surface: Surface, generated: GeneratedCase, running: RunningCase) -> Callable[[], Exchange]:
    """Gives the exchange of the plain request beside the generated one; sends it if nobody has yet."""
    return lambda: send_once(surface, plain_of(generated), running)


@pytest.fixture
def exchange(surface: Surface, generated: GeneratedCase, control: Callable[[], Exchange]) -> Exchange:
    """The exchange of the generated request."""
    return control() if generated.is_plain else send(surface, generated)
