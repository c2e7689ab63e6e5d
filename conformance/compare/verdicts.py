"""Which cases fail on a set of recordings: what tells a refusal that the documents state from one that may be lifted."""

import contextlib
import io
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from conformance.cli import pytest_arguments
from conformance.plugin import COLLECTOR, case_result
from conformance.run import case_id
from conformance.session import is_generated


def failing(recordings: Path, cases: Collection[str]) -> dict[str, str]:
    """Those of `cases` that break a MUST when they are replayed, each with what it breaks; not what cannot be."""
    judged = _Judged(cases)
    corpus = "full" if any(map(is_generated, cases)) else "none"
    options = [f"--gateway-corpus={corpus}", f"--gateway-cassettes={recordings}", "--gateway-statistics"]
    silence = io.StringIO()
    with TemporaryDirectory() as unused, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        arguments = [*pytest_arguments(), "conformance.cases", *options, f"--gateway-report-dir={unused}"]
        pytest.main([*arguments, "--gateway-all-models"], plugins=[judged])
    return judged.failed


class _Judged:
    """A pytest plugin: takes the place of what gathers results, for the wanted cases alone."""

    def __init__(self, wanted: Collection[str]) -> None:
        self.failed = dict[str, str]()
        self._wanted = wanted

    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name=COLLECTOR)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if case_id(item) in self._wanted]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        result = case_result(report)
        if result and result["verdict"] == "failed":
            broken = [found for found in result["findings"] if result["verdicts"].get(found["requirement"]) == "failed"]
            self.failed[result["id"]] = (
                f"{broken[0]['requirement']}: {broken[0]['message']}" if broken else "a requirement"
            )
