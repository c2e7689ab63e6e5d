"""One gateway judged by the cases, in this process: a pytest session of which only the results are kept."""

import gc
import hashlib
import re
import time
from collections.abc import Collection, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from conformance.cli import pytest_arguments
from conformance.plugin import COLLECTOR, case_result
from conformance.report.results import CaseResult, requirement_rows
from conformance.requirements import catalogue
from conformance.run import CASE, CASES, case_id, decided_by
from conformance.session import is_generated
from conformance.wire.exchange import Exchange

_CHANGES_EACH_TIME = re.compile(
    rb"""(?<=[a-z]_)[0-9a-f]{24,32}                         # identifiers of answers, items and calls
    | (?<="created":)\d{10}(?!\d) | (?<="created_at":)\d{10}(?!\d)
    | (?<="responseId":")[^"]+ """,
    re.VERBOSE,
)
"""What the reference gateway makes anew for each answer."""
_SERVED_UNDER = re.compile(rb"/(?:faults|variants)/[a-z0-9-]+(?=/)")
"""The prefix of the path of a gateway, which some of its answers repeat."""


@dataclass(frozen=True)
class Verdict:
    """What became of one requirement: its verdict, and the lines of what was found, gravest kinds only."""

    verdict: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What the cases found about one gateway."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """By requirement."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """By case: a digest of all that the gateway answered in it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By case: the file in which it stands, relative to the cases."""
    errors: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Wanted:
    """Which cases are to run: these, those that decide these requirements, and all in these files (below the cases)."""

    cases: frozenset[str]
    requirements: frozenset[str]
    files: frozenset[str] = frozenset()

    def includes(self, item: pytest.Item) -> bool:
        """Whether a case is among them. Generated ones always are: `judged` says how many there are."""
        return (
            is_generated(case_id(item))
            or case_id(item) in self.cases
            or file_of(item) in self.files
            or not self.requirements.isdisjoint(decided_by(item))
        )


def judged(url: str, wanted: Wanted | None = None, corpus: str = "none") -> Judgement:
    """Judges the gateway at the base `url` by the wanted cases (by all of them, statistics included, if None).

    `corpus`: how many of the generated requests are sent, whatever else is wanted.
    """
    session = _Session(wanted)
    started = time.perf_counter()
    options = ["--gateway-statistics", f"--gateway-corpus={corpus}", f"--gateway-base-url={url}"]
    arguments = [*pytest_arguments(), *options, "conformance.cases"]
    with TemporaryDirectory() as unused, redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        # No report is written, yet a run makes sure that it could be; other processes do so at the same time.
        status = pytest.main([*arguments, f"--gateway-report-dir={unused}"], plugins=[session])
    gc.collect()  # a pytest session is a knot of objects that hold megabytes of requests: a process judges many gateways
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        last = said.getvalue().strip().rpartition("\n")[2]
        session.errors.append(last or f"pytest ended with {pytest.ExitCode(status).name}")
    return Judgement(
        verdicts=dict(_verdicts(session.results)),
        answers=session.answers,
        files=session.files,
        errors=tuple(session.errors + [f"{case.id}: {case.error.strip()}" for case in session.results if case.error]),
        requests=sum(len(case.exchanges) for case in session.results),
        seconds=time.perf_counter() - started,
    )


class _Session:
    """A pytest plugin: takes the place of what gathers results and writes a report."""

    def __init__(self, wanted: Wanted | None) -> None:
        self.results: list[CaseResult] = []
        self.answers: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.errors: list[str] = []
        self._wanted = wanted

    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name=COLLECTOR)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if wanted := self._wanted:
            items[:] = filter(wanted.includes, items)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        running = item.stash[CASE]
        if is_generated(running.id):
            return  # they are sent anew each time: what was answered is not kept
        self.answers[running.id] = digest(running.recorder.exchanges)
        self.files[running.id] = file_of(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        result = case_result(report)
        if result and report.when == "call":
            self.results.append(CaseResult.from_json(result))
        elif report.failed and not result:
            self.errors.append(f"{report.nodeid}: {str(report.longrepr).strip().splitlines()[-1]}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(f"{report.nodeid}: cannot be collected")


def file_of(item: pytest.Item) -> str:
    """The file of a case, relative to the cases."""
    return item.path.relative_to(CASES).as_posix()


def digest(exchanges: Collection[Exchange]) -> str:
    """The digest of all answers, without what differs each time."""
    total = hashlib.sha256()
    for exchange in exchanges:
        total.update(f"{exchange.status} {exchange.failure}\n".encode())
        if exchange.response:
            headers = {**exchange.response.headers, "date": "", "content-length": ""}
            total.update(repr(sorted(headers.items())).encode())
            total.update(lasting(exchange.response.body) + b"\n")
    return total.hexdigest()[:16]


def lasting(body: bytes) -> bytes:
    """What is the same each time that the same gateway is asked the same."""
    return _CHANGES_EACH_TIME.sub(b"...", _SERVED_UNDER.sub(b"", body))


def _verdicts(cases: list[CaseResult]) -> Any:
    found: dict[str, list[str]] = {}
    for case in cases:
        for finding in case.findings:
            found.setdefault(finding["requirement"], []).append(line(finding))
    for row in requirement_rows(catalogue().values(), cases, set(catalogue())):
        yield row["id"], Verdict(row["verdict"], tuple(dict.fromkeys(found.get(row["id"], ()))))


def line(finding: Mapping[str, str]) -> str:
    """A finding in one line: what is wrong, and what was seen."""
    told = f"{finding['message']} ({finding['actual']})" if finding["actual"] else finding["message"]
    return lasting(told.encode()).decode()
