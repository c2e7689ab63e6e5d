"""Two runs of the client cases: what of a client library changed on the wire, and what changed for its caller."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal, get_args

from conformance.errors import UsageError
from conformance.observer.clients import client_of
from conformance.sdk.agreement import kind

Outcome = Literal[
    "broken", "wire changed", "caller sees something else", "fixed", "answered otherwise",
    "caller sees more", "new", "gone", "unchanged",
]  # fmt: skip
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
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
    is_partial: bool = False
    """Whether it was to observe some of the cases only: what it lacks is not gone."""
    recordings: str = ""
    """The chain of the recordings whose answers clients were given."""

    def of(self, client: str) -> "Observed":
        """What it says of one client."""
        return replace(self, cases={name: case for name, case in self.cases.items() if client_of(name) == client})

    @property
    def about(self) -> list[str]:
        """The clients that it says something of."""
        return sorted({client_of(case) for case in self.cases})

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

    @property
    def matters(self) -> bool:
        """Whether a gateway or a caller may act on it: not on how a client calls itself, nor on headers of its own."""
        return not self.where.endswith(("headers.others", "headers.user-agent", "headers.x-stainless-read-timeout"))


@dataclass(frozen=True)
class CaseChange:
    """What became of one case."""

    case: str
    outcome: Outcome
    why: str = ""
    """In words, where it broke, was fixed, or could not be called before."""
    differences: tuple[Difference, ...] = ()


def is_observed(path: Path) -> bool:
    """Whether a path claims to be a run of client cases: its results.json, or the directory that holds it."""
    file = path / RESULTS if path.is_dir() else path
    return file.is_file() and file.suffix in (".json", ".jsonl") and file.name != "manifest.json"


def read(path: Path) -> Observed:
    """Reads the results of a run. Raises `UsageError`."""
    file = path / RESULTS if path.is_dir() else path
    hint = "give what `gateway-conformance sdk --report-dir DIR` has written"
    try:
        document = _document(file)
        cases = {str(case["id"]): case for case in document["cases"] if "seen" in case and "sent" in case}
        clients = {str(name): str(number) for name, number in document["clients"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}: {error}); {hint}") from None
    if not cases:
        raise UsageError(f"{file} holds no observation of a client; {hint}")
    if document.get("complete") is False:
        raise UsageError(f"{file} is of a run that was ended before its time: run it again")
    recordings = str(document.get("recordings", {}).get("chain", ""))
    return Observed(file, clients, cases, document.get("suite", {}), bool(document.get("partial")), recordings)


def _document(file: Path) -> dict[str, Any]:
    """The JSON of a run: one value, or a header and a line for each case. Raises `ValueError`."""
    if file.suffix != ".jsonl":
        return dict(json.loads(file.read_bytes()))
    header, *cases = (json.loads(line) for line in file.read_bytes().splitlines())
    return {**header, "cases": cases}


def compare(old: Observed, new: Observed) -> list[CaseChange]:
    """Each case of both runs, the gravest change first. Cases of clients that only one run has are left out."""
    common = {client_of(case) for case in old.cases} & {client_of(case) for case in new.cases}
    asked = {*old.cases, *new.cases} if not new.is_partial else {*new.cases}
    names = [case for case in sorted(asked) if client_of(case) in common]
    if old.recordings != new.recordings:  # then each has cases that the other cannot have
        names = [case for case in names if "_recorded." not in case or {case} <= old.cases.keys() & new.cases.keys()]
    found = [_of_case(case, old.cases.get(case), new.cases.get(case)) for case in names]
    return sorted(found, key=lambda change: OUTCOMES.index(change.outcome))


def _of_case(case: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> CaseChange:
    if old is None or new is None:
        return CaseChange(case, "new" if old is None else "gone")
    differences = (*_on_the_wire(old["sent"], new["sent"]), *_differing("caller", old["seen"], new["seen"]))
    if _is_answered_otherwise(old["sent"], new["sent"]):
        return CaseChange(case, "answered otherwise", "", differences)
    outcome, why = _judged(old, new, differences)
    return CaseChange(case, outcome, why, differences)


def _judged(old: Mapping[str, Any], new: Mapping[str, Any], differences: Sequence[Difference]) -> tuple[Outcome, str]:
    was, now = old["seen"].get("error"), new["seen"].get("error")
    if was and not _asks(old) and _asks(new) and not new.get("failure"):
        return ("new" if now else "fixed"), f"it could not be called before: {_error_text(was)}"
    if worse := _worse(old, new):
        return "broken", worse
    if better := _worse(new, old):
        return "fixed", better
    return _of_differences(differences), ""


def _worse(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Why the caller is worse off with the other: a case that fails, an exception in place of an answer, an answer lost."""
    was, now = one["seen"].get("error"), other["seen"].get("error")
    if other.get("failure") and not one.get("failure"):
        return _error_text(other["failure"])
    if now and (not was or (_asks(one) and not _asks(other))):
        return _error_text(now)
    return _findings_beside(other, one)


def _of_differences(differences: Sequence[Difference]) -> Outcome:
    """Which of two sides has changed, and whether it is more than an addition."""
    if any(one.side == "wire" for one in differences):
        return "wire changed"
    if any(one.old is not None for one in differences):
        return "caller sees something else"
    return "caller sees more" if differences else "unchanged"


def _asks(one: Mapping[str, Any]) -> bool:
    """Whether a request for an answer was sent at all; what a client looks up before is none."""
    return any(sent.get("method") == "POST" for sent in one["sent"])


def _error_text(error: Mapping[str, Any]) -> str:
    return f"{error.get('type')}: {error.get('text')}"


def _findings_beside(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The first finding of one whose like the other does not have. What is sent otherwise shows on the wire."""
    known = {kind(str(finding)) for finding in other.get("findings", ())}
    found = (str(finding) for finding in one.get("findings", ()) if kind(str(finding)) not in known)
    return next((finding for finding in found if not finding.startswith("request:")), "")


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
                    what = _json({name: one.get(name) for name in ("method", "path", "status")})
                    yield Difference("wire", "a request", what if given else None, None if given else what)


def _differing(side: Literal["wire", "caller"], old: Any, new: Any) -> Iterator[Difference]:
    for where, before, after in _walk(old, new, "", 0):
        yield Difference(side, where or "all of it", before, after)


def _walk(old: Any, new: Any, where: str, depth: int) -> Iterator[tuple[str, str | None, str | None]]:
    if _json(old) == _json(new):  # to Python 1, 1.0 and true are equal
        return
    if where.endswith("headers.others") or where == "classes":
        gone, added = (sorted({*one} - {*other}) for one, other in ((old, new), (new, old)))
        yield where, _json(gone) if gone else None, _json(added) if added else None
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and depth < _DEEPEST:
        for name in sorted({*old, *new}, key=str):
            place = f"{where}.{name}".lstrip(".")
            if name in old and name in new:
                yield from _walk(old[name], new[name], place, depth + 1)
            else:
                yield place, _json(old[name]) if name in old else None, _json(new[name]) if name in new else None
    elif isinstance(old, Sequence) and isinstance(new, Sequence) and len(old) == len(new) and not isinstance(old, str):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _walk(before, after, f"{where}[{number}]", depth + 1)
    else:
        yield where, _json(old), _json(new)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
