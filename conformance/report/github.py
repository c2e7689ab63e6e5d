"""A report as the log of GitHub Actions takes it: annotations. What a target has said is no workflow command in them."""

from collections.abc import Iterator
from typing import Literal

from conformance.report.deviations import failing, line
from conformance.report.errors_of_suite import gist
from conformance.report.markdown import LONGEST
from conformance.report.problems import Problem, problems, who_broke
from conformance.report.results import Results
from conformance.report.safe import one_line
from conformance.report.scope import headline as in_a_line
from conformance.report.scope import outcome_of, scope_of
from conformance.report.wording import cut

MOST_ANNOTATIONS = 10
"""Annotations of one level that GitHub shows of a step."""
_Level = Literal["error", "warning", "notice"]


def annotations(results: Results) -> Iterator[str]:
    """Workflow commands, a line each: the verdict, then what is to be looked into. Of many of a level the first nine."""
    by_level: dict[_Level, list[tuple[str, str]]] = {"error": [], "warning": [], "notice": []}
    by_level["notice"].append(("gateway-conformance", headline(results)))
    by_level["error"] += ((f"gateway-conformance: {who_broke(error)}", gist(error)) for error in results.errors)
    if not results.complete:
        by_level["warning"].append(("gateway-conformance: the run is incomplete", "; ".join(results.incomplete)))
    by_level["error"] += (("gateway-conformance: a known deviation", line(row)) for row in failing(results))
    for told in problems(results):
        by_level[_level(told)].append((told.title, told.what))
    for level, found in by_level.items():
        shown = found if len(found) <= MOST_ANNOTATIONS else found[: MOST_ANNOTATIONS - 1]
        yield from (_command(level, title, text) for title, text in shown)
        if len(shown) < len(found):
            yield _command(
                level, f"{len(found) - len(shown)} more", "The summary of the step and the report have them all."
            )


def headline(results: Results) -> str:
    """The target, the verdict, and how far it reaches, in a line."""
    broken = " (incomplete)" if not results.complete else ""
    return f"{one_line(results.target.name)}: {in_a_line(outcome_of(results) + broken, scope_of(results).texts)}"


def _level(told: Problem) -> _Level:
    """How grave it is to whoever waits for the run."""
    if told.is_minor:
        return "notice"
    return "error" if told.verdict == "failed" else "warning"


def _command(level: _Level, title: str, text: str) -> str:
    """A workflow command. Its line ends where it should, and its property cannot hold another one."""
    shown = _escaped(cut(one_line(title), 200)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={shown}::{_escaped(cut(one_line(text), LONGEST)) or '-'}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
