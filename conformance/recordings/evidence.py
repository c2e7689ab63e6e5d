"""The evidence of a live run: what was sent and answered in each case, in one tape beside its report.

The exchanges in exchanges.jsonl are cut for readers. Whoever doubts a verdict needs them as the checks saw them: from this
file the cases judge the same answers anew (`gateway-conformance verify-certificate`).
"""

import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.recordings.manifest import authenticated, described, provenance, provenance_of, utc_now
from conformance.targets.target import Target
from conformance.wire.cassette import CassetteError
from conformance.wire.exchange import Exchange
from conformance.wire.redact import Redactor
from conformance.wire.tape import Tape, recorded_line, section_text

LARGEST = 32 * 1024 * 1024
"""Bytes of evidence that are kept: hundreds of answers of ordinary size take a few million. It lies in memory until the end."""


class Evidence:
    """What the cases of one run have sent and received, while it goes on. For many threads."""

    def __init__(
        self, target: Target, selection: Mapping[str, Any], largest: int = LARGEST, *, both_sides: bool = False
    ) -> None:
        self._made = {
            **provenance(target),
            "target": {"name": target.name, **described(target), **authenticated(target)},
            "lacking": sorted(target.lacking),
            "barred": sorted(target.barred),
            "selection": dict(selection),
            **({"both_sides": True} if both_sides else {}),
        }
        self._sections = dict[str, dict[str, str]]()
        self._left, self._lock = largest, threading.Lock()

    def keep(self, case: str, exchanges: list[Exchange], redactor: Redactor) -> None:
        """Takes what one case has sent and received; what it had before is forgotten."""
        size = sum(len(one.response.body) for one in exchanges if one.response)
        if not self._takes(size):  # before more is made of it
            return
        line, origin = recorded_line(case, exchanges, redactor), provenance_of(exchanges)
        if "both_sides" in self._made:  # how much of the other side is new is not known before
            self._takes(max(0, len(line) - size))
        with self._lock:
            for lines in self._sections.values():
                lines.pop(case, None)
            if self._left >= 0:
                self._sections.setdefault(origin, {})[case] = line

    def _takes(self, size: int) -> bool:
        """Whether so many bytes more are not too much."""
        with self._lock:
            self._left -= size
            if self._left < 0:
                self._sections.clear()  # a part of it would prove nothing
            return self._left >= 0

    def text(self) -> str:
        """The tape, in the order of the cases; empty if there was too much, or nothing."""
        return "".join(
            section_text({**self._made, "recorded_from": origin, "recorded_at": utc_now()}, lines)
            for origin, lines in sorted(self._sections.items())
            if lines
        )


def joined(parts: Mapping[Path, Collection[str]]) -> str:
    """One tape of those of several runs, each with the cases that were its own. Raises `CassetteError`.

    A request that cases share was sent in each run; it counts where its own case was run.
    """
    sections = [(section, cases) for path, cases in parts.items() for section in Tape(path).sections()]
    owned = {name for cases in parts.values() for name in cases}
    text, kept = "", set[str]()
    for section, cases in sections:
        lines = {
            name: f"{line}\n"
            for name, line in section.lines.items()
            if name in cases or (name not in owned and name not in kept)
        }
        kept |= set(lines)
        text += section_text(section.provenance, lines, "altered" if section.altered else "") if lines else ""
    return text


def read(path: Path) -> dict[str, Any]:
    """How evidence was made, as a manifest tells it of recordings; `altered`: it is not as it was kept. Raises `UsageError`."""
    try:
        sections = Tape(path).sections()
        made = dict(sections[0].provenance)
        if not isinstance(made["target"]["surfaces"], dict) or not isinstance(made["selection"], dict):
            raise TypeError("it describes no target")
    except (CassetteError, IndexError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no evidence of a run ({type(error).__name__}: {error})") from None
    return made | {"altered": any(section.altered for section in sections)}
