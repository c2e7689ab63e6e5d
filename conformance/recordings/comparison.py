"""Two sets of recordings of the same requests: what of the target's answers changed."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.answers import error_text
from conformance.checks.ending import truncation_reason
from conformance.checks.event_stream import read as read_stream
from conformance.checks.findings import Undecided
from conformance.recordings.changes import Change, Kind, of_shapes
from conformance.recordings.recorded import Recorded, RecordedSet
from conformance.recordings.schema import Known
from conformance.recordings.shapes import Shape
from conformance.wire.cassette import Key
from conformance.wire.exchange import Exchange, NotJson, Request, Response

Pair = tuple[Recorded, Recorded]
Failing = Callable[[RecordedSet, Collection[str]], Mapping[str, str]]
"""Which of some cases fail on a set of recordings, each with what it breaks."""
_MODEL = re.compile(r"(?<=/models/)[^/:]+(?=:)|[^/]+(?=/invocations$)")
_COMPONENTS = {
    "chat": ("ChatCompletion", "ChatCompletionChunk"),
    "responses": ("Response", "ResponseStreamEvent"),
    "gemini": ("GenerateContentResponse", "GenerateContentResponse"),
}


@dataclass
class Comparison:
    """What came of two sets."""

    changes: list[Change] = field(default_factory=list)
    pairs: int = 0
    """Answers to the same request that were compared."""
    unequal: int = 0
    """Requests that were sent in one of the sets alone, in cases that both have."""
    unanswered: int = 0
    """Pairs of which one is no answer: none came, or a part of one, or the target asked to come back later."""
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def breaks(self) -> bool:
        """Whether anything that clients relied on is no longer so."""
        return any(change.kind == "breaking" for change in self.changes)


def compare(old: RecordedSet, new: RecordedSet, failing: Failing) -> Comparison:
    """Compares the answers to what both sets asked, in their shapes, and by what the suite says of them now and then."""
    found = Comparison(
        new=sorted(new.cases.keys() - old.cases.keys()), gone=sorted(old.cases.keys() - new.cases.keys())
    )
    pairs = list[Pair]()
    for case in sorted(old.cases.keys() & new.cases.keys()):
        paired = list(_paired(old.cases[case], new.cases[case]))
        found.unequal += len(old.cases[case]) + len(new.cases[case]) - 2 * len(paired)
        pairs += paired
    answered = [pair for pair in pairs if all(one.is_answered for one in pair)]
    found.pairs, found.unanswered = len(answered), len(pairs) - len(answered)
    common = old.cases.keys() & new.cases.keys()
    now = failing(new, common)
    was = failing(old, now.keys()) if now else {}
    broken = {case: why for case, why in now.items() if case not in was}
    alone = [change for pair in answered for change in _of_pair(*pair, broken)]
    changes = list(_merged([*alone, *_of_shapes(answered)]))
    reported = {case for change in changes if change.kind == "breaking" for case in change.cases}
    changes += _merged(
        Change("breaking", "breaks what the documents promise", case.partition("/")[0], "kept", why, (case,))
        for case, why in broken.items()
        if case not in reported
    )
    found.changes = sorted(changes, key=_order)
    return found


def _paired(old: Sequence[Recorded], new: Sequence[Recorded]) -> Iterator[Pair]:
    """The exchanges of one case by what was sent; what was sent several times, in that order."""
    waiting = defaultdict[Key, list[Recorded]](list)
    for one in new:
        waiting[one.key].append(one)
    for one in old:
        if waiting[one.key]:
            yield one, waiting[one.key].pop(0)


def _of_pair(old: Recorded, new: Recorded, broken: Collection[str]) -> Iterator[Change]:
    """What of one answer can be told without the others: its status, its media type, whether it is whole."""
    where = operation(old)

    def change(kind: Kind, what: str, before: str, after: str) -> Change:
        return Change(kind, what, where, before, after, (old.case,))

    before, after = old.response, new.response
    if before.status != after.status:
        kind, what = _of_statuses(before.status, after.status, stated=old.case in broken)
        yield change(kind, what, str(before.status), _status_and_text(after))
    elif before.media_type != after.media_type:
        yield change("breaking", "another media type", before.media_type or "none", after.media_type or "none")
    elif truncation_reason(_exchange(after)) and not truncation_reason(_exchange(before)):
        yield change("breaking", "the stream stops before its end", "a whole stream", "a part of one")
    elif _json(before) is not None and _json(after) is None:
        yield change("breaking", "no longer JSON", "JSON", error_text(_exchange(after)))


def _of_statuses(old: int, new: int, *, stated: bool) -> tuple[Kind, str]:
    was, now = old // 100, new // 100
    if was == 2:
        return "breaking", {2: "another status", 5: "breaks on what was answered"}.get(now, "refuses what was answered")
    if was == 4 and now == 2:
        if stated:
            return "breaking", "accepts what the documents have refused"
        return "additive", "accepts what was refused"
    if was == 5 and now != 5:
        return "additive", "no longer breaks"
    return "breaking", "breaks on what was refused" if now == 5 and was != 5 else "another error status"


def _of_shapes(pairs: Iterable[Pair]) -> Iterator[Change]:
    """What the answers to each operation tell together: those that were answered, or refused, both times."""
    shapes: dict[tuple[str, str], tuple[Shape, Shape]] = {}
    for pair in pairs:
        old, new = (one.response for one in pair)
        if _outcome(old) != _outcome(new) or old.media_type != new.media_type:
            continue
        streamed = old.media_type == "text/event-stream"
        bodies = [_events(one) if streamed else _json(one) for one in (old, new)]
        if any(body is None for body in bodies):
            continue
        known = _known(pair[0].key, old, bodies[0], streamed=streamed)
        where = operation(pair[0]) + ("" if _outcome(old) == "answered" else ", refused")
        both = shapes.setdefault((where, "stream" if streamed else ""), (Shape(known), Shape(known)))
        for shape, body in zip(both, bodies, strict=True):
            if streamed:
                shape.add_stream(list(body or ()), pair[0].case)
            else:
                shape.add(body, pair[0].case)
    for (where, _), (before, after) in shapes.items():
        yield from of_shapes(before, after, where)


def _outcome(response: Response) -> str:
    return "answered" if 200 <= response.status < 300 else "refused"


def _known(key: Key, response: Response, body: Any, *, streamed: bool) -> Known:
    """What the spec says of such an answer."""
    if "generateContent" in key.path or "streamGenerateContent" in key.path:
        surface = "gemini"
    else:
        surface = (
            "responses" if key.path.endswith("/responses") or (isinstance(body, dict) and "output" in body) else "chat"
        )
    return Known.of(surface, "Error" if _outcome(response) == "refused" else _COMPONENTS[surface][streamed])


def operation(one: Recorded) -> str:
    """What was asked: the surface, and the path below it without the name of a model. Methods other than POST are told."""
    path = f"{one.surface} {_MODEL.sub('{model}', one.key.path)}".strip()
    return path if one.key.method == "POST" else f"{one.key.method} {path}"


def _exchange(response: Response) -> Exchange:
    return Exchange(Request("", "", {}), response)


def _json(response: Response) -> Any:
    """The JSON of a body; None if it is none."""
    try:
        return response.json()
    except NotJson:
        return None


def _events(response: Response) -> list[Any] | None:
    """The events of a stream as JSON; None if there is no event."""
    try:
        return read_stream(_exchange(response)).bodies
    except Undecided:
        return None


def _status_and_text(response: Response) -> str:
    return str(response.status) if response.status < 300 else f"{response.status}, {error_text(_exchange(response))}"


def _merged(changes: Iterable[Change]) -> Iterator[Change]:
    """The same change in several cases once, with all of them."""
    alike = defaultdict[tuple[str, ...], list[Change]](list)
    for change in changes:
        alike[change.kind, change.what, change.where, change.old, change.new.partition(",")[0]].append(change)
    for same in alike.values():
        first = same[0]
        merged = dict.fromkeys(case for change in same for case in change.cases)
        yield Change(first.kind, first.what, first.where, first.old, first.new, tuple(merged))


def _order(change: Change) -> tuple[bool, str, str, str]:
    return change.kind != "breaking", change.where, change.what, change.old
