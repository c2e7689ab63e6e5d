"""What a proxy makes of what is wrong upstream: whether its caller learns of it, does not, or has something worse to deal with.

Two kinds of wrong. Trouble that any server may have (a stream that is cut, an error in the middle of it, 429, 5xx, an answer
that is too large), which a request asks for in its prompt. And the faults of the reference gateway: for each, the cases that
report it are sent through the proxy.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from conformance.checks.answers import error_text, is_success
from conformance.checks.both_sides import both_sides
from conformance.checks.ending import truncation_reason
from conformance.probing.on_each_surface import said, streamed
from conformance.probing.surface import KINDS
from conformance.reference.faults import FAULTS
from conformance.reference.upstream import Upstream
from conformance.reference.variant import Fault
from conformance.report import proofs
from conformance.report.safe import one_line
from conformance.runs import inprocess
from conformance.runs.case import RunningCase
from conformance.runs.inprocess import CollectedCase, Judgement
from conformance.runs.settings import Settings
from conformance.wire.exchange import Exchange

Outcome = Literal["honest", "hidden", "worse", "not told"]

TROUBLES: Mapping[str, tuple[str, str]] = {
    "upstream-400": ("400", "the upstream refuses with 400"),
    "upstream-429": ("429", "the upstream refuses with 429 and Retry-After"),
    "upstream-500": ("500", "the upstream breaks with 500"),
    "upstream-503": ("503", "the upstream is overloaded: 503 and Retry-After"),
    "upstream-cut": ("cut", "a stream breaks off after its second piece"),
    "upstream-error-event": ("error", "a stream has an error event after its second piece"),
    "upstream-slow": ("slow", "a stream comes slowly"),
    "upstream-oversized": ("large", "an answer has eight megabytes of blanks"),
}
"""By name: what a prompt says to have it, and what it is."""
_STREAMED = frozenset({"cut", "error", "slow"})
_SURFACES = ("chat", "responses", "gemini")
_LONG = "Write a long and detailed essay of at least 500 words about the sea."
_TELLS = {
    "PROXY-ERR-TOLD": "hidden",
    "PROXY-ERR-STATUS": "worse",
    "PROXY-STREAM-PACE": "worse",
    "PROXY-ANS-HEADERS": "hidden",
}
"""By requirement: what it means where it is broken."""
_PATIENCE: inprocess.Options = {"timeout": 20, "patience": 20, "max_time": 120, "minute": "0.5", "statistics": True}
"""A proxy that hangs on a fault is not waited for as a run would."""
_ON_THE_WAY_BACK = ("PROXY-ANS", "PROXY-ERR", "PROXY-STREAM", "PROXY-CACHE")
"""How the requirements begin that are about what becomes of an answer."""
_MOST_CASES = 12
"""Cases of one fault that are sent."""


@dataclass(frozen=True)
class Passage:
    """What became of one wrong thing on its way through the proxy."""

    fault: str
    says: str
    outcome: Outcome
    seen: str
    """What the caller saw."""


def troubles(settings: Settings, names: Collection[str]) -> Iterator[Passage]:
    """What becomes of trouble that is asked for in prompts, by name and surface."""
    for name in names:
        word, says = TROUBLES[name]
        for surface in _SURFACES:
            if surface in settings.target.surfaces:
                exchange = _asked(settings, surface, word)
                yield Passage(f"{name} on {surface}", says, *_told(exchange, settings.target.documented_names))


def _asked(settings: Settings, surface: str, word: str) -> Exchange:
    case = RunningCase(f"{surface}/behind.{word}", (), settings)
    kind = KINDS[surface](settings.target, case.recorder, case.judge)
    if word in _STREAMED:
        return streamed(kind, said(kind, f"[upstream: {word}] {_LONG}", cap=200))
    return kind.send(said(kind, f"[upstream: {word}] Say hello."))


def _told(exchange: Exchange, models: Mapping[str, str]) -> tuple[Outcome, str]:
    """What the caller of the proxy was told."""
    told = truncation_reason(exchange) or (error_text(exchange) if not is_success(exchange) else "an answer")
    seen = exchange.failure or f"{exchange.status}, {told}"
    if not (exchange.upstream and exchange.upstream.asked):
        return "not told", f"the upstream was not asked: {seen}"
    broken = [(name, finding) for name, finding in both_sides(exchange, models) if finding.kind == "violation"]
    for name, outcome in _TELLS.items():
        for requirement, finding in broken:
            if requirement == name:
                return outcome, f"{finding.message} ({finding.actual})"  # type: ignore[return-value]  # of _TELLS
    return "honest", seen


class Faults:
    """Puts the faults of the reference gateway behind a proxy, one after the other."""

    def __init__(self, options: inprocess.Options, upstream: Upstream) -> None:
        self._options: inprocess.Options = {**options, **_PATIENCE, "corpus": "none"}
        self._upstream = upstream
        self._matrix: Mapping[str, Any] = json.loads(proofs.bundled().read_bytes())

    def passage(self, name: str) -> Passage:
        """What becomes of one fault: the cases that report it are sent through the proxy, without it and with it."""
        fault = FAULTS[name]
        touched = frozenset(self._matrix["gateways"].get(name, {}).get("touches", ()))
        if fault.generated or not touched:
            return Passage(name, fault.says, "not told", "only requests that are made from the specs show it")
        self._upstream.be(None)
        before = self._judged(fault, touched)
        self._upstream.be(fault)
        try:
            after = self._judged(fault, touched)
        finally:
            self._upstream.be(None)
        return Passage(name, fault.says, *_passed_on(fault, before, after))

    def _judged(self, fault: Fault, touched: frozenset[str]) -> Judgement:
        """What the cases find that the fault touches and that decide what it breaks."""
        chosen = set[str]()

        def choose(case: CollectedCase) -> bool:
            concerned = case.id in touched and not {*fault.reported_by}.isdisjoint(case.requirements)
            if concerned and len(chosen) < _MOST_CASES:
                chosen.add(case.id)
            return case.id in chosen

        files = sorted({self._matrix["files"][case] for case in touched if case in self._matrix["files"]})
        return inprocess.judge(self._options, *files, choose=choose, upstream=self._upstream)


def _passed_on(fault: Fault, before: Judgement, after: Judgement) -> tuple[Outcome, str]:
    """Whether what is wrong upstream is reported in front, in its own words."""
    without, found = _lines(before), _lines(after)
    words = {**fault.breaks, **fault.warns}
    told = [line for name, line in found if name in words and words[name] in line]
    if any(name in words and words[name] in line for name, line in without):
        return "not told", f"the same is found without the fault: {told[0] if told else 'otherwise with it'}"
    # Of many models not each is asked: another one than the fault's declaration names will do.
    told += [line for name, line in found if name in words and (name, line) not in without]
    if told:
        return "honest", told[0]
    new = [(name, line) for name, line in found if (name, line) not in without]
    # What a proxy does to every error it does to this one too.
    of_errors = [(name, line) for name, line in found if name.startswith("PROXY-ERR") and (name, line) not in new]
    changed = [f"{name}: {line}" for name, line in [*new, *of_errors] if name.startswith(_ON_THE_WAY_BACK)]
    others = [f"{name}: {line}" for name, line in new if not name.startswith("PROXY-")]
    if after.usage_error:
        return "worse", after.usage_error
    if changed:
        is_hidden = any(line.startswith("PROXY-ERR-TOLD") for line in changed)
        is_worse = not is_hidden and (others or any(line.startswith("PROXY-ERR-STATUS") for line in changed))
        return ("worse", [*others, *changed][0]) if is_worse else ("hidden", changed[0])
    if others:  # the caller saw what the upstream has answered
        return "honest", others[0]
    return "not told", "the cases that report it did not see it"


def _lines(judgement: Judgement) -> list[tuple[str, str]]:
    """What was found to be broken: the requirement, and what is wrong."""
    found = (one for case in judgement.results.values() for one in case.findings)
    return [(one.requirement, one.line) for one in found if one.kind in ("violation", "warning")]


def as_markdown(passages: Sequence[Passage]) -> str:
    """A table, one row a fault."""
    rows = [f"| {one.fault} | {_cell(one.says)} | {one.outcome} | {_cell(one.seen)} |" for one in passages]
    head = ["| fault | what is wrong upstream | judged | what the caller saw |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def as_json(passages: Sequence[Passage]) -> str:
    """The same as a list of objects."""
    return json.dumps([asdict(one) for one in passages], ensure_ascii=False, indent=1) + "\n"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|").replace("<", "&lt;")
