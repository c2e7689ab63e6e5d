"""How far the verdict of a run reaches, in the words of every headline: none claims more than was judged."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.checks.asked_for import not_offered
from conformance.checks.verdicts import DECIDED
from conformance.report.counts import narrowing, profile_text, selection_text
from conformance.report.deviations import verdict_text
from conformance.report.results import RequirementRow, Results, Target
from conformance.report.safe import one_line
from conformance.requirements import SURFACES, catalogue, documented_models

NOT_LOOKED_AT = "the contract was not looked at"
"""How far a run of own cases alone reaches."""
_FEW = 3
"""Models that are named."""
_SELECTED = "in what was selected"
_OF_CLIENTS = "sdk"
_OF_A_PART = "of a part"
_NO_PART = ("statistics", "all_models", "conformance_profile")
"""Members of a selection that leave nothing out, or are told otherwise."""


@dataclass(frozen=True)
class Scope:
    """What a verdict is about. `partial`: that is less than all that the documents promise of a gateway."""

    texts: tuple[str, ...]
    partial: bool


def scope(results: Results) -> Scope:
    """What the verdict of a run is about: surfaces, models, MUSTs decided, and what the target does not offer."""
    aspects = list(_aspects(results))
    return Scope(tuple(text for text, _ in aspects), any(is_less for _, is_less in aspects))


def scope_of(results: Results) -> Scope:
    """The scope that results.json tells; worked out anew from one that was written before it did."""
    return Scope(results.scope, results.partial) if results.scope else scope(results)


def _aspects(results: Results) -> Iterator[tuple[str, bool]]:
    """Each aspect of the scope in words, and whether it is less than the whole."""
    target, profile, own_alone = results.target, results.conformance_profile, results.is_of_own_alone
    selected = {name: value for name, value in narrowing(results.selection).items() if name not in _NO_PART}
    if own_alone and {*results.selection.paths} <= {one.name for one in results.own}:
        selected.pop("paths", None)  # what was chosen is all that is one's own
    if selected:
        yield f"{_SELECTED} ({one_line(selection_text(selected))})", True
    if target.recorded_in_part:
        yield "recorded in part", True
    if profile:
        yield profile_text(results), profile.decided < profile.required
    if own_alone:
        yield NOT_LOOKED_AT, True
    asked = {case.id.partition("/")[0] for case in results.cases if case.exchanges}
    if surfaces := [surface for surface in SURFACES if surface in asked and surface != _OF_CLIENTS]:
        is_less = len(surfaces) < len(SURFACES) - 1
        # A profile says itself which surfaces it is about.
        yield (f"{' and '.join(surfaces)} alone" if is_less else "all surfaces"), is_less and not profile
    if not own_alone:
        yield from _of_the_contract(results)
    if target.not_offered:
        yield not_offered_text(target), True


def _of_the_contract(results: Results) -> Iterator[tuple[str, bool]]:
    """How much of the contract was asked: models, and MUSTs if no profile tells what is required."""
    target = results.target
    models = [model for model in documented_models() if model not in target.lacking]
    names = f" ({', '.join(models)})" if 0 < len(models) <= _FEW else ""
    yield _counted(len(models), len(documented_models()), f"models{names}")
    if not results.conformance_profile:
        musts = musts_of_gateways(results)
        yield _counted(sum(row.verdict in DECIDED for row in musts), len(musts), "MUST decided")


def musts_of_gateways(results: Results) -> list[RequirementRow]:
    """The MUSTs that a gateway can keep or break: those that the headline counts."""
    return [row for row in results.of_level("MUST") if _is_about_gateways(row)]


def beside_musts(results: Results) -> str:
    """How many MUSTs are beside those, in words; empty if there are none."""
    of_clients = len(results.of_level("MUST")) - len(musts_of_gateways(results))
    return f", beside {of_clients} about clients alone" if of_clients else ""


def _is_about_gateways(row: RequirementRow) -> bool:
    """Whether a gateway can keep or break a requirement, and not a client alone."""
    known = catalogue().get(row.id)
    return row.surface != _OF_CLIENTS or (known is not None and "live" in known.testable)


def _counted(number: int, of: int, things: str) -> tuple[str, bool]:
    return (f"{number} of {of} {things}", True) if number < of else (f"all {of} {things}", False)


def not_offered_text(target: Target) -> str:
    """What a target does not offer, with the reasons."""
    return not_offered({name: one_line(why) for name, why in target.not_offered.items()})


def outcome(verdict: str, *, partial: bool) -> str:
    """A verdict in words that do not claim more than was judged."""
    return f"{verdict}, {_OF_A_PART}" if verdict.startswith("conformant") and partial else verdict


def outcome_of(results: Results) -> str:
    """The verdict of a run in such words; where own cases alone were run, on what is one's own."""
    if results.is_of_own_alone:
        return f"own requirements {', '.join(f'of {one.name}: {one.verdict}' for one in results.own_asked_for)}"
    return outcome(verdict_text(results), partial=scope_of(results).partial)


def headline(word: str, texts: tuple[str, ...]) -> str:
    """The outcome, and what it is about."""
    lead = ": " if word.endswith(_OF_A_PART) else ", " if texts and texts[0].startswith(_SELECTED) else "; "
    return f"{word}{lead}{'; '.join(texts)}" if texts else word
