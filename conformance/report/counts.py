"""What the head of a report says, the same in the terminal and in HTML."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

VERDICTS = ("passed", "failed", "warned", "inconclusive", "not_applicable", "not_tested", "excluded")


def by_verdict(document: Mapping[str, Any]) -> dict[str, int]:
    """How many requirements got each verdict."""
    counted = Counter(row["verdict"] for row in document["requirements"])
    return {verdict: counted[verdict] for verdict in VERDICTS}


def whose_behaviour(document: Mapping[str, Any]) -> str:
    """Whose behaviour a run shows, and what it does not prove."""
    target = document["target"]
    reference = target["provenance"] == "reference"
    if target["mode"] == "replay":
        when = f", recorded {target['recorded_at']}" if target.get("recorded_at") else ""
        if reference:
            return (
                f"Replayed recordings of this suite's own reference gateway{when}. They show that the suite works; "
                "they prove nothing about any workspace."
            )
        return f"Replayed recordings of {target['name']}{when}. They show how it answered then, not how it answers now."
    if reference:
        return "A live run against this suite's own reference gateway. It proves nothing about any workspace."
    return f"A live run against {target['name']}. It shows how this target answered in this run."
