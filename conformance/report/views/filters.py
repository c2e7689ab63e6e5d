"""By what a reader finds something: what can be chosen, and of each requirement and case what it is to be found by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.checks.verdicts import STRONGEST_FIRST
from conformance.report.counts import VERDICTS
from conformance.report.models import ModelNames
from conformance.report.results import ExchangeRecord, RequirementRow, Results
from conformance.report.views.listed import Listed
from conformance.report.wording import cut, surfaces, words
from conformance.requirements import LEVELS, SURFACES, documented_models

ORDERS = (("listed", "as listed"), ("worst", "the worst first"), ("name", "by name"))
"""How requirements and cases can be sorted, as `page.js` knows it."""


@dataclass(frozen=True)
class Tags:
    """What a requirement or a case is found by, or the generated cases of a place: names without spaces."""

    verdicts: tuple[str, ...]
    rank: int
    """The gravity of the worst of them, 0 is the worst there is."""
    levels: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Documented models that were asked."""
    causes: tuple[str, ...] = ()
    """Their numbers."""


@dataclass(frozen=True)
class Choice:
    """A list to choose from: values, each with its text."""

    name: str
    label: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Filters:
    """What can be chosen, and the tags of all requirements and cases by id, and of generated ones by the anchor of a place."""

    choices: tuple[Choice, ...]
    requirements: Mapping[str, Tags] = field(repr=False)
    cases: Mapping[str, Tags] = field(repr=False)
    places: Mapping[str, Tags] = field(repr=False)


def filters(results: Results, cases: Listed, exchanges: Iterable[ExchangeRecord]) -> Filters:
    """The filters of a run: only what occurs in it can be chosen."""
    names = ModelNames(results.target)
    asked = {exchange.id: names.documented(exchange) for exchange in exchanges}
    models = {
        case.row.id: tuple(dict.fromkeys(asked[one] for one in case.row.exchanges if asked.get(one)))
        for case in cases.cases.values()
    }
    causes = {name: str(number) for number, cause in enumerate(results.causes, 1) for name in cause.requirements}
    rows = (*results.requirements, *(row for one in results.own for row in one.requirements))
    of_requirements = {row.id: _of_requirement(row, models, causes) for row in rows}
    of_cases = {
        case.row.id: _of_case(
            case.row.id,
            case.row.verdict,
            models[case.row.id],
            [of_requirements[name] for name in case.row.requirements if name in of_requirements],
            tuple(dict.fromkeys(causes[one.requirement] for one in case.row.findings if one.requirement in causes)),
        )
        for case in cases.cases.values()
    }
    of_places = {
        place.anchor: _together(of_cases[case.row.id] for case in place.cases)
        for operation in cases.operations
        for place in operation.places
    }
    tags = [*of_requirements.values(), *of_cases.values()]
    return Filters(_choices(results, tags), of_requirements, of_cases, of_places)


def _together(several: Iterable[Tags]) -> Tags:
    """What all of these are found by."""
    found = list(several)
    joined = (
        tuple(dict.fromkeys(value for one in found for value in getattr(one, name)))
        for name in ("verdicts", "levels", "surfaces", "models", "causes")
    )
    verdicts, levels, of_surfaces, models, causes = joined
    return Tags(verdicts, min(one.rank for one in found), levels, of_surfaces, models, causes)


def _of_requirement(row: RequirementRow, models: Mapping[str, tuple[str, ...]], causes: Mapping[str, str]) -> Tags:
    return Tags(
        verdicts=(row.verdict,),
        rank=_rank(row.verdict),
        levels=(row.level,),
        surfaces=tuple(row.surface.split(",")),
        models=tuple(dict.fromkeys(model for name in row.cases for model in models.get(name, ()))),
        causes=(causes[row.id],) if row.id in causes else (),
    )


def _of_case(
    name: str, verdict: str, models: tuple[str, ...], requirements: Iterable[Tags], causes: tuple[str, ...]
) -> Tags:
    levels = {level for tags in requirements for level in tags.levels}
    return Tags(
        verdicts=(verdict,),
        rank=_rank(verdict),
        levels=tuple(level for level in LEVELS if level in levels),
        surfaces=(name.partition("/")[0],),
        models=models,
        causes=causes,
    )


def _rank(verdict: str) -> int:
    """An error of the suite goes before all that it has found."""
    return STRONGEST_FIRST.index(verdict) + 1 if verdict in STRONGEST_FIRST else 0


def _choices(results: Results, tags: Iterable[Tags]) -> tuple[Choice, ...]:
    """The lists of which more than one value occurs: with one there is nothing to choose."""
    found = list(tags)
    verdicts, levels, of_surfaces, models = (
        {value for one in found for value in getattr(one, name)}
        for name in ("verdicts", "levels", "surfaces", "models")
    )
    choices = (
        Choice("verdict", "Verdict", tuple((name, words(name)) for name in ("error", *VERDICTS) if name in verdicts)),
        Choice("level", "Level", tuple((name, name) for name in LEVELS if name in levels)),
        Choice("surface", "Surface", tuple((name, surfaces(name)) for name in SURFACES if name in of_surfaces)),
        Choice("model", "Model", tuple((name, name) for name in documented_models() if name in models)),
        Choice(
            "cause", "Cause", tuple((str(number), cut(one.summary, 80)) for number, one in enumerate(results.causes, 1))
        ),
    )
    return tuple(choice for choice in choices if len(choice.values) > 1)
