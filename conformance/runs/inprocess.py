"""A gateway, or recordings of one, judged by the cases in this process: the one way for all but the command `run` itself."""

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import UsageError
from conformance.report.results import CaseResult, Deviation
from conformance.runs import session
from conformance.runs.items import CASE, case_id, decided_by, file_of
from conformance.runs.options import as_arguments
from conformance.runs.prepared import STAND_IN, Watching, run_of
from conformance.runs.run import Run
from conformance.wire.sender import DeadlineSender

if TYPE_CHECKING:  # a web server, which is needed by those alone who serve one
    from conformance.reference.upstream import Upstream

Options = Mapping[str, str | int | Path | bool | None]
"""Options of the plugin without their prefix, such as `base_url` or `corpus`; what is empty is left out."""


@dataclass(frozen=True)
class CollectedCase:
    """A case before it runs. `file` is relative to the cases."""

    id: str
    requirements: tuple[str, ...]
    file: str

    @classmethod
    def of(cls, item: pytest.Item) -> "CollectedCase":
        """The case that pytest has collected."""
        return cls(case_id(item), decided_by(item), file_of(item))


@dataclass(frozen=True)
class Judgement:
    """What the cases found, by case id, and where the suite itself broke."""

    results: Mapping[str, CaseResult]
    errors: tuple[str, ...] = ()
    usage_error: str = ""
    """What is wrong with the options or the further arguments; empty if nothing is."""
    run: Run | None = None
    """The run itself, if it came to be: it concludes what its report would say."""


def judge(
    options: Options,
    *more: str,
    choose: Callable[[CollectedCase], bool] = lambda _: True,
    watch: Callable[[CollectedCase, Any], None] = lambda _case, _exchanges: None,
    stand_in: DeadlineSender | None = None,
    upstream: "Upstream | None" = None,
    known: Sequence[Deviation] = (),
    as_of: datetime | None = None,
) -> Judgement:
    """Judges what the options name by the cases that `choose` wants. No report is written, nothing is printed.

    `more` are further arguments of pytest, as `run` takes them. `watch` is called after each case with it and its exchanges,
    which are not kept: so they run one after the other. With a `stand_in` nothing is sent to the target: it answers instead.
    With an `upstream` the target is a proxy before it, both sides of which are watched.
    `known`: what the target is known to do otherwise; `as_of`: when the run is taken to have begun.
    """
    observer = _Observer(choose, watch, stand_in, known, as_of)
    plugins: list[object] = [observer, *([Watching(upstream)] if upstream else [])]
    given = as_arguments({"concurrency": 1, **options}.items())
    words = ["--gateway-no-report", *given, *session.with_files(more)]
    status, complaint = _quietly(words, plugins)
    gc.collect()  # a pytest session is a knot of objects that hold megabytes of requests: a process judges many gateways
    run = observer.run
    errors = list(run.errors) if run else []
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        errors.append(complaint or f"pytest ended with {status.name}")
    usage_error = complaint.removeprefix("ERROR: ") if status == pytest.ExitCode.USAGE_ERROR else ""
    return Judgement(run.cases if run else {}, tuple(errors), usage_error, run)


def collect(options: Options, *more: str) -> tuple[CollectedCase, ...]:
    """The cases that a run with these options, and further arguments of pytest, would run. Raises `UsageError`."""
    observer = _Observer(lambda _: True, lambda _case, _exchanges: None)
    cases = [word for word in more if not word.startswith("-")] or [session.ALL_CASES]
    rest = [word for word in more if word.startswith("-")]
    status, complaint = _quietly(["--collect-only", *as_arguments(options.items()), *rest, *cases], [observer])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise UsageError(f"the cases cannot be collected: {complaint}")
    return tuple(observer.collected)


def _quietly(words: list[str], plugins: Sequence[object]) -> tuple[pytest.ExitCode, str]:
    """Runs a session of which nothing is printed. Gives its exit code, and its last line."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as printed:
        status = session.run(words, plugins)
    return pytest.ExitCode(status), printed.getvalue().strip().rpartition("\n")[2]


class _Observer:
    """A pytest plugin: chooses among the collected cases, and looks at each that has run."""

    def __init__(
        self,
        choose: Callable[[CollectedCase], bool],
        watch: Callable[[CollectedCase, Any], None],
        stand_in: DeadlineSender | None = None,
        known: Sequence[Deviation] = (),
        as_of: datetime | None = None,
    ) -> None:
        self.run: Run | None = None
        self.collected: list[CollectedCase] = []
        self._choose, self._watch, self._stand_in = choose, watch, stand_in
        self._known, self._as_of = known, as_of

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        if self._stand_in is not None:
            config.stash[STAND_IN] = self._stand_in

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        if self._as_of:
            run = run_of(session.config)
            run.deviations, run.started_at = tuple(self._known), self._as_of

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self.run = run_of(config)
        items[:] = [item for item in items if self._choose(CollectedCase.of(item))]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected = [CollectedCase.of(item) for item in session.items]

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        self._watch(CollectedCase.of(item), item.stash[CASE].recorder.exchanges)
