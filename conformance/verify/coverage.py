"""Coverage: whether each case has its recording, and each recording its case."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.verify.problem import Problem

EVERYTHING: Mapping[str, Any] = {"statistics": True, "all_models": True, "corpus": "full"}
"""The selection of every case that there is."""


def coverage(
    recorded: Collection[str], silent: Collection[str], runs: Iterable[Mapping[str, Any]], directory: Path
) -> Iterator[Problem]:
    """The cases that were selected and are not recorded, though they had something to send; and what belongs to no case."""
    wanted = {case for run in runs for case in cases_of(run.get("selection", {}), directory)}
    for case in sorted(wanted - {*recorded, *silent}):
        yield Problem("missing", case, "the case has no recording")
    others = {*recorded} - wanted
    for case in sorted(others - cases_of(EVERYTHING, directory) if others else ()):
        yield Problem("left over", case, "there is no such case")


def cases_of(selection: Mapping[str, Any], directory: Path) -> frozenset[str]:
    """The cases that a run with this selection, as results.json has it, would replay from `directory`. Raises `UsageError`."""
    import pytest

    from conformance.cli import pytest_arguments
    from conformance.run import ALL_CASES, CASES, case_id

    found = set[str]()

    class Catcher:
        """Takes the cases that pytest has collected."""

        @staticmethod
        def pytest_collection_finish(session: pytest.Session) -> None:
            found.update(case_id(item) for item in session.items)

    given = {
        "cassettes": directory,
        "surface": ",".join(selection.get("surfaces", ())),
        "level": ",".join(selection.get("levels", ())),
        "requirement": ",".join(selection.get("requirements", ())),
        "corpus": selection.get("corpus"),
    }
    options = [f"--gateway-{name}={value}" for name, value in given.items() if value]
    options += [
        f"--gateway-{flag.replace('_', '-')}" for flag in ("cheap", "statistics", "all_models") if selection.get(flag)
    ]
    options += [
        f"{short}{selection[name]}" for short, name in (("-k", "keyword"), ("-m", "markers")) if selection.get(name)
    ]
    options += [f"--deselect={name}" for name in selection.get("left_out", ())]
    paths = [str(CASES / path) for path in selection.get("paths", ())] or [ALL_CASES]
    with redirect_stdout(StringIO()) as said, redirect_stderr(said):
        code = pytest.main([*pytest_arguments(), "--collect-only", *options, *paths], plugins=[Catcher()])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise UsageError(f"the cases of these recordings cannot be collected: {said.getvalue().strip()[-300:]}")
    return frozenset(found)
