"""The pytest plugin: options, what is selected, the verdict of each case, and the report at the end.

It stays out of the way of sessions that run no case of a gateway: nothing heavy is imported before one is collected.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import UsageError, refuse_unknown_options
from conformance.runs import options

if TYPE_CHECKING:
    from conformance.report.results import CaseResult, Results
    from conformance.runs.run import Run

PROPERTY = "gateway-conformance"
"""The user property of a test report in which the result of its case travels, from xdist's workers too; and the name of what
they are given."""

_RUN = pytest.StashKey["Run"]()
_STATUS: dict[str, tuple[str, str, Any]] = {
    "error": ("error", "E", "ERROR"),
    "warned": ("warned", "w", ("WARNED", {"yellow": True})),
    "inconclusive": ("inconclusive", "i", ("INCONCLUSIVE", {"yellow": True})),
    "not_applicable": ("not applicable", "n", ("NOT APPLICABLE", {"blue": True})),
}
_MARKERS = (
    "decides(*requirements): the requirements of the catalogue that a case decides",
    "smoke: the little that --gateway-smoke selects",
    "costly: sends much (hundreds of images, megabytes); left out with --gateway-cheap",
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
    group.addoption("--gateway-no-report", action="store_true", help=argparse.SUPPRESS)
    for option in options.ALL:
        kind: dict[str, Any] = (
            {"action": "store_true"}
            if option.is_flag
            else {"metavar": option.metavar, "default": option.default, "type": type(option.default or "")}
        )
        group.addoption(f"{options.PREFIX}{option.name}", help=option.help, **kind)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Tells in one line which option was meant by one that nobody knows. Raises `pytest.UsageError`."""
    if not early_config.known_args_namespace.gateway:
        return
    try:
        refuse_unknown_options(parser, args, options.PREFIX, "run")
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers that cases carry, and what gathers their results."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    if not _is_worker(config):
        config.pluginmanager.register(Collector(config))
        if not config.option.gateway_no_report:
            config.pluginmanager.register(Reporter(config))


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def run_of(config: pytest.Config) -> Run:
    """The run that the options describe, prepared once. Raises `pytest.UsageError`."""
    if _RUN not in config.stash:
        from conformance.runs.run import Run

        vars(config.option).update(getattr(config, "workerinput", {}).get(PROPERTY, {}))
        try:
            run = Run.from_options(config.option, parallel=bool(config.getoption("numprocesses", None)))
            if not _is_worker(config):
                # Collector hands on to xdist's workers what the preflight has found and spent.
                config.option.gateway_lacking = run.prepare(writes_report=not config.option.gateway_no_report)
                config.option.gateway_spent = run.settings.retry_budget.state()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[_RUN] = run
    return config.stash[_RUN]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks cases by surface and level, lets `-k` find them by requirement, and leaves out what is not selected."""
    if not any(item.get_closest_marker("decides") for item in items):
        return
    from conformance.runs.items import describe, is_left_out

    settings = run_of(config).settings
    wanted = {item: describe(item, settings.selection) for item in items}
    if not config.option.collectonly:
        wanted = {item: wanted[item] and not is_left_out(item, settings) for item in items}
    left_out = [item for item in items if not wanted[item]]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if wanted[item]]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Turns the way a case ended into its result, which travels with the test report."""
    if pyfuncitem.get_closest_marker("decides") is None:
        return (yield)
    from conformance.report.failure_text import of_case
    from conformance.runs.items import CASE

    running = pyfuncitem.stash[CASE]
    with running.judged():
        yield
    arguments = pyfuncitem._fixtureinfo.argnames  # noqa: SLF001 (pytest's own hook calls the function by them)
    running.confirm(lambda: pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in arguments}))
    if trouble := running.keep():
        # Whatever else is sent could not be kept either.
        run_of(pyfuncitem.config).errors.append(trouble)
        pyfuncitem.session.shouldstop = trouble
    result = running.result()
    pyfuncitem.user_properties.append((PROPERTY, result.to_json() if _is_worker(pyfuncitem.config) else result))
    if result.verdict in ("failed", "error"):
        pytest.fail(of_case(result), pytrace=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Lets go of what a case has sent and received: a thousand hostile answers would not fit into memory."""
    result = yield
    if item.get_closest_marker("decides"):
        from conformance.runs.items import CASE

        if case := item.stash.get(CASE, None):
            # The traceback of a failure holds on to its case until garbage is looked for.
            case.recorder.exchanges.clear()
            del item.stash[CASE]
    return result


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, Any] | None:
    """The letter and word of a case that neither passed nor failed: no skip, and not green."""
    result = case_result(report)
    return _STATUS.get(result.verdict) if result and report.when == "call" else None


def case_result(report: pytest.TestReport | pytest.CollectReport) -> CaseResult | None:
    """The result of a case as its test report carries it; None for a test that is no case."""
    found = next((value for name, value in getattr(report, "user_properties", ()) if name == PROPERTY), None)
    if isinstance(found, dict):  # it comes from another process
        from conformance.report.results import CaseResult

        return CaseResult.from_json(found)
    return found


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

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker of xdist goes on from what the preflight has found and spent: it gets the command line alone."""
        if _RUN in self._config.stash:
            option = self._config.option
            node.workerinput[PROPERTY] = {name: getattr(option, name) for name in ("gateway_lacking", "gateway_spent")}

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
        ran_through = exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        )
        unheard = 0 if self._config.getoption("numprocesses", None) else session.testscollected - len(run.cases)
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
