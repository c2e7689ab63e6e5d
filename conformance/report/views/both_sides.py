"""Both sides of a proxy: what it was sent beside what it made of it, and what it was answered beside what came of that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from conformance.report.bodies import pretty_printed
from conformance.report.results import (
    ABOUT_BOTH_SIDES,
    ExchangeRecord,
    Finding,
    RequestRecord,
    RequirementRow,
    ResponseRecord,
    Results,
    UpstreamRecord,
)
from conformance.report.views.exchanges import OPEN
from conformance.report.views.listed import Link, Listed
from conformance.report.wording import counted, cut
from conformance.wire.exchange import NotJson, parse_json

_OF_ANSWERS = ("PROXY-ANS", "PROXY-STREAM", "PROXY-ERR")
_MOST_LINES, _LONGEST_LINE = 240, 600
"""Of a body, and of one of its lines: two bodies are compared line by line."""
_AROUND, _ALL = 3, 1000
"""Equal lines that are shown before and after those that differ: of a body, and of what stands before it."""
_MOST = 40
"""Exchanges that are shown."""

_Message = RequestRecord | ResponseRecord | None


@dataclass(frozen=True)
class ComparedLine:
    """A line of one side. `sign` tells whether the other side has it; what is left out is told by a line of ours."""

    sign: str
    text: str

    @property
    def differs(self) -> bool:
        """Whether it does not stand on the other side."""
        return self.sign in ("−", "+")


@dataclass(frozen=True)
class ComparedSide:
    """A message as one side has it."""

    title: str
    size: str
    head: tuple[ComparedLine, ...]
    """Its first line, and its headers."""
    body: tuple[ComparedLine, ...]


@dataclass(frozen=True)
class Comparison:
    """The two sides of a request or of an answer."""

    front: ComparedSide
    behind: ComparedSide
    note: str
    """What the marks do not tell; empty if they tell it all."""


@dataclass(frozen=True)
class Found:
    """What was found about both sides of an exchange."""

    text: str
    expected: str
    others: str
    """In how many more cases the same was found; empty if in none."""


@dataclass(frozen=True)
class ShownDifference:
    """What was found about a requirement, with the exchange that shows it."""

    requirement: str
    case: Link
    found: tuple[Found, ...]
    shown: Comparison | None
    """What the requirement is about: the answers, or the requests. None: nothing was asked upstream."""
    requests: Comparison | None
    """The requests, where the requirement is about the answers."""


@dataclass(frozen=True)
class BothSides:
    """The section about both sides."""

    watched: str
    rows: tuple[RequirementRow, ...]
    """The requirements that cases have decided."""
    differences: tuple[ShownDifference, ...]
    omitted: str


def both_sides(results: Results, exchanges: Sequence[ExchangeRecord], cases: Listed) -> BothSides | None:
    """What the two sides of a proxy show; None if nobody has watched them."""
    watched = {one.id: one.upstream for one in exchanges if isinstance(one.upstream, tuple)}
    if not watched:
        return None
    by_id = {one.id: one for one in exchanges}
    found = list(_distinct(results).items())
    asked = sum(map(len, watched.values()))
    return BothSides(
        watched=f"{counted(len(watched), 'request')} in front, {counted(asked, 'request')} behind",
        rows=results.of_both_sides,
        differences=tuple(_difference(about, of, by_id, cases) for about, of in found[:_MOST]),
        omitted=f"{counted(len(found) - _MOST, 'more exchange')} that show the like are not shown here."
        if len(found) > _MOST
        else "",
    )


def _distinct(results: Results) -> dict[tuple[str, str, str], list[Found]]:
    """What was found about both sides, in the order of the catalogue: by requirement, exchange and case that show it first."""
    seen = dict[tuple[str, str], tuple[Finding, dict[str, None]]]()
    for case in results.cases:
        for one in case.findings:
            if one.requirement.startswith(ABOUT_BOTH_SIDES) and one.kind in ("violation", "warning"):
                seen.setdefault((one.requirement, one.message), (one, {}))[1][case.id] = None
    order = {row.id: number for number, row in enumerate(results.requirements)}
    shown = dict[tuple[str, str, str], list[Found]]()
    for finding, of in sorted(seen.values(), key=lambda pair: order.get(pair[0].requirement, len(order))):
        others = f"(in {counted(len(of) - 1, 'more case')} too)" if len(of) > 1 else ""
        told = Found(cut(finding.line, 600), cut(finding.expected, 600), others)
        shown.setdefault((finding.requirement, finding.exchange, next(iter(of))), []).append(told)
    return shown


def _difference(
    about: tuple[str, str, str], found: Sequence[Found], exchanges: Mapping[str, ExchangeRecord], cases: Listed
) -> ShownDifference:
    requirement, exchange_id, case = about
    exchange = exchanges.get(exchange_id)
    asked = exchange.upstream if exchange and isinstance(exchange.upstream, tuple) else ()
    requests = answers = None
    if exchange and asked:
        requests, answers = _requests(exchange, asked), _answers(exchange, asked[-1])
    of_answers = requirement.startswith(_OF_ANSWERS)
    return ShownDifference(
        requirement=requirement,
        case=Link(cut(case, 200), cases.cases[case].listed if case in cases.cases else ""),
        found=tuple(found),
        shown=answers if of_answers else requests,
        requests=requests if of_answers else None,
    )


def _requests(exchange: ExchangeRecord, asked: tuple[UpstreamRecord, ...]) -> Comparison:
    front, behind = exchange.request, asked[-1].request
    several = f", the last of {len(asked)}" if len(asked) > 1 else ""
    titles = ("Request in front", f"Request behind, {asked[-1].after_s:.2f} s later{several}")
    return _compared(titles, (_asked(front), _asked(behind)), front, behind)


def _asked(request: RequestRecord) -> str:
    return f"{cut(request.method, 20)} {cut(request.path, 160)}"


def _answers(exchange: ExchangeRecord, last: UpstreamRecord) -> Comparison:
    titles = ("Answer in front", "Answer behind")
    return _compared(titles, (_status(exchange), _status(last)), exchange.response, last.response)


def _status(one: ExchangeRecord | UpstreamRecord) -> str:
    return str(one.response.status) if one.response else cut(one.failure, 300) or "no answer"


def _compared(titles: tuple[str, str], first: tuple[str, str], front: _Message, behind: _Message) -> Comparison:
    heads = _marked([first[0], *_headers(front)], [first[1], *_headers(behind)], around=_ALL)
    bodies = _marked(_lines(front), _lines(behind), around=_AROUND)
    differ = any(line.differs for body in bodies for line in body)
    return Comparison(
        front=ComparedSide(titles[0], _size(front), heads[0], bodies[0]),
        behind=ComparedSide(titles[1], _size(behind), heads[1], bodies[1]),
        note="" if differ else "The bodies do not differ in what is shown of them: long texts are cut.",
    )


def _size(message: _Message) -> str:
    if message is None:
        return ""
    chunks = f" in {counted(message.chunks, 'chunk')}" if isinstance(message, ResponseRecord) else ""
    return counted(message.bytes, "byte") + chunks


def _headers(message: _Message) -> list[str]:
    kept = sorted(message.headers.items()) if message else []
    return [f"{name}: {cut(value, 300)}" for name, value in kept if name != "date"]


def _lines(message: _Message) -> list[str]:
    """A body in lines that compare: of JSON the members by name, since their order says nothing."""
    body = message.body if message else ""
    try:
        text = json.dumps(parse_json(body.encode("utf-8", "replace")), indent=2, sort_keys=True, ensure_ascii=False)
    except (NotJson, RecursionError):
        text = pretty_printed(cut(body, OPEN))
    lines = [cut(line, _LONGEST_LINE) for line in text.splitlines()]
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], f"… {len(lines) - _MOST_LINES} more lines"]


def _marked(
    front: list[str], behind: list[str], around: int
) -> tuple[tuple[ComparedLine, ...], tuple[ComparedLine, ...]]:
    """The lines of both sides, each with whether the other has it. Of equal ones those near a difference are shown."""
    made = list[ComparedLine](), list[ComparedLine]()
    blocks = SequenceMatcher(None, front, behind, autojunk=False).get_opcodes()
    for number, (kind, start, end, other_start, other_end) in enumerate(blocks):
        if kind == "equal":
            shown = _near(front[start:end], around, is_first=number == 0, is_last=number == len(blocks) - 1)
            for side, line in ((side, line) for line in shown for side in made):
                side.append(line)
        else:
            made[0].extend(ComparedLine("−", line) for line in front[start:end])
            made[1].extend(ComparedLine("+", line) for line in behind[other_start:other_end])
    return tuple(made[0]), tuple(made[1])


def _near(lines: Sequence[str], around: int, *, is_first: bool, is_last: bool) -> Iterator[ComparedLine]:
    """Equal lines: those after the difference before them, and those before the next one."""
    before, after = (0 if is_first and not is_last else around), (0 if is_last else around)
    left = len(lines) - before - after
    if left <= 1:
        yield from (ComparedLine(" ", line) for line in lines)
        return
    yield from (ComparedLine(" ", line) for line in lines[:before])
    yield ComparedLine("…", f"{left} equal lines")
    yield from (ComparedLine(" ", line) for line in lines[len(lines) - after :])
