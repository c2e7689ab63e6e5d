"""What is drawn: bodies that schemathesis makes of the specs, and requests of the corpus put together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.checks.schema import spec_path
from conformance.corpus import annotations, frozen
from conformance.corpus.case import GeneratedCase, Mode
from conformance.corpus.making import MODEL, family_of
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS, Operation
from conformance.corpus.rules import forbidden_by, promised_by
from conformance.corpus.schemathesis_api import drawing

OWN_PATHS = ("chat", "responses", "gemini")
MOST_TOGETHER = 3
"""Cases of the corpus that are put into one request."""
_SEVERAL = ("n", "candidateCount")
_KINDS: dict[Mode, str] = {"positive": "legal_request", "negative": "broken_request"}


@dataclass(frozen=True)
class Arm:
    """One direction to explore: an operation, requests that fit or that do not, and where they come from."""

    operation: Operation
    mode: Mode
    bodies: SearchStrategy[dict[str, Any]]


def arms(surfaces: tuple[str, ...]) -> Iterator[Arm]:
    """Every direction on these surfaces; without any, on all but the serving paths, which lead to the same models."""
    surfaces = surfaces or OWN_PATHS
    modes: tuple[Mode, ...] = ("positive", "negative")
    for mode in modes:
        for surface in OWN_PATHS:
            for name, drawn in drawing(spec_path(surface), positive=mode == "positive"):
                operation = OPERATIONS[name]
                if operation.surface in surfaces:
                    objects = drawn.filter(lambda body: isinstance(body, dict))
                    yield Arm(operation, mode, st.one_of(_together(operation, mode), objects))


def _together(operation: Operation, mode: Mode) -> SearchStrategy[dict[str, Any]]:
    """Several cases of the corpus in one request: each varies another member, and one of them breaks it, if one has to."""
    ours = [case for case in frozen.corpus() if case.operation == operation.name and case.raw is None and case.field]
    legal = [case for case in ours if case.mode == "positive"]
    broken = [case for case in ours if case.mode == "negative"]
    fitting = st.lists(_one_of(legal), min_size=1, max_size=MOST_TOGETHER, unique_by=lambda case: case.field)
    if mode == "positive":
        return fitting.map(_joined)
    return st.tuples(_one_of(broken), fitting).map(lambda drawn: _joined([*drawn[1], drawn[0]]))


def _one_of(cases: list[GeneratedCase]) -> SearchStrategy[GeneratedCase]:
    """One of the cases: each member of the body is as likely as any other, however many cases vary it; short ones first.

    Drawn by number: `sampled_from` would write out all of them whenever hypothesis looks at it.
    """
    groups: dict[str, list[GeneratedCase]] = {}
    for case in sorted(cases, key=lambda case: len(case.to_line())):
        groups.setdefault(case.field, []).append(case)
    return st.one_of(*(st.integers(0, len(group) - 1).map(group.__getitem__) for group in groups.values()))


def _joined(cases: list[GeneratedCase]) -> dict[str, Any]:
    body = cases[0].of.base
    for case in cases:
        body = {name: value for name, value in (body | dict(case.set)).items() if name not in case.without}
    return body


def as_case(arm: Arm, body: Mapping[str, Any]) -> GeneratedCase | None:
    """The request as one of the suite's own, a short answer asked for; None if it is not what the arm is about."""
    operation = arm.operation
    fields = {name: _cheap(name, value) for name, value in body.items() if not _names_a_model(operation, name, value)}
    if operation.spec == "gemini" and isinstance(fields.get("generationConfig", {}), dict):
        fields["generationConfig"] = {"maxOutputTokens": CAP} | fields.get("generationConfig", {})
    cap = {"chat": "max_tokens", "responses": "max_output_tokens"}.get(operation.spec)
    if cap and fields.get(cap) is None:
        fields[cap] = CAP
    thinking = fields.get("thinking")
    if isinstance(thinking, dict) and arm.mode == "positive":
        fields["max_tokens"] = BUDGET + CAP
    fields = {name: value for name, value in fields.items() if operation.base.get(name, ...) != value}
    without = tuple(name for name in operation.base if name not in body and name not in (cap, "generationConfig"))
    sent = operation.base | fields
    held = ({"model": MODEL} if operation.model_in_body else {}) | {k: v for k, v in sent.items() if k not in without}
    if annotations.fits(operation.name, held) != (arm.mode == "positive"):
        return None
    origin = set(annotations.origins(operation.name, held)) if arm.mode == "positive" else set()
    strange = any(annotations.undocumented_members(operation.name, held)) if arm.mode == "positive" else False
    if strange or fields.keys() - annotations.members(operation.name):
        origin.add("nobody")  # a member that no spec knows
    return GeneratedCase(
        operation.name, arm.mode, _KINDS[arm.mode], _place(operation, (*fields, *without)), fields, without,
        family=family_of(fields), origin=tuple(sorted(origin)), size="smoke",
        promised_by=promised_by(operation, fields) if arm.mode == "positive" and not origin else (),
        forbidden_by=forbidden_by(operation, fields) if arm.mode == "negative" else "",
    )  # fmt: skip


def _place(operation: Operation, names: tuple[str, ...]) -> str:
    """The members that are varied; `*` for those that no spec knows, whatever they are called."""
    known = annotations.members(operation.name)
    return "+".join(sorted({name if name in known else "*" for name in names}))


def _names_a_model(operation: Operation, name: str, value: Any) -> bool:
    """Which models there are is the target's matter: a name that could be one is left to the target file."""
    return name == "model" and (not operation.model_in_body or (isinstance(value, str) and bool(value)))


def _cheap(name: str, value: Any) -> Any:
    """The same value, where it decides on the length of an answer: no more than is needed."""
    if isinstance(value, dict):
        return {key: _cheap(key, member) for key, member in value.items()}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if name in ("max_tokens", "max_output_tokens", "max_completion_tokens", "maxOutputTokens"):
        return min(value, CAP)
    if name in ("budget_tokens", "thinkingBudget"):
        return min(value, BUDGET)
    return min(value, 2) if name in _SEVERAL else value
