"""The pytest plugin: options, what is selected, the verdict of each case, and the report at the end.

It stays out of the way of sessions that run no case of a gateway: nothing heavy is imported before one is collected.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator
from typing import Any

import pytest
from _pytest.config import ConftestImportFailure

from conformance.errors import UsageError, refuse_unknown_options
from conformance.runs import options
from conformance.runs.collector import Collector
from conformance.runs.prepared import (
    AHEAD,
    COLLECTED,
    IN_PART,
    LIMITS,
    PROGRESS,
    PROPERTY,
    RUN,
    case_result,
    is_distributed,
    is_worker,
    refuse,
    run_of,
)
from conformance.runs.reporter import Reporter
from conformance.runs.session import CASES

_UNCOUNTED = f"{PROPERTY} uncounted"
"""The user property that says why a case that failed does not fail the run."""
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
    given = early_config.known_args_namespace
    if not any(os.path.exists(word.partition("::")[0]) for word in given.file_or_dir):  # noqa: PTH110  # False if too long
        # Pytest would load any conftest.py around where it is started: it is told to look where there is none. This is a copy:
        # what runs is parsed once more.
        given.file_or_dir = [str(CASES.parent)]
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
    if not is_worker(config):
        config.pluginmanager.register(Collector(config))
        if not config.option.gateway_no_report:
            config.pluginmanager.register(Reporter(config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of xdist: hands on what its limits of rate have done."""
    if is_worker(session.config) and RUN in session.config.stash and (limits := run_of(session.config).limits()):
        from msgspec import to_builtins

        session.config.workeroutput[LIMITS] = to_builtins(limits)  # type: ignore[attr-defined]  # xdist adds it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks cases by surface and level, lets `-k` find them by requirement, and leaves out what is not selected."""
    if not config.option.gateway and not any(item.get_closest_marker("decides") for item in items):
        return
    from conformance.runs.items import claim, describe, is_left_out, is_own

    settings = run_of(config).settings
    if run_of(config).deviations:
        config.stash[COLLECTED] = list(items)
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
        refuse(config, str(error))
    left_out = [item for item in items if not wanted[item]]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if wanted[item]]


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Generator[None, None, None]:
    """Says in one line that a host of --tx cannot be used. Raises `pytest.UsageError`."""
    try:
        return (yield)
    except Exception as error:
        if is_distributed(session.config):
            from execnet.gateway_bootstrap import HostNotFound

            if isinstance(error, HostNotFound | EOFError | OSError):
                what = f"no Python can be started with --tx ({type(error).__name__}: {' '.join(str(error).split())})"
                raise pytest.UsageError(f"{what}; check ssh, and python= in it") from None
        raise


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Begins to run the cases of a live run ahead, before pytest comes to the first of them."""
    config = session.config
    is_one_of_many = is_worker(config) or is_distributed(config)
    if RUN not in config.stash or config.option.collectonly or config.option.usepdb or is_one_of_many:
        return
    run = run_of(config)
    if run.concurrency > 1:
        from conformance.runs.ahead import Ahead

        ahead = config.stash[AHEAD] = Ahead(run, session.items, in_order=bool(config.option.maxfail))
        if config.option.verbose == _USUAL_VERBOSITY:
            from conformance.runs.progress import Progress

            config.stash[PROGRESS] = Progress(ahead.state)
            config.stash[PROGRESS].start()
        ahead.start(run.concurrency)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Waits for a case that is run ahead, and lets go of what each has sent and received."""
    if ahead := item.config.stash.get(AHEAD, None):
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
    pyfuncitem.user_properties.append((PROPERTY, result.to_json() if is_worker(pyfuncitem.config) else result))
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
    progress = config.stash.get(PROGRESS, None)
    if progress is None or not progress.is_bar:
        return _STATUS.get(verdict)
    category, _, word = _STATUS.get(verdict, (verdict, "", verdict.upper()))
    return category, "", word


class OwnImports:
    """In each process that collects: a file of own cases that cannot be imported ends the run in one line."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._trouble = ""

    def pytest_exception_interact(self, node: Any, call: pytest.CallInfo[Any], report: Any) -> None:
        """Notes the first such file."""
        is_of_run = self._config.option.gateway or RUN in self._config.stash
        is_first = is_of_run and isinstance(report, pytest.CollectReport) and not self._trouble
        if is_first and call.excinfo and run_of(self._config).settings.own:
            from conformance.runs.own import import_trouble

            self._trouble = import_trouble(node.path, call.excinfo.value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self) -> None:
        """Before anybody else tells of it. Raises `pytest.UsageError`."""
        if self._trouble:
            refuse(self._config, self._trouble)


class Chooser:
    """In each process that runs cases: of what is selected, chooses the part that this run is about."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Comes after `-k`, `-m` and `--deselect`: a part is one of what they leave."""
        if RUN not in config.stash:
            return
        if collected := config.stash.get(COLLECTED, []):
            from conformance.runs.items import left_out_of

            run_of(config).in_part = left_out_of(collected, items, run_of(config).settings.selection)
            if is_worker(config):
                config.workeroutput[IN_PART] = sorted(run_of(config).in_part)  # type: ignore[attr-defined]  # xdist's
        part = run_of(config).part
        if part.is_whole:
            return
        chosen = part.chosen(items)
        if is_worker(config):
            config.workeroutput[PROPERTY] = part.told()  # type: ignore[attr-defined]  # xdist's
        if left_out := [item for item in items if item not in set(chosen)]:
            config.hook.pytest_deselected(items=left_out)
            items[:] = chosen
