"""Writes the report at the end of a session, and tells in the terminal what it is about and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.runs.prepared import AHEAD, PROGRESS, RUN, is_distributed, run_of

if TYPE_CHECKING:
    from conformance.report.results import Results


class Reporter:
    """In the process that reports: says whose behaviour the run shows, writes the report and sets the exit code."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._written: Path | None = None
        self._results: Results | None = None
        self._is_announced = False
        self._can_go_on = False

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
        if RUN in self._config.stash and terminal and not self._is_announced and not self._config.option.collectonly:
            self._is_announced = True
            run = run_of(self._config)
            terminal.write_line(run.provenance_line())
            if credential := run.credential_line():
                terminal.write_line(credential)
            if word := run.word_line():
                terminal.write_line(f"note: {word}", yellow=True)
            for contradiction in run.settings.target.contradictions():
                terminal.write_line(f"note: {one_line(contradiction)}", yellow=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Where a run was interrupted is of no matter; Python may not know the line, and pytest breaks on that."""
        is_of_run = self._config.option.gateway or RUN in self._config.stash
        if not is_of_run or type(excinfo.value) is not KeyboardInterrupt:
            return
        told = () if self._is_announced else ("no case was judged yet, and there is no report",)
        try:
            raise pytest.Session.Interrupted(*told)  # of which pytest shows no place
        except pytest.Session.Interrupted as interrupted:
            excinfo._excinfo = (type(interrupted), interrupted, cast("Any", interrupted.__traceback__))  # noqa: SLF001 (there is no other way)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes the report and sets the exit code."""
        if (
            RUN not in self._config.stash
            or self._config.option.collectonly
            or exitstatus == pytest.ExitCode.USAGE_ERROR
        ):
            return
        run = run_of(self._config)
        if progress := self._config.stash.get(PROGRESS, None):
            progress.stop()
        if ahead := self._config.stash.get(AHEAD, None):
            ahead.stop()
            for result in ahead.judged():  # what pytest did not come to is evidence all the same
                run.add(result)
        ran_through = exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        )
        unheard = 0 if is_distributed(self._config) else session.testscollected - run.heard
        ended = not unheard and ran_through and not session.shouldstop and not session.shouldfail and not run.errors
        for trouble in run.finish_recording(ended=ended):
            run.errors.append(trouble)
        self._results = run.results(ended=ended and not run.errors)
        try:
            self._written = run.write(self._results)
        except OSError as error:
            run.errors.append(f"the report cannot be written: {error.strerror or error}")
            self._results = run.results(ended=False)
        self._can_go_on = not ran_through and run.settings.mode == "live" and bool(run.cases)
        session.exitstatus = run.exit_code(self._results, interrupted=not ran_through)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdict, the counts, and where the report lies."""
        if self._results:
            from conformance.report.terminal import summary

            for line, style in summary(self._results, self._written):
                terminalreporter.write_line(line, **style)
            if self._can_go_on and self._written:
                again = f"`gateway-conformance run --resume {self._written}`"
                terminalreporter.write_line(f"{again}, with the same options, goes on where it was interrupted")
