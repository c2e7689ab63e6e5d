"""Two runs of the client cases: what of a client library changed on the wire, and what changed for its caller."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from conformance.errors import UsageError
from conformance.sdk.clients import client_of

Outcome = Literal[
    "broken", "wire changed", "caller sees something else", "fixed", "answered otherwise", "new", "gone", "unchanged"
]
OUTCOMES: tuple[Outcome, ...] = (
    "broken",
    "wire changed",
    "caller sees something else",
    "fixed",
    "answered otherwise",
    "new",
    "gone",
    "unchanged",
)
"""The gravest first. Where the gateway has answered the same request otherwise, nothing is known of the client."""
RESULTS = "results.json"
_ANSWER = ("status", "answer")
"""What an observation keeps of an answer as it came; the rest is of the request."""
_DEEPEST = 40


@dataclass(frozen=True)
class Observed:
    """The client cases of one run."""

    path: Path
    clients: Mapping[str, str]
    cases: Mapping[str, Mapping[str, Any]]
    suite: Mapping[str, str] = field(default_factory=dict)

    def named(self, beside: "Observed | None" = None) -> str:
        """The clients and their versions; `beside` another run, only those that differ from its own."""
        differing = {
            name: number
            for name, number in self.clients.items()
            if beside is None or beside.clients.get(name) != number
        }
        told = ", ".join(f"{name} {number}" for name, number in (differing or self.clients).items())
        return told or "no client"


@dataclass(frozen=True)
class Difference:
    """One place that differs: on the `wire` or for the `caller`; absent values are None, others JSON."""

    side: Literal["wire", "caller"]
    where: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class CaseChange:
    """What became of one case."""

    case: str
    outcome: Outcome
    why: str = ""
    """In words, where it broke or was fixed."""
    differences: tuple[Difference, ...] = ()


def is_observed(path: Path) -> bool:
    """Whether a path claims to be a run of client cases: its results.json, or the directory that holds it."""
    file = path / RESULTS if path.is_dir() else path
    return file.is_file() and file.suffix in (".json", ".jsonl") and file.name != "manifest.json"


def read(path: Path) -> Observed:
    """Reads the results of a run. Raises `UsageError`."""
    file = path / RESULTS if path.is_dir() else path
    mend = "give what `gateway-conformance sdk --report-dir DIR` has written"
    try:
        document = _document(file)
        cases = {str(case["id"]): case for case in document["cases"] if "seen" in case and "sent" in case}
        clients = {str(name): str(number) for name, number in document["clients"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}: {error}); {mend}") from None
    if not cases:
        raise UsageError(f"{file} holds no observation of a client; {mend}")
    return Observed(file, clients, cases, document.get("suite", {}))


def _document(file: Path) -> dict[str, Any]:
    """The JSON of a run: one value, or a header and a line for each case. Raises `ValueError`."""
    if file.suffix != ".jsonl":
        return dict(json.loads(file.read_bytes()))
    header, *cases = (json.loads(line) for line in file.read_bytes().splitlines())
    return {**header, "cases": cases}


def compare(old: Observed, new: Observed) -> list[CaseChange]:
    """Each case of both runs, the gravest change first. Cases of clients that only one run has are left out."""
    common = {client_of(case) for case in old.cases} & {client_of(case) for case in new.cases}
    names = [case for case in sorted({*old.cases, *new.cases}) if client_of(case) in common]
    found = [_of_case(case, old.cases.get(case), new.cases.get(case)) for case in names]
    return sorted(found, key=lambda change: OUTCOMES.index(change.outcome))


def _of_case(case: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> CaseChange:
    if old is None or new is None:
        return CaseChange(case, "new" if old is None else "gone")
    differences = (*_on_the_wire(old["sent"], new["sent"]), *_differing("caller", old["seen"], new["seen"]))
    if _is_answered_otherwise(old["sent"], new["sent"]):
        return CaseChange(case, "answered otherwise", "", differences)
    if why := _worse(old, new):
        return CaseChange(case, "broken", why, differences)
    if why := _worse(new, old):
        return CaseChange(case, "fixed", why, differences)
    if any(one.side == "wire" for one in differences):
        return CaseChange(case, "wire changed", "", differences)
    return CaseChange(case, "caller sees something else" if differences else "unchanged", "", differences)


def _worse(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Why the caller is worse off with the newer: an exception where there was none, or an answer that no longer arrives."""
    error = new["seen"].get("error")
    if error and not old["seen"].get("error"):
        return f"{error.get('type')}: {error.get('text')}"
    known = set(old.get("findings", ()))
    return "" if known else next(iter(map(str, new.get("findings", ()))), "")


def _is_answered_otherwise(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the same was asked, and something else was answered."""
    asked = [[{name: one[name] for name in one if name not in _ANSWER} for one in sent] for sent in (old, new)]
    return asked[0] == asked[1] and any(
        before[name] != after[name]
        for before, after in zip(old, new, strict=True)
        for name in before.keys() & after.keys() & {*_ANSWER}
    )


def _on_the_wire(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """What differs in the requests: each beside its like, so that one more at the beginning does not make all others differ."""
    was, now = ([f"{one.get('method')} {one.get('path')}" for one in sent] for sent in (old, new))
    for word, start, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if word == "equal" or end - start == last - first:
            for number, (before, after) in enumerate(zip(old[start:end], new[first:last], strict=True), start):
                kept = ({name: value for name, value in one.items() if name != "answer"} for one in (before, after))
                found = _differing("wire", *kept)
                yield from (replace(one, where=f"[{number}].{one.where}") for one in found)
        else:
            for listed, given in ((old[start:end], True), (new[first:last], False)):
                for one in listed:
                    what = _json({name: one.get(name) for name in ("method", "path", "status")}, given=True)
                    yield Difference("wire", "a request", what if given else None, None if given else what)


def _differing(side: Literal["wire", "caller"], old: Any, new: Any) -> Iterator[Difference]:
    for where, before, after in _walk(old, new, "", 0):
        yield Difference(side, where or "all of it", before, after)


def _walk(old: Any, new: Any, where: str, depth: int) -> Iterator[tuple[str, str | None, str | None]]:
    if old == new and type(old) is type(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and depth < _DEEPEST:
        for name in sorted({*old, *new}, key=str):
            if name not in old or name not in new:
                yield (
                    f"{where}.{name}".lstrip("."),
                    _json(old.get(name), given=name in old),
                    _json(new.get(name), given=name in new),
                )
            else:
                yield from _walk(old[name], new[name], f"{where}.{name}".lstrip("."), depth + 1)
    elif isinstance(old, Sequence) and isinstance(new, Sequence) and len(old) == len(new) and not isinstance(old, str):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _walk(before, after, f"{where}[{number}]", depth + 1)
    else:
        yield where, _json(old, given=True), _json(new, given=True)


def _json(value: Any, *, given: bool) -> str | None:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if given else None
