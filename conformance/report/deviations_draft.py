"""A draft of deviations.toml from a report, and the file without what passes now."""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from conformance.errors import UsageError
from conformance.report.counts import WHOLE_CORPORA, cut_note
from conformance.report.deviations import HARMFUL, Matching, hold
from conformance.report.deviations_file import is_authentication
from conformance.report.results import CaseResult, Deviation, RequirementRow, Results
from conformance.report.safe import one_line

USUAL = timedelta(days=90)
"""When what is drafted ends, if nobody decides otherwise."""
_NOTE = 200
"""Characters of what was found."""
_HEADER = re.compile(r"\s*\[\[\s*deviation\s*\]\]\s*(#.*)?")


def drafted(results: Results, cases: Sequence[CaseResult], owner: str, today: date) -> list[Deviation]:
    """A deviation for each MUST that failed, can be waived, and is not known yet: as narrow as what was found."""
    first_seen = min(datetime.fromisoformat(results.started_at).date(), today)
    matching = Matching({row.id: row.level for row in results.requirements}, results.target)
    return [
        Deviation(
            requirement=row.id,
            **_narrowed(row, cases, matching),
            verdict="failed",
            owner=owner,
            first_seen=first_seen,
            expires=today + USUAL,
        )
        for row in results.with_verdict("failed")
        if not row.known and not is_authentication(row.id)
    ]


def _narrowed(row: RequirementRow, cases: Sequence[CaseResult], matching: Matching) -> dict[str, str]:
    """The only case that found it, or the only one of several models: as long as that leaves nothing out."""
    judged = [case for case in cases if row.id in case.verdicts]
    against = [case for case in judged if case.verdicts[row.id] == "failed"]
    if len(against) == 1 < len(judged):
        return _if_it_covers({"case": against[0].id}, row, judged, matching)
    models = {model for case in against for model in matching.models_against(case, row.id)}
    others = {model for case in judged for model in matching.asked(case).values()} - models
    if len(models) == 1 and "" not in models and others - {""}:
        return _if_it_covers({"model": models.pop()}, row, judged, matching)
    return {}


def _if_it_covers(
    narrowed: dict[str, str], row: RequirementRow, judged: Iterable[CaseResult], matching: Matching
) -> dict[str, str]:
    """What a deviation is narrowed to; nothing if something that was found, or stayed undecided, lies outside."""
    one = Deviation(requirement=row.id, **narrowed, verdict="failed", first_seen=date.min, expires=date.max)
    harmful = [case for case in judged if case.verdicts[row.id] in HARMFUL]
    return narrowed if all(matching.covers([one], case, row.id) for case in harmful) else {}


def as_toml(results: Results, deviations: Sequence[Deviation]) -> str:
    """The text of the file, with what was found beside each."""
    rows = {row.id: row for row in results.requirements}
    began = datetime.fromisoformat(results.started_at).date()
    return "\n".join(
        [
            f"# Known deviations of {one_line(results.target.name)}, drafted from its run of {began}.",
            "# Say of each who answers for it (owner), and why it is accepted (reason): `run --deviations` takes none without.",
            f"target = {json.dumps(one_line(results.target.name), ensure_ascii=False)}",
            *(line for one in deviations for line in _entry(one, rows[one.requirement])),
            "",
        ]
    )


def _entry(one: Deviation, row: RequirementRow) -> Iterator[str]:
    yield ""
    yield f"# {row.level}: {one_line(row.statement)}"
    if row.note:
        yield f"# found: {cut_note(one_line(row.note), _NOTE)}"
    yield "[[deviation]]"
    for name in Deviation.__struct_fields__:
        value = getattr(one, name)
        if name not in ("case", "model") or value:
            yield f"{name} = {value if isinstance(value, date) else json.dumps(one_line(value), ensure_ascii=False)}"


def passing(results: Results, cases: Sequence[CaseResult], deviations: Sequence[Deviation]) -> list[int]:
    """Which of the deviations pass in a report, by their places: only what it has tested, and all of it."""
    rows = {row.id: row for row in results.requirements}
    told = [(place, one) for place, one in enumerate(deviations) if one.requirement in rows]
    in_part = {name for name, row in rows.items() if _is_in_part(results, row)}
    held = hold(
        [one for _, one in told],
        rows.values(),
        cases,
        target=results.target,
        today=date.min,
        in_part=in_part,
        counting=rows,
    )
    return [
        place
        for (place, _), row in zip(told, held.rows, strict=True)
        if row.outcome == "did_not_happen" and row.found == "passed"
    ]


def _is_in_part(results: Results, row: RequirementRow) -> bool:
    """Whether a report may lack cases that decide a requirement."""
    selection, known = results.selection, results.deviations
    if not results.complete or selection.shard or selection.failed_in or selection.paths:
        return True
    if known and any(one.deviation.requirement == row.id for one in known.rows):
        return row.id in known.in_part
    chosen = selection.keyword or selection.markers or selection.left_out or selection.cheap or selection.smoke
    few = selection.corpus not in WHOLE_CORPORA and any("/corpus." in name for name in row.cases)
    surfaces = {case.id.partition("/")[0] for case in results.cases}
    return bool(chosen) or few or not surfaces.issuperset(row.surface.split(","))


def without(text: str, places: Collection[int]) -> str:
    """The text of a file without the deviations at these places, and without the comment right above each.

    Raises `UsageError` if they cannot be told apart by lines.
    """
    lines = text.splitlines(keepends=True)
    starts = [
        _with_comment(lines, number) for number, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip("\r\n"))
    ]
    kept = lines[: starts[0]] if starts else lines
    for place, (start, end) in enumerate(pairwise([*starts, len(lines)])):
        if place not in places:
            kept = [*kept, *lines[start:end]]
    found, before = "".join(kept), tomllib.loads(text)["deviation"]
    expected = [one for place, one in enumerate(before) if place not in places]
    try:
        is_right = tomllib.loads(found).get("deviation", []) == expected
    except tomllib.TOMLDecodeError:
        is_right = False
    if not is_right:
        raise UsageError("its entries cannot be told apart by lines: write each below a line [[deviation]] of its own")
    return found


def _with_comment(lines: Sequence[str], number: int) -> int:
    """Where the comment begins that stands right above a line; the line itself without one."""
    while number and lines[number - 1].lstrip().startswith("#"):
        number -= 1
    return number
