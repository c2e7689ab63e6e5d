"""The pytest plugin of client cases: each calls a real client through the tap; what is observed becomes a results.json.

It knows nothing of verdicts on gateways: the reference gateway answers, and a defect that shows is the client's.
"""

import asyncio
import json
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance import __version__
from conformance.errors import UsageError, refuse_unknown_options
from conformance.report.safe import one_line
from conformance.resources import directory
from conformance.sdk import summary
from conformance.sdk.caller import Caller
from conformance.sdk.clients import CASES, versions
from conformance.sdk.recorded import answers, provenance
from conformance.sdk.seen import of_error
from conformance.sdk.tap import Tap, tapped
from conformance.wire.cassette import write_atomically

PROPERTY = "gateway-conformance-client"
_LOG = pytest.StashKey["ObservationLog"]()
_CALLING = pytest.StashKey[Caller]()


class ObservationLog:
    """What the cases of a session have observed."""

    def __init__(self) -> None:
        self.cases: list[dict[str, Any]] = []
        self.started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.clock = time.perf_counter()
        self.written: dict[str, Any] = {}

    def document(self, recordings: dict[str, Any], *, partial: bool, complete: bool) -> dict[str, Any]:
        """The results as results.json has them; `recordings` says whose answers the recorded ones are."""
        return {
            "schema_version": 1,
            "suite": {"name": "gateway-conformance", "version": __version__},
            "target": {"name": "reference gateway", "mode": "live", "provenance": "reference"},
            "recordings": recordings,
            "partial": partial,
            "complete": complete,
            "clients": versions(),
            "started_at": self.started_at,
            "duration_s": round(time.perf_counter() - self.clock, 3),
            "cases": sorted(self.cases, key=lambda case: str(case["id"])),
        }


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run."""
    group = parser.getgroup("sdk")
    group.addoption("--sdk-report-dir", metavar="DIR", help="where results.json goes")
    group.addoption(
        "--sdk-cassettes",
        metavar="DIR",
        type=Path,
        default=directory("cassettes"),
        help="whose answers clients are given",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> None:
    """Tells in one line which option was meant by one that nobody knows. Raises `pytest.UsageError`."""
    try:
        refuse_unknown_options(parser, args, "--sdk-", "sdk")
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config: pytest.Config) -> None:
    """Makes room for what is observed."""
    config.addinivalue_line(
        "markers", "decides(*requirements): the facts of a client in the catalogue that a case shows"
    )
    config.stash[_LOG] = ObservationLog()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case that takes a recorded answer is there once for each that the directory of cassettes holds."""
    for surface in ("chat", "responses", "gemini", "serving"):
        if (name := f"{surface}_answer") in metafunc.fixturenames:
            held = [one for one in answers(metafunc.config.getoption("--sdk-cassettes")) if one.surface == surface]
            metafunc.parametrize(name, held, ids=[one.id for one in held])


@pytest.fixture(scope="session")
def tap() -> Iterator[tuple[str, Tap]]:
    """The reference gateway behind a tap, once for all cases of a process."""
    with tapped() as found:
        yield found


@pytest.fixture
def caller(request: pytest.FixtureRequest, tap: tuple[str, Tap]) -> Iterator[Caller]:
    """The caller of this case."""
    url, taps = tap
    taps.take()  # what a client of another case may have sent while it was closed
    with asyncio.Runner() as runner:
        # What a client has left behind in the loop is no news to whoever reads the terminal.
        runner.get_loop().set_exception_handler(lambda _, __: None)
        calling = Caller(url, taps, runner, derives=not _is_ours(request.node))
        request.node.stash[_CALLING] = calling
        yield calling
    if calling.failure and not calling.observed:
        calling.note({"error": calling.failure})
    if calling.observed:
        request.node.user_properties.append((PROPERTY, _result(request.node, calling)))


def _is_ours(item: pytest.Item) -> bool:
    return item.path.is_relative_to(CASES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What one of our cases raises beside the call that it is about is what a version does to its caller too.

    A name that it does not have, for example. A user's own case fails as any test does, and that is kept.
    """
    report = yield
    calling = item.stash.get(_CALLING, None)
    if calling and call.excinfo and call.when != "teardown" and report.failed:
        calling.failure = of_error(call.excinfo.value)
        if _is_ours(item):
            calling.note({"error": calling.failure})
            report.outcome, report.longrepr = "passed", None
    return report


def _result(item: pytest.Item, calling: Caller) -> dict[str, Any]:
    # pytest's own id, so that two cases of the same name in two classes are two.
    names = [part.removeprefix("test_").removeprefix("Test") for part in item.nodeid.partition("::")[2].split("::")]
    failure = {} if _is_ours(item) or not calling.failure else {"failure": calling.failure}
    return {
        "id": f"sdk/{item.path.stem.removeprefix('test_')}.{'.'.join(names).replace('[', '-').rstrip(']')}",
        "about": (getattr(item, "function", None).__doc__ or "").partition("\n")[0],
        "requirements": [name for marker in item.iter_markers("decides") for name in marker.args],
        "verdict": "failed" if calling.disagreements or failure else "passed",
        "findings": calling.disagreements,
        **failure,
        **calling.observed,
    }


class _Reports:
    """Gathers what the cases have observed: in the process that reports."""

    def __init__(self, log: ObservationLog) -> None:
        self._log = log

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the observation of a case."""
        if report.when == "teardown":
            found: Any = dict(report.user_properties).get(PROPERTY)
            self._log.cases += [found] if found else []


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Begins to gather."""
    session.config.pluginmanager.register(_Reports(session.config.stash[_LOG]))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Writes results.json, if anything was observed."""
    report, log = session.config.getoption("--sdk-report-dir"), session.config.stash[_LOG]
    if report and log.cases and not hasattr(session.config, "workerinput"):
        recordings = provenance(session.config.getoption("--sdk-cassettes"))
        # With -x, too, it ends before its time.
        complete = exitstatus in (0, 1) and not session.shouldstop and not session.shouldfail
        log.written = log.document(recordings, partial=_is_partial(session.config), complete=complete)
        write_atomically(Path(report) / "results.json", json.dumps(log.written, indent=1, ensure_ascii=False) + "\n")


def _is_partial(config: pytest.Config) -> bool:
    """Whether some of the cases only were asked for: by name, or by file."""
    return bool(config.option.keyword or config.option.markexpr) or any(
        "::" in one or (Path(one) != CASES and Path(one).is_relative_to(CASES)) for one in config.args
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says what was observed."""
    if (log := config.stash[_LOG]).written and log.cases:
        for line in summary.lines(log.written, Path(config.getoption("--sdk-report-dir")) / "results.json"):
            terminalreporter.write_line(one_line(line))
