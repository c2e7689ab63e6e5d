"""The pytest plugin: options, what is selected, the verdict of each case, and the report at the end.

It stays out of the way of sessions that run no case of a gateway: nothing heavy is imported before one is collected.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest
from _pytest.config import ConftestImportFailure

from conformance.errors import UsageError, refuse_unknown_options
from conformance.runs import options

if TYPE_CHECKING:
    from conformance.report.results import CaseResult, Results
    from conformance.report.watched import Watched
    from conformance.runs.ahead import Ahead
    from conformance.runs.progress import Progress
    from conformance.runs.run import Run
    from conformance.runs.watching import WatchFiles

PROPERTY = "gateway-conformance"
"""The user property of a test report in which the result of its case travels, from xdist's workers too; and the name of what
they are given."""

_UNCOUNTED = f"{PROPERTY} uncounted"
"""The user property that says why a case that failed does not fail the run."""
STAND_IN = pytest.StashKey[Any]()
"""Where a session that is a rehearsal keeps the sender that answers instead of the target."""
_TROUBLE, _LIMITS, _IN_PART = f"{PROPERTY} cannot run here", f"{PROPERTY} limits", f"{PROPERTY} in part"
"""The names under which a worker of xdist tells why, what its limits of rate have done, and what is run in part."""
_RUN = pytest.StashKey["Run"]()
_COLLECTED = pytest.StashKey[list[pytest.Item]]()
"""Of a run with deviations: what was collected, before anything was left out."""
_AHEAD: pytest.StashKey[Ahead] = pytest.StashKey()
_PROGRESS: pytest.StashKey[Progress] = pytest.StashKey()
_USUAL_VERBOSITY = -1
"""What the suite's own pytest.ini asks for: with -q a run says less, with -v it tells of each case, and shows no progress."""
_STATUS: dict[str, tuple[str, str, Any]] = {
    "error": ("error", "E", "ERROR"),
    "warned": ("warned", "w", ("WARNED", {"yellow": True})),
    "inconclusive": ("inconclusive", "i", ("INCONCLUSIVE", {"yellow": True})),
    "not_applicable": ("not applicable", "n", ("NOT APPLICABLE", {"blue": True})),
    "known deviation": ("known deviation", "k", ("KNOWN DEVIATION", {"yellow": True})),
    "unscored": ("failed but unscored", "u", ("UNSCORED", {"yellow": True})),
}
_MARKERS = (
    "decides(*requirements): the requirements of the catalogue that a case decides",
    "smoke: the little that --gateway-smoke selects",
    "costly: sends much (hundreds of images, megabytes); left out with --gateway-cheap",
    "heavy: sends tens of megabytes; one such case at a time",
    "statistics: asks the same many times over; only with --gateway-statistics",
    "all_models: about models of which the documents tell no limits; only with --gateway-all-models",
    "chat: on the chat surface",
    "responses: on the Responses surface",
    "gemini: on the Gemini surface",
    "serving: on the serving endpoints",
    "must: decides a MUST",
    "should: decides a SHOULD",
    "may: decides a MAY",
    "info: decides an INFO",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run, prefixed because other plugins own the short names."""
    group = parser.getgroup("gateway", "gateway conformance")
    group.addoption("--gateway", action="store_true", help="this session is about a gateway: check its options at once")
    group.addoption("--gateway-lacking", default="", help=argparse.SUPPRESS)
    group.addoption("--gateway-spent", help=argparse.SUPPRESS)
    group.addoption("--gateway-needless", help=argparse.SUPPRESS)
    group.addoption("--gateway-no-report", action="store_true", help=argparse.SUPPRESS)
    group.addoption("--gateway-evidence", help=argparse.SUPPRESS)
    # Seconds that a minute has for limits of rate: a proof, and a test, does not wait for those that take minutes.
    group.addoption("--gateway-minute", type=float, default=60.0, help=argparse.SUPPRESS)
    for option in options.ALL:
        kind: dict[str, Any] = (
            {"action": "store_true"}
            if option.is_flag
            else {"metavar": option.metavar, "default": option.default, "type": type(option.default or "")}
        )
        group.addoption(f"{options.PREFIX}{option.name}", help=option.help, **kind)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Tells in one line which option was meant by one that nobody knows, and which conftest.py cannot be imported.

    Raises `pytest.UsageError`.
    """
    if not early_config.known_args_namespace.gateway:
        return (yield)
    try:
        refuse_unknown_options(parser, args, options.PREFIX, "run")
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    try:
        return (yield)
    except ConftestImportFailure as error:
        from conformance.runs.own import import_trouble

        if trouble := import_trouble(error.path, error):
            raise pytest.UsageError(trouble) from None
        raise


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers that cases carry, and what gathers their results."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(Chooser())
    config.pluginmanager.register(OwnImports(config))
    if not _is_worker(config):
        config.pluginmanager.register(Collector(config))
        if not config.option.gateway_no_report:
            config.pluginmanager.register(Reporter(config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of xdist: hands on what its limits of rate have done."""
    if _is_worker(session.config) and _RUN in session.config.stash and (limits := run_of(session.config).limits()):
        from msgspec import to_builtins

        session.config.workeroutput[_LIMITS] = to_builtins(limits)  # type: ignore[attr-defined]  # xdist adds it


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _is_distributed(config: pytest.Config) -> bool:
    """Whether the cases run in other processes: with xdist's -n, or its --tx."""
    return bool(config.getoption("dist", "no") != "no")


def run_of(config: pytest.Config) -> Run:
    """The run that the options describe, prepared once. Raises `pytest.UsageError`."""
    if _RUN not in config.stash:
        from conformance.runs.from_options import could_not_look, deviations_of, run_from_options
        from conformance.runs.part import Part
        from conformance.runs.watching import WatchFiles

        vars(config.option).update(getattr(config, "workerinput", {}).get(PROPERTY, {}))
        watch_files, started_at = WatchFiles.from_options(config.option), datetime.now(UTC)
        try:
            parallel, stand_in = _is_distributed(config), config.stash.get(STAND_IN, None)
            if parallel and stand_in:  # another process would not have it, and send
                raise UsageError("a run is rehearsed in one process: leave out -n")
            part = Part.from_options(config.option)
            deviations = deviations_of(config.option, started_at.date())
            processes = getattr(config, "workerinput", {}).get("workercount", 1)
            run = run_from_options(config.option, parallel=parallel, processes=processes, stand_in=stand_in)
            run.part, run.watch_files, run.deviations = part, watch_files, deviations
            if not _is_worker(config):
                # Collector hands on to xdist's workers what the preflight has found and spent.
                writes_report = not (config.option.gateway_no_report or config.option.collectonly)
                config.option.gateway_lacking = run.prepare(writes_report=writes_report)
                config.option.gateway_spent = run.settings.retry_budget.state()
                config.option.gateway_needless = sorted(run.part.left_out)
        except UsageError as error:
            if watch_files and not _is_worker(config):
                _say_that_it_could_not_look(watch_files, could_not_look(config.option, started_at, str(error)))
            _refuse(config, str(error))
        config.stash[_RUN] = run
    return config.stash[_RUN]


def _say_that_it_could_not_look(files: WatchFiles, run: Watched) -> None:
    """Whoever watches must not take a run that has come to nothing for the one before it."""
    with suppress(UsageError, OSError):  # the error at hand is the one to tell
        files.check()
        files.write(run)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks cases by surface and level, lets `-k` find them by requirement, and leaves out what is not selected."""
    if not config.option.gateway and not any(item.get_closest_marker("decides") for item in items):
        return
    from conformance.runs.items import claim, describe, is_left_out, is_own

    settings = run_of(config).settings
    if run_of(config).deviations:
        config.stash[_COLLECTED] = list(items)
    try:
        claim(items, settings.own)
        wanted = {item: describe(item, settings) for item in items}
        if not config.option.collectonly:
            own = list(filter(is_own, filter(wanted.__getitem__, items)))
            wanted = {item: wanted[item] and not is_left_out(item, settings) for item in items}
            if own and not any(map(wanted.__getitem__, own)):
                raise UsageError(
                    f"no own case is among the recordings in {settings.cassettes}: give a live target, or record them with "
                    "`gateway-conformance record` and replay those by --cassettes"
                )
    except UsageError as error:
        _refuse(config, str(error))
    left_out = [item for item in items if not wanted[item]]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if wanted[item]]


def _refuse(config: pytest.Config, trouble: str) -> NoReturn:
    """Ends the session in one line, from a worker of xdist too. Raises `pytest.UsageError`."""
    if _is_worker(config):
        config.workeroutput[_TROUBLE] = trouble  # type: ignore[attr-defined]  # xdist's
    raise pytest.UsageError(trouble)


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Generator[None, None, None]:
    """Says in one line that a host of --tx cannot be used. Raises `pytest.UsageError`."""
    try:
        return (yield)
    except Exception as error:
        if _is_distributed(session.config):
            from execnet.gateway_bootstrap import HostNotFound

            if isinstance(error, HostNotFound | EOFError | OSError):
                what = f"no Python can be started with --tx ({type(error).__name__}: {' '.join(str(error).split())})"
                raise pytest.UsageError(f"{what}; check ssh, and python= in it") from None
        raise


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Begins to run the cases of a live run ahead, before pytest comes to the first of them."""
    config = session.config
    is_one_of_many = _is_worker(config) or _is_distributed(config)
    if _RUN not in config.stash or config.option.collectonly or config.option.usepdb or is_one_of_many:
        return
    run = run_of(config)
    if run.concurrency > 1:
        from conformance.runs.ahead import Ahead

        ahead = config.stash[_AHEAD] = Ahead(run, session.items, in_order=bool(config.option.maxfail))
        if config.option.verbose == _USUAL_VERBOSITY:
            from conformance.runs.progress import Progress

            config.stash[_PROGRESS] = Progress(ahead.state)
            config.stash[_PROGRESS].start()
        ahead.start(run.concurrency)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Waits for a case that is run ahead, and lets go of what each has sent and received."""
    if ahead := item.config.stash.get(_AHEAD, None):
        ahead.wait(item)
    result = yield
    if item.get_closest_marker("decides"):
        from conformance.runs.items import CASE

        if case := item.stash.get(CASE, None):
            # The traceback of a failure holds on to its case until garbage is looked for.
            case.release()
            del item.stash[CASE]
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a case, unless it has run ahead; its result travels with the test report."""
    if pyfuncitem.get_closest_marker("decides") is None:
        return None
    from conformance.report.failure_text import of_case
    from conformance.runs.fixtures import arguments
    from conformance.runs.items import CASE

    case = pyfuncitem.stash[CASE]
    if case.ending:
        raise case.ending
    result = case.outcome or case.run(lambda: pyfuncitem.obj(**arguments(pyfuncitem)))
    if case.trouble:
        # Whatever else is sent could not be kept either.
        run_of(pyfuncitem.config).errors.append(case.trouble)
        pyfuncitem.session.shouldstop = case.trouble
    pyfuncitem.user_properties.append((PROPERTY, result.to_json() if _is_worker(pyfuncitem.config) else result))
    run = run_of(pyfuncitem.config)
    if uncounted := run.uncounted(result):
        pyfuncitem.user_properties.append((_UNCOUNTED, uncounted))
    elif result.verdict in ("failed", "error"):
        pytest.fail(of_case(result, run.settings.known), pytrace=False)
    return True


def pytest_report_teststatus(
    report: pytest.TestReport, config: pytest.Config
) -> tuple[str, str, str | tuple[str, Any]] | None:
    """The letter and word of a case that neither passed nor failed: no skip, and not green. Beside a bar, no letter at all."""
    result = case_result(report)
    if result is None or report.when != "call":
        return None
    told = (str(value) for name, value in report.user_properties if name == _UNCOUNTED)
    verdict: str = next(told, result.verdict)
    progress = config.stash.get(_PROGRESS, None)
    if progress is None or not progress.is_bar:
        return _STATUS.get(verdict)
    category, _, word = _STATUS.get(verdict, (verdict, "", verdict.upper()))
    return category, "", word


def case_result(report: pytest.TestReport | pytest.CollectReport) -> CaseResult | None:
    """The result of a case as its test report carries it; None for a test that is no case."""
    found = next((value for name, value in getattr(report, "user_properties", ()) if name == PROPERTY), None)
    if isinstance(found, dict):  # it comes from another process
        from conformance.report.results import CaseResult

        return CaseResult.from_json(found)
    return found


class OwnImports:
    """In each process that collects: a file of own cases that cannot be imported ends the run in one line."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._trouble = ""

    def pytest_exception_interact(self, node: Any, call: pytest.CallInfo[Any], report: Any) -> None:
        """Notes the first such file."""
        is_of_run = self._config.option.gateway or _RUN in self._config.stash
        is_first = is_of_run and isinstance(report, pytest.CollectReport) and not self._trouble
        if is_first and call.excinfo and run_of(self._config).settings.own:
            from conformance.runs.own import import_trouble

            self._trouble = import_trouble(node.path, call.excinfo.value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self) -> None:
        """Before anybody else tells of it. Raises `pytest.UsageError`."""
        if self._trouble:
            _refuse(self._config, self._trouble)


class Chooser:
    """In each process that runs cases: of what is selected, chooses the part that this run is about."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Comes after `-k`, `-m` and `--deselect`: a part is one of what they leave."""
        if _RUN not in config.stash:
            return
        if collected := config.stash.get(_COLLECTED, []):
            from conformance.runs.items import left_out_of

            run_of(config).in_part = left_out_of(collected, items, run_of(config).settings.selection)
            if _is_worker(config):
                config.workeroutput[_IN_PART] = sorted(run_of(config).in_part)  # type: ignore[attr-defined]  # xdist's
        part = run_of(config).part
        if part.is_whole:
            return
        chosen = part.chosen(items)
        if _is_worker(config):
            config.workeroutput[PROPERTY] = part.told()  # type: ignore[attr-defined]  # xdist's
        if left_out := [item for item in items if item not in set(chosen)]:
            config.hook.pytest_deselected(items=left_out)
            items[:] = chosen


class Collector:
    """In the process that reports: gathers the results of all cases."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """A run that is asked for is prepared at once, before xdist starts its workers."""
        option = self._config.option
        named = option.gateway_base_url or option.gateway_target or option.gateway_profile
        if option.gateway or option.gateway_live or named:
            run_of(self._config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Nothing may take the report while it is written."""
        from conformance.runs import session

        session.ignore_interrupts()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker of xdist goes on from what the preflight has found and spent: it gets the command line alone."""
        if _RUN in self._config.stash:
            option = self._config.option
            found = ("gateway_lacking", "gateway_spent", "gateway_needless")
            node.workerinput[PROPERTY] = {name: getattr(option, name) for name in found}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """Says in one line that a worker has ended before it was sent a case. Raises `pytest.UsageError`."""
        try:
            return (yield)
        except OSError as error:
            if not _is_distributed(self._config):
                raise
            what = f"a worker of xdist ended before it was given a case ({error})"
            raise pytest.UsageError(f"{what}; check that the suite, the token and the target file are there") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes from a worker what it alone knows: which cases fell to the shard, what limits of rate have done, and whether
        something is wrong with its host.

        Raises `pytest.UsageError` for the latter.
        """
        told = getattr(node, "workeroutput", {})
        if trouble := told.get(_TROUBLE):
            raise pytest.UsageError(f"{node.gateway.spec}: {trouble}")
        if _RUN in self._config.stash:
            run = run_of(self._config)
            run.part.hear(told.get(PROPERTY))
            run.in_part.update(told.get(_IN_PART, ()))
            if limits := told.get(_LIMITS):
                from msgspec import convert

                from conformance.report.results import KeptLimits

                run.limits_of_workers.append(convert(limits, KeptLimits))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the result of a case; a case that broke outside its own call is an error of the suite."""
        result = case_result(report)
        if result and report.when == "call":
            run_of(self._config).add(result)
        elif report.failed and not result and (_RUN in self._config.stash or "decides" in report.keywords):
            traceback_lines = str(report.longrepr).strip().splitlines() or ["it failed without a word"]
            run = run_of(self._config)
            run.errors.append(run.settings.redactor.text(f"{report.nodeid}: {traceback_lines[-1]}"))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of cases that cannot be imported is an error of the suite."""
        if report.failed and _RUN in self._config.stash:
            run_of(self._config).errors.append(f"{report.nodeid}: cannot be collected")


class Reporter:
    """In the process that reports: says whose behaviour the run shows, writes the report and sets the exit code."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._written: Path | None = None
        self._results: Results | None = None
        self._is_announced = False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """A run that was asked for is prepared by now."""
        self._announce()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Cases may also be run without any option of ours."""
        self._announce()

    def _announce(self) -> None:
        from conformance.report.safe import one_line

        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if _RUN in self._config.stash and terminal and not self._is_announced and not self._config.option.collectonly:
            self._is_announced = True
            run = run_of(self._config)
            terminal.write_line(run.provenance_line())
            if credential := run.credential_line():
                terminal.write_line(credential)
            for contradiction in run.settings.target.contradictions():
                terminal.write_line(f"note: {one_line(contradiction)}", yellow=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Where a run was interrupted is of no matter; Python may not know the line, and pytest breaks on that."""
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupted:
            excinfo._excinfo = (KeyboardInterrupt, interrupted, cast("Any", interrupted.__traceback__))  # noqa: SLF001 (there is no other way)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes the report and sets the exit code."""
        if (
            _RUN not in self._config.stash
            or self._config.option.collectonly
            or exitstatus == pytest.ExitCode.USAGE_ERROR
        ):
            return
        run = run_of(self._config)
        if progress := self._config.stash.get(_PROGRESS, None):
            progress.stop()
        if ahead := self._config.stash.get(_AHEAD, None):
            ahead.stop()
            for result in ahead.judged():  # what pytest did not come to is evidence all the same
                run.add(result)
        ran_through = exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        )
        unheard = 0 if _is_distributed(self._config) else session.testscollected - run.heard
        ended = not unheard and ran_through and not session.shouldstop and not session.shouldfail and not run.errors
        for trouble in run.finish_recording(ended=ended):
            run.errors.append(trouble)
        self._results = run.results(ended=ended and not run.errors)
        try:
            self._written = run.write(self._results)
        except OSError as error:
            run.errors.append(f"the report cannot be written: {error.strerror or error}")
            self._results = run.results(ended=False)
        session.exitstatus = run.exit_code(self._results, interrupted=not ran_through)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdict, the counts, and where the report lies."""
        if self._results:
            from conformance.report.terminal import summary

            for line, style in summary(self._results, self._written):
                terminalreporter.write_line(line, **style)
