"""What the head of a report says, the same in the terminal and in HTML."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from conformance.checks.verdicts import Verdict
from conformance.report.results import Network, RequirementRow, Results, Selection, Target
from conformance.report.wording import counted, were

VERDICTS: tuple[Verdict, ...] = (
    "passed",
    "failed",
    "warned",
    "inconclusive",
    "not_applicable",
    "not_tested",
    "excluded",
)
WHOLE_CORPORA = ("standard", "full")
"""The choices of generated requests that leave nothing of the catalogue out."""
_NARROWS_NOTHING = ("own",)
"""The members of a selection that add to the catalogue."""
_MORE = re.compile(r"; and \d+ more$")


def by_verdict(rows: Iterable[RequirementRow]) -> dict[Verdict, int]:
    """How many requirements got each verdict."""
    counted = Counter(row.verdict for row in rows)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def profile_text(results: Results) -> str:
    """The profile that a verdict is about, and how much of it was decided; empty if it is about none."""
    if not (profile := results.conformance_profile):
        return ""
    inapplicable = f", {profile.not_applicable} not applicable" if profile.not_applicable else ""
    return (
        f"profile {profile.name}-{profile.date}: {profile.decided} of {profile.required} required decided{inapplicable}"
    )


def provenance_text(target: Target, started_at: str) -> str:
    """Whose behaviour a run shows, and what it does not prove."""
    reference = target.provenance == "reference"
    if target.mode == "replay":
        when = _when(target, started_at) + (f", streams re-chunked ({target.rechunked})" if target.rechunked else "")
        shows = (
            f"Replayed recordings of this suite's own reference gateway{when}. They show that the suite works; "
            "they prove nothing about any workspace."
            if reference
            else f"Replayed recordings of {target.name}{when}. They show how it answered then, not how it answers now."
        )
        return shows + _in_part(target.recorded_in_part) + _altered(target.altered)
    if target.all_resumed:
        since = f" (since {str(target.recorded_since)[:10]})"
        return (
            f"Nothing was sent: all {were(target.resumed, 'case')} recorded before{since}, and not sent again. They show how "
            f"{'this suite’s own reference gateway' if reference else target.name} answered then, not how it answers now."
        )
    resumed = f" {were(target.resumed, 'case')} recorded before, and not sent again." if target.resumed else ""
    if reference:
        return f"A live run against this suite's own reference gateway. It proves nothing about any workspace.{resumed}"
    return f"A live run against {target.name}. It shows how this target answered in this run.{resumed}"


def network_text(target: Target) -> str:
    """How a run got to its target: proxies, certification authorities, a certificate to show; empty if there are none."""
    network = target.network or Network()
    ways = dict[str, list[str]]()
    for surface, proxy in network.proxies.items():
        ways.setdefault(f"{proxy.url} ({proxy.named_by})", []).append(surface)
    parts = [
        f"{'all' if len(surfaces) == len(target.surfaces) else ' and '.join(surfaces)} through the proxy {way}"
        for way, surfaces in ways.items()
    ]
    if bundle := network.ca_bundle:
        held = f"{counted(bundle.certificates, 'certificate')}, sha256 {bundle.sha256[:12]}…, " if bundle.sha256 else ""
        parts.append(f"trusting {bundle.name} ({held}{bundle.named_by})")
    if shown := network.client_certificate:
        parts.append(f"with the client certificate {shown.subject} ({shown.named_by})")
    return "; ".join(parts)


def taken_over_text(results: Results) -> str:
    """Which cases were taken over from an earlier report, and how old that is; empty if none was."""
    if not (taken := results.taken_over):
        return ""
    begun = datetime.fromisoformat(taken.started_at)
    hours = (datetime.fromisoformat(results.started_at) - begun).total_seconds() / 3600
    age = f"{hours * 60:.0f} minutes" if hours < 1 else f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    return (
        f"{len(taken.cases)} of {were(len(results.cases), 'case')} taken over from an earlier report and not sent again: "
        f"its run began on {begun:%Y-%m-%d %H:%M} UTC, {age} before this one."
    )


def _when(target: Target, now: str) -> str:
    """When a recording was made, and how long before `now`; both as RFC 3339."""
    first, last = target.recorded_since or "", target.recorded_at or ""
    try:
        made = datetime.fromisoformat(last)
        days = (datetime.fromisoformat(now) - made).days
    except (TypeError, ValueError):
        return ", recorded at an unknown time"
    age = "today" if days < 1 else "a day ago" if days == 1 else f"{days} days ago"
    since = f" (the oldest on {first[:10]})" if first[:10] not in ("", last[:10]) else ""
    return f", recorded {made:%Y-%m-%d %H:%M} UTC, {age}{since}"


def _in_part(selections: Sequence[Mapping[str, Any]]) -> str:
    """Of what parts of the catalogue recordings were made."""
    return f" Only a part was recorded ({', and '.join(map(selection_text, selections))})." if selections else ""


def selection_text(selection: Mapping[str, Any]) -> str:
    """What there is to tell of a selection, in words."""
    flags = {name for name, value in selection.items() if value is True}
    given = [
        f"{member(name)} {value if isinstance(value, str) else ', '.join(map(str, value))}"
        for name, value in selection.items()
        if name not in flags
    ]
    return "; ".join([*given, *sorted(flags)])


def member(name: str) -> str:
    """A member of a selection in words."""
    return {"failed_in": "what had not passed in the run of", "conformance_profile": "profile"}.get(name, name)


def _altered(cases: Sequence[str]) -> str:
    """That recordings are not what was recorded."""
    if not cases:
        return ""
    some = ", ".join(cases[:3]) + (f" and {len(cases) - 3} more" if len(cases) > 3 else "")
    return f" NOT AS RECORDED, so that they show nobody's behaviour: {some}."


def narrowing(selection: Selection | Mapping[str, Any]) -> dict[str, Any]:
    """What of a selection narrows a run: not what is empty, nor a choice that leaves nothing of the catalogue out."""
    members = asdict(selection) if isinstance(selection, Selection) else selection
    # With --smoke it goes without saying that there are no generated requests.
    whole = {"corpus": (*WHOLE_CORPORA, "none") if members.get("smoke") else WHOLE_CORPORA}
    return {
        name: value
        for name, value in members.items()
        if value and value not in whole.get(name, ()) and name not in _NARROWS_NOTHING
    }


def cut_note(note: str, length: int) -> str:
    """A requirement's note, cut to `length` characters; how many more there are stays."""
    if len(note) <= length:
        return note
    more = found[0] if (found := _MORE.search(note)) else ""
    return f"{note[: length - len(more) - 1].rstrip()}…{more}"
