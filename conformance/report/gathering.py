"""Reports and certificates of many targets, gathered to be shown beside each other. All of it is input from anybody."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conformance.errors import UsageError
from conformance.report.bounded import read_bounded
from conformance.report.html import page
from conformance.report.results import EXCHANGES, RESULTS, Results, parsed, parsed_exchanges, to_text
from conformance.report.wording import counted

LARGEST = 64 * 1024 * 1024
"""Bytes of one file that are read."""
CERTIFICATE, EVIDENCE = "certificate.json", "evidence"
"""What tells the directory of a certificate, and where its report lies in it."""


@dataclass(frozen=True)
class Claim:
    """What a certificate claims, and whether that was found to hold."""

    state: Literal["holds", "does not hold", "not verified here"]
    certificate_class: str = ""
    valid_until: str = ""
    """A date: RFC 3339."""
    problem: str = ""
    """Why it does not hold, or cannot be read."""
    profile: str = ""
    """What it was held to, such as `chat-2026-11`."""
    deviations: int = 0
    """Known deviations that it names."""
    are_revocations_checked: bool = False

    @property
    def is_demonstration(self) -> bool:
        """Whether it says that the reference gateway has given its answers."""
        return self.certificate_class.startswith("demonstration")

    @property
    def outcome(self) -> str:
        """Whether it holds, and what whoever says so has accepted."""
        if self.state != "holds":
            return self.state
        deviating = f", with {counted(self.deviations, 'known deviation')}" if self.deviations else ""
        return f"holds{deviating}{'; demonstration: proves nothing about a workspace' if self.is_demonstration else ''}"

    @property
    def said(self) -> str:
        """What it says of itself: its class, its profile, until when. Empty if it cannot be read."""
        until = f"valid until {self.valid_until}" if self.valid_until else ""
        return ", ".join(filter(None, (self.certificate_class, self.profile, until)))


@dataclass(frozen=True)
class Gathered:
    """One report, and what there is to be linked to of it."""

    slug: str
    """The name of its directory in the site: of letters, digits and hyphens."""
    results: Results
    claim: Claim | None
    """None: it is a report alone."""
    files: dict[str, bytes]
    """By name, what goes there."""


def gather(directories: Sequence[Path], claim_of: Callable[[Path], Claim]) -> list[Gathered]:
    """The reports in some directories, in their order. `claim_of` reads the certificate in one. Raises `UsageError`."""
    taken, found = set[str](), list[Gathered]()
    for directory in directories:
        one = _gathered(directory, claim_of, taken)
        taken.add(one.slug)
        found.append(one)
    return found


def _gathered(directory: Path, claim_of: Callable[[Path], Claim], taken: set[str]) -> Gathered:
    if not directory.is_dir():
        raise UsageError(f"{directory} is no directory: give report directories of `run`, or certificates")
    is_certificate = (directory / CERTIFICATE).exists()
    report = directory / EVIDENCE if is_certificate else directory
    if report.is_symlink() and is_certificate:
        raise UsageError(f"{report} is a link: a certificate holds its evidence itself")
    if not (report / RESULTS).exists():
        raise UsageError(f"{report} holds no {RESULTS}: give report directories of `run`, or certificates")
    results = parsed(read_bounded(report / RESULTS, LARGEST), report / RESULTS)
    files = {
        "report.html": _page(results, report).encode("utf-8", errors="backslashreplace"),
        RESULTS: f"{to_text(results, indent=1)}\n".encode("utf-8", errors="backslashreplace"),
    }
    if is_certificate:
        files[CERTIFICATE] = read_bounded(directory / CERTIFICATE, LARGEST)
    claim = claim_of(directory) if is_certificate else None
    return Gathered(_slug(results.target.name, taken), results, claim, files)


def _page(results: Results, report: Path) -> str:
    """The page of a report, made anew: whatever lies there as one is markup of others."""
    file = report / EXCHANGES
    exchanges = parsed_exchanges(read_bounded(file, LARGEST), file) if file.exists() or file.is_symlink() else []
    try:
        return page(results, exchanges)
    except Exception as error:  # a report of another make may fit the types and still be at odds with itself
        raise UsageError(f"{report} holds a report that contradicts itself ({type(error).__name__}: {error})") from None


def _slug(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:60].strip("-") or "target"
    number = 1
    while (slug := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return slug
