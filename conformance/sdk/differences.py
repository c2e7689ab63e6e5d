"""Where two observations of one case differ: in what was sent, and in what its caller got. Nothing is judged here."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from conformance.sdk.exceptions import error_of, has_no_end

Side = Literal["wire", "caller"]
Request = Mapping[str, Any]
SINCE = frozenset({"warnings", "logs", "dump", "none"})
"""What of `seen` older files lack: nothing was looked at there."""
RESULTS = frozenset({"type", "classes", "value", "events", "count", "error", "dump", "none"})
"""What of `seen` an exception takes the place of, or the other way round."""
_OTHERS = "headers.others"
_NO_MATTER = (_OTHERS, "headers.user-agent", "headers.accept-encoding")
_PATIENCE = "headers.x-stainless-read-timeout"
"""How long the client waits for an answer, as openai's tells the gateway."""
_DEEPEST = 40
_NUMBER = re.compile(r"\[\d+\]")
_MEMBER = re.compile(r"^(?:value\.|events\[\*\]\.)")
"""What precedes the place of a member in an answer, or in any event of one."""


@dataclass(frozen=True)
class Difference:
    """One place that differs: on the `wire` or for the `caller`; absent values are None, others JSON."""

    side: Side
    where: str
    old: str | None
    new: str | None

    @property
    def place(self) -> str:
        """The place, whichever of several requests, events or members of a list it is in."""
        return f"{self.side} {_NUMBER.sub('[*]', self.where)}"

    @property
    def matters(self) -> bool:
        """Whether a gateway or a caller may act on it: not on how a client calls itself, nor on headers of its own,
        nor on which compressions its HTTP library takes.

        On one of these it is acted: that a client waits longer or shorter, where both say how long.
        """
        if self.where.endswith(_PATIENCE):
            return self.old is not None and self.new is not None
        return not self.where.endswith(_NO_MATTER)


def posts(sent: Sequence[Request]) -> int:
    """How many requests for an answer were sent; what a client looks up before is none."""
    return sum(one.get("method") == "POST" for one in sent)


def on_the_wire(old: Sequence[Request], new: Sequence[Request]) -> Iterator[Difference]:
    """What differs in the requests, each beside its like. That there are more or fewer of a kind is told by `posts`."""
    kinds = [{_kind(one) for one in sent if one.get("method") == "POST"} for sent in (old, new)]
    counted = kinds[0] & kinds[1] if all(kinds) else kinds[0] | kinds[1]
    for before, after in _pairs(old, new):
        if before is not None and after is not None:
            kept = ({name: value for name, value in one.items() if name != "answer"} for one in (before, after))
            yield from _differing("wire", *kept)
        else:
            one = before if before is not None else after
            if one is not None and _kind(one) not in counted:
                told = f"{_kind(one)}, answered {one.get('status')}"
                yield Difference("wire", "a request", told if after is None else None, told if before is None else None)


def _kind(one: Request) -> str:
    return f"{one.get('method')} {one.get('path')}"


def _pairs(old: Sequence[Request], new: Sequence[Request]) -> Iterator[tuple[Request | None, Request | None]]:
    """Each request beside its like: the same path, else the same method, so that one more does not make all others differ."""
    for before, after in _aligned(old, new, [[_kind(one) for one in sent] for sent in (old, new)]):
        if len(before) == len(after):
            yield from zip(before, after, strict=True)
            continue
        methods = [[str(one.get("method")) for one in sent] for sent in (before, after)]
        for one, other in _aligned(before, after, methods):
            if len(one) == len(other):
                yield from zip(one, other, strict=True)
            else:
                yield from ((each, None) for each in one)
                yield from ((None, each) for each in other)


def _aligned(
    old: Sequence[Request], new: Sequence[Request], keys: Sequence[Sequence[str]]
) -> Iterator[tuple[Sequence[Request], Sequence[Request]]]:
    was, now = keys
    for _, start, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        yield old[start:end], new[first:last]


def for_the_caller(old: Mapping[str, Any], new: Mapping[str, Any], *, both_asked: bool) -> Iterator[Difference]:
    """What differs in what the caller got, but for warnings and logs.

    An exception in place of an answer is told as that, and not as every member that is no longer there. `both_asked`: in
    both runs it was looked at what dumps give back, and which members are None.
    """
    left_out = {"warnings", "logs", "none"} if both_asked else SINCE
    if bool(error_of(old)) != bool(error_of(new)):
        left_out = left_out | {name for name in RESULTS if name not in old or name not in new}
    if has_no_end(error_of(old)) != has_no_end(error_of(new)):
        left_out = left_out | {"error"}
    are_none = [{*one.get("none", ())} if both_asked else set[str]() for one in (old, new)]
    told = set[str]()
    was, now = ({name: value for name, value in one.items() if name not in left_out} for one in (old, new))
    for one in _differing("caller", was, now):
        if one.where.startswith("error.is_a") and was["error"].get("type") != now["error"].get("type"):
            continue  # the type says it
        member = _MEMBER.sub("", _NUMBER.sub("[*]", one.where))
        told.add(member)
        yield replace(
            one,
            old="None" if one.old is None and member in are_none[0] else one.old,
            new="None" if one.new is None and member in are_none[1] else one.new,
        )
    if bool(error_of(old)) == bool(error_of(new)):
        yield from (
            Difference("caller", f"value.{name}", "None", None) for name in sorted(are_none[0] - are_none[1] - told)
        )
        yield from (
            Difference("caller", f"value.{name}", None, "None") for name in sorted(are_none[1] - are_none[0] - told)
        )


def _differing(side: Side, old: Any, new: Any) -> Iterator[Difference]:
    for where, before, after in _walk(old, new, "", 0):
        yield Difference(side, where or "all of it", before, after)


def _walk(old: Any, new: Any, where: str, depth: int) -> Iterator[tuple[str, str | None, str | None]]:
    if to_json(old) == to_json(new):  # to Python 1, 1.0 and true are equal
        return
    if where.endswith(_OTHERS) or where == "classes":
        gone, added = (sorted({*one} - {*other}) for one, other in ((old, new), (new, old)))
        yield where, to_json(gone) if gone else None, to_json(added) if added else None
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and depth < _DEEPEST:
        for name in sorted({*old, *new}, key=str):
            place = f"{where}.{name}".lstrip(".")
            if name in old and name in new:
                yield from _walk(old[name], new[name], place, depth + 1)
            else:
                yield place, to_json(old[name]) if name in old else None, to_json(new[name]) if name in new else None
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _walk(before, after, f"{where}[{number}]", depth + 1)
    else:
        yield where, to_json(old), to_json(new)


def to_json(value: Any) -> str:
    """One spelling of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
