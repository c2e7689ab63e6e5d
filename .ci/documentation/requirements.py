"""A page for each requirement of the catalogue, their index by surface, and what was decided where the documents are open."""

from collections.abc import Iterator, Sequence

from conformance.commands.explain import Explanation, explained, members
from conformance.report.wording import counted
from conformance.requirements import BOTH_SIDES, SURFACES, Requirement, catalogue, sources
from documentation.asking import Refusal, refusals, ways
from documentation.markdown import bullets, code, plain, table

FOLDER = "reference/requirements"
LEVELS = {
    "MUST": "a target that breaks it fails",
    "SHOULD": "a target that breaks it is warned",
    "MAY": "recorded",
    "INFO": "recorded",
}
ORIGINS = {
    "seed": "stated in the documentation",
    "implied": "follows from the documentation",
    "observed": "seen of real gateways",
    "own": "a team's own",
}
BY = {
    "replay": "one recorded exchange",
    "replay-multi": "several recorded exchanges",
    "live": "a live run",
    BOTH_SIDES: "a run that stands on both sides of a proxy",
}


def pages() -> Iterator[tuple[str, str]]:
    """The path and the text of each page."""
    for row in catalogue().values():
        yield f"{FOLDER}/{row.id}.md", page(explained(row.id))
    yield f"{FOLDER}/index.md", index()
    yield "explanations/decisions.md", decisions()


def page(explanation: Explanation) -> str:
    """All that is known of one requirement."""
    row = explanation.row
    facts = [
        ("level", f"{row.level}: {LEVELS[row.level]}"),
        ("origin", ORIGINS[row.origin]),
        ("surface", ", ".join(row.surface)),
        ("models", "any" if row.family == ("any",) else ", ".join(row.family)),
        ("decided by", "; ".join(BY[one] for one in row.testable) or "no program"),
        *([("since", row.since)] if row.since else []),
    ]
    parts = [
        f"# {row.id}\n\n{plain(row.statement)} ([all requirements](index.md))\n",
        bullets(f"{name}: {plain(text)}" for name, text in facts),
        _section("Source", bullets(_source(source) for source in row.source)),
    ]
    for heading, text in (
        ("How it is asked", row.probe), ("Boundary", row.boundary), ("What the documents leave open", row.latitude),
        ("What reality does", row.reality), ("Seen elsewhere", row.evidence), ("Why no program can decide it", row.excluded),
        ("What has changed in this row", row.mended),
    ):  # fmt: skip
        if text:
            parts.append(_section(heading, f"{plain(text)}\n"))
    for heading, rules in (("Values that it promises to take", row.promises), ("Values that it refuses", row.forbids)):
        if rules:
            parts.append(_section(heading, bullets(code(member) for member in members(rules))))
    if row.testable:
        parts += [_section("Cases", _cases(explanation)), _section("Faults", _faults(explanation))]
        if refused := refusals().get(row.id):
            ways = table(["asked", "answer"], [(code(one.asked), code(f"{one.status} {one.body}")) for one in refused])
            parts.append(_section("How the reference gateway refuses", f"As the cases ask.\n\n{ways}"))
        parts.append(_section("How to mend", bullets(_mending(explanation))))
    return "\n".join(parts)


def index() -> str:
    """Every requirement, by surface."""
    rows = catalogue().values()
    parts = [
        "# Requirements\n",
        f"{counted(len(rows), 'requirement')}, each on a page of its own. One of several surfaces stands under each.\n",
    ]
    for surface in SURFACES:
        listed = [row for row in rows if surface in row.surface]
        parts.append(f"## {surface}\n")
        parts.append(
            table(["id", "level", "it says"], [(_to(row, ""), row.level, plain(row.statement)) for row in listed])
        )
    return "\n".join(parts)


def decisions() -> str:
    """What the documents leave open, and how it is judged."""
    parts = [
        "# Decisions on open points\n",
        "What was found open in the documents, and how it is judged. [Verdicts](verdicts.md) tells the rules behind it.\n",
    ]
    for surface in SURFACES:
        # Once: where a requirement is of several surfaces, at the first.
        listed = [row for row in catalogue().values() if row.latitude and row.surface[0] == surface]
        parts.append(f"## {surface}\n")
        parts += [
            f"**{_to(row, f'../{FOLDER}/')}** {plain(row.statement)}\n\n> {plain(row.latitude)}\n" for row in listed
        ]
    return "\n".join(parts)


def _section(heading: str, text: str) -> str:
    return f"## {heading}\n\n{text}"


def _source(source: str) -> str:
    url = sources.url(source)
    return f"[{plain(source)}]({url})" if url else f"{plain(source)}: {plain(sources.unpublished().get(source, ''))}"


def _to(row: Requirement, folder: str) -> str:
    return f"[{row.id}]({folder}{row.id}.md)"


def _cases(explanation: Explanation) -> str:
    return bullets(map(code, explanation.cases)) if explanation.cases else "None decides it yet: it is `not_tested`.\n"


def _faults(explanation: Explanation) -> str:
    if not explanation.faults:
        return f"None breaks it: {plain(explanation.uncaught_reason)}.\n"
    told = {caught.fault: caught.told for caught in explanation.caught}
    return "Defects of the reference gateway that break it, and in which words a report tells each.\n\n" + table(
        ["fault", "what the gateway does", "what a report says"],
        [(code(name), plain(says), plain(told.get(name, "-"))) for name, says in explanation.faults.items()],
    )


def _mending(explanation: Explanation) -> Iterator[str]:
    row = explanation.row
    if "sdk" in row.surface:
        yield f"See what your client sends: {code('gateway-conformance sdk --python .venv')}."
        return
    if row.testable == (BOTH_SIDES,):
        words = f"behind --target my-proxy.toml --upstream-port 9000 --requirement {row.id}"
    else:
        words = f"run --target my-proxy.toml --requirement {row.id}"
    yield f"See it again: {code(f'gateway-conformance {words}')}. The report has each request as a command to paste."
    if refused := refusals().get(row.id):
        yield " ".join(_refusing(row, refused))
    elif len(asked := ways().get(row.id, ())) > 1:
        yield f"Check each of the {len(asked)} ways in which the cases ask: {'; '.join(map(code, asked))}."
    if row.promises:
        yield "Take each value that stands under “Values that it promises to take”."
    if explanation.faults:
        yield "Look for what your report says under “Faults”: what stands beside it is what such a gateway does."
    for feature in explanation.features:
        yield (
            f"Your target does not offer this? Name {code(feature)} under {code('[not_offered]')} of its "
            "[target file](../../targets.md#what-may-be-left-out), and it does not apply."
        )
    yield "You know of it and it stays for a while? [Known deviations](../../deviations.md)."
    yield (
        "The check is wrong? Send the exchange from the report, with what you expected; a command shows the row: "
        + code(f"gateway-conformance explain {row.id}")
        + "."
    )


def _refusing(row: Requirement, refused: Sequence[Refusal]) -> Iterator[str]:
    statuses = " or ".join(sorted({one.status for one in refused}))
    if named := " and ".join(sorted({code(member) for of_surface in row.forbids.values() for member in of_surface})):
        yield f"Answer with an error of status {statuses} that names {named}."
    else:
        yield f"Answer with an error, such as one of status {statuses}, as the table above shows."
    yield "The same request without the offending part is answered: a refusal beside a refused control decides nothing."
    if len(refused) > 1:
        yield f"Check each of the {len(refused)} ways that the table has: {'; '.join(code(one.asked) for one in refused)}."
    if row.latitude:
        yield "Which other answers will do stands under “What the documents leave open”."
