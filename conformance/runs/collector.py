"""Gathers the results of all cases, in the process that reports."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from conformance.runs.prepared import IN_PART, LIMITS, PROPERTY, RUN, TROUBLE, case_result, is_distributed, run_of


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
        if RUN in self._config.stash:
            option = self._config.option
            found = ("gateway_lacking", "gateway_spent", "gateway_needless")
            node.workerinput[PROPERTY] = {name: getattr(option, name) for name in found}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, Any, Any]:
        """Says in one line that a worker has ended before it was sent a case. Raises `pytest.UsageError`."""
        try:
            return (yield)
        except OSError as error:
            if not is_distributed(self._config):
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
        if trouble := told.get(TROUBLE):
            raise pytest.UsageError(f"{node.gateway.spec}: {trouble}")
        if RUN in self._config.stash:
            run = run_of(self._config)
            run.part.hear(told.get(PROPERTY))
            run.in_part.update(told.get(IN_PART, ()))
            if limits := told.get(LIMITS):
                from msgspec import convert

                from conformance.report.results import KeptLimits

                run.limits_of_workers.append(convert(limits, KeptLimits))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes the result of a case; a case that broke outside its own call is an error of the suite."""
        result = case_result(report)
        if result and report.when == "call":
            run_of(self._config).add(result)
        elif report.failed and not result and (RUN in self._config.stash or "decides" in report.keywords):
            traceback_lines = str(report.longrepr).strip().splitlines() or ["it failed without a word"]
            run = run_of(self._config)
            run.errors.append(run.settings.redactor.text(f"{report.nodeid}: {traceback_lines[-1]}"))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of cases that cannot be imported is an error of the suite."""
        if report.failed and RUN in self._config.stash:
            run_of(self._config).errors.append(f"{report.nodeid}: cannot be collected")
