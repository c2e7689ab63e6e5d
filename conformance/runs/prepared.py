"""The run of a pytest session: prepared once, and found by each part of the plugin."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.reference.upstream import Upstream
    from conformance.report.results import CaseResult
    from conformance.report.watched import Watched
    from conformance.runs.ahead import Ahead
    from conformance.runs.outputs import OutputFiles
    from conformance.runs.progress import Progress
    from conformance.runs.run import Run

PROPERTY = "gateway-conformance"
"""The user property of a test report in which the result of its case travels, from xdist's workers too; and the name of what
they are given."""
STAND_IN = pytest.StashKey[Any]()
"""Where a session that is a rehearsal keeps the sender that answers instead of the target."""
UPSTREAM = pytest.StashKey["Upstream"]()
"""Where a session that watches both sides of a proxy keeps the proxy's upstream."""
TROUBLE, LIMITS, IN_PART = f"{PROPERTY} cannot run here", f"{PROPERTY} limits", f"{PROPERTY} in part"
"""The names under which a worker of xdist tells why, what its limits of rate have done, and what is run in part."""
RUN = pytest.StashKey["Run"]()
COLLECTED = pytest.StashKey[list[pytest.Item]]()
"""Of a run with deviations: what was collected, before anything was left out."""
AHEAD: pytest.StashKey[Ahead] = pytest.StashKey()
PROGRESS: pytest.StashKey[Progress] = pytest.StashKey()


class Watching:
    """A pytest plugin: the run watches both sides of a proxy, whose upstream this is."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Keeps the upstream where the run finds it."""
        config.stash[UPSTREAM] = self._upstream


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of xdist."""
    return hasattr(config, "workerinput")


def is_distributed(config: pytest.Config) -> bool:
    """Whether the cases run in other processes: with xdist's -n, or its --tx."""
    return bool(config.getoption("dist", "no") != "no")


def run_of(config: pytest.Config) -> Run:
    """The run that the options describe, prepared once. Raises `pytest.UsageError`."""
    if RUN not in config.stash:
        from conformance.runs.from_options import (
            baseline_of,
            could_not_look,
            deviations_of,
            documentation_of,
            run_from_options,
        )
        from conformance.runs.outputs import OutputFiles
        from conformance.runs.part import Part

        vars(config.option).update(getattr(config, "workerinput", {}).get(PROPERTY, {}))
        outputs, started_at = OutputFiles.from_options(config.option), datetime.now(UTC)
        try:
            parallel, stand_in = is_distributed(config), config.stash.get(STAND_IN, None)
            if parallel and stand_in:  # another process would not have it, and send
                raise UsageError("a run is rehearsed in one process: leave out -n")
            part = Part.from_options(config.option)
            processes = getattr(config, "workerinput", {}).get("workercount", 1)
            upstream = config.stash.get(UPSTREAM, None)
            run = run_from_options(
                config.option, parallel=parallel, processes=processes, stand_in=stand_in, upstream=upstream
            )
            run.part, run.outputs = part, outputs
            run.deviations = deviations_of(config.option, started_at.date(), run.settings.target.name)
            if not is_worker(config):
                run.baseline, run.documentation = baseline_of(config.option), documentation_of(config.option)
                # Collector hands on to xdist's workers what the preflight has found and spent.
                writes_report = not (config.option.gateway_no_report or config.option.collectonly)
                config.option.gateway_lacking = run.prepare(writes_report=writes_report)
                config.option.gateway_spent = run.settings.retry_budget.state()
                config.option.gateway_needless = sorted(run.part.left_out)
        except UsageError as error:
            if outputs and not is_worker(config):
                _say_that_it_could_not_look(outputs, could_not_look(config.option, started_at, str(error)))
            refuse(config, str(error))
        config.stash[RUN] = run
    return config.stash[RUN]


def _say_that_it_could_not_look(files: OutputFiles, run: Watched) -> None:
    """Whoever watches must not take a run that has come to nothing for the one before it."""
    with suppress(UsageError, OSError):  # the error at hand is the one to tell
        files.check()
        files.write_that_it_could_not_look(run)


def refuse(config: pytest.Config, trouble: str) -> NoReturn:
    """Ends the session in one line, from a worker of xdist too. Raises `pytest.UsageError`."""
    if is_worker(config):
        config.workeroutput[TROUBLE] = trouble  # type: ignore[attr-defined]  # xdist's
    raise pytest.UsageError(trouble)


def case_result(report: pytest.TestReport | pytest.CollectReport) -> CaseResult | None:
    """The result of a case as its test report carries it; None for a test that is no case."""
    found = next((value for name, value in getattr(report, "user_properties", ()) if name == PROPERTY), None)
    if isinstance(found, dict):  # it comes from another process
        from conformance.report.results import CaseResult

        return CaseResult.from_json(found)
    return found
