"""What a team has declared beside cases of its own: shown apart from the contract, with a verdict of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.report.counts import by_verdict
from conformance.report.results import Results
from conformance.report.views.catalogue import SurfaceRequirements, by_surface, tally
from conformance.report.views.listed import Listed
from conformance.report.views.problems import Collected, Problem, shown
from conformance.report.wording import counted, cut


@dataclass(frozen=True)
class ShownOwn:
    """The requirements of one declaration."""

    anchor: str
    name: str
    verdict: str
    tally: str
    problems: tuple[Problem, ...]
    surfaces: tuple[SurfaceRequirements, ...]


def own(
    results: Results, problems: Sequence[Sequence[Collected]], cases: Listed, homes: Mapping[str, str]
) -> list[ShownOwn]:
    """Each declaration, with what is to be looked into of it."""
    return [
        ShownOwn(
            anchor=f"own-{number}",
            name=cut(one.name, 80),
            verdict=one.verdict,
            tally=f"{counted(len(one.requirements), 'requirement')}: {tally(by_verdict(one.requirements))}",
            problems=shown(found, cases, homes),
            surfaces=tuple(by_surface(one.requirements, cases)),
        )
        for number, (one, found) in enumerate(zip(results.own, problems, strict=True), 1)
    ]
