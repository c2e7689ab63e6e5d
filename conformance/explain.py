"""What `gateway-conformance explain` says about one requirement."""

import contextlib
import io
import json
import textwrap
from collections import Counter
from collections.abc import Iterator

import pytest

from conformance import proofs
from conformance.cli import pytest_arguments
from conformance.errors import UsageError
from conformance.requirements import Requirement, catalogue
from conformance.selection import unknown

WIDTH = 100


def explanation(identifier: str) -> str:
    """The requirement with source, cases, faults and what was caught, as text. Raises `UsageError` on an unknown id."""
    row = catalogue().get(identifier.upper())
    if row is None:
        raise UsageError(unknown("requirement", identifier, catalogue()))
    return "\n".join(_lines(row))


def _lines(row: Requirement) -> Iterator[str]:
    yield f"{row.id}  {row.level}  {', '.join(row.surface)}  (family: {', '.join(row.family)}; origin: {row.origin})"
    for label, text in (
        ("says", row.statement), ("probe", row.probe), ("boundary", row.boundary), ("latitude", row.latitude),
        ("evidence", row.evidence), ("excluded", row.excluded), ("mended", row.mended),
    ):  # fmt: skip
        if text:
            yield textwrap.fill(text, WIDTH, initial_indent=f"{label:<10}", subsequent_indent=" " * 10)
    for label, rules in (("promises", row.promises), ("forbids", row.forbids)):
        members = [
            f"{member} of {surface}: {json.dumps(rule)}" for surface in rules for member, rule in rules[surface].items()
        ]
        if members:
            yield from _listed(label, members, "")
    yield from _listed("source", list(row.source), "none")
    yield from _listed("cases", cases_deciding(row.id), "none yet: not_tested")
    yield from _listed("faults", faults_breaking(row.id), "none yet")
    proved = proofs.shipped()
    yield from _listed(
        "caught", [f"{caught.fault}: {caught.told}" for caught in proved.of(row.id)], f"none: {proved.why_none(row.id)}"
    )


def _listed(label: str, texts: list[str], nothing: str) -> Iterator[str]:
    for number, text in enumerate(texts or [nothing]):
        yield f"{'' if number else label:<10}{text}"


def cases_deciding(identifier: str) -> list[str]:
    """The ids of the cases that decide a requirement, as pytest collects them; of generated ones how many there are."""
    from conformance.run import case_id, decided_by
    from conformance.session import is_generated

    class Collected:
        items: list[pytest.Item]

        def pytest_collection_finish(self, session: pytest.Session) -> None:
            self.items = session.items

    collected = Collected()
    with contextlib.redirect_stdout(io.StringIO()):
        options = ["--gateway-corpus=full", "--collect-only", "-q"]
        pytest.main([*pytest_arguments(), "conformance.cases", *options], plugins=[collected])
    found = sorted(case_id(item) for item in collected.items if identifier in decided_by(item))
    operations = Counter(case.split("-")[1] for case in found if is_generated(case))
    written = [case for case in found if not is_generated(case)]
    return written + [
        f"{count} requests made from the spec of {name} (--corpus full)" for name, count in operations.items()
    ]


def faults_breaking(identifier: str) -> list[str]:
    """The faults of the reference gateway that break a requirement, each with what it does."""
    from conformance.reference.faults import FAULTS

    return [f"{fault.name}: {fault.says}" for fault in FAULTS.values() if identifier in fault.reported_by]
