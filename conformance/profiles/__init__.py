"""Profiles: frozen sets of requirements that a target may be held to, each by its name and the month of its publication.

A published one never changes: who was found to keep it, and who was not, has to stay comparable. A requirement that is newer
is run and shown, and counts from the next profile on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from conformance import resources
from conformance.compiled import yaml_document
from conformance.errors import UsageError, unknown_name
from conformance.requirements import Requirement, catalogue

HERE = Path(__file__).parent
_FULL_NAME = re.compile(r"(.+)-(\d{4}-\d{2})")

Text = Annotated[str, Meta(min_length=1)]
Surface = Literal["chat", "responses", "gemini", "serving"]


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A profile as its file has it."""

    name: Annotated[str, Meta(pattern="^[a-z]+(-[a-z]+)*$")]
    date: Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    title: Text
    says: Text
    surfaces: Annotated[tuple[Surface, ...], Meta(min_length=1)]
    required: Annotated[tuple[str, ...], Meta(min_length=1)]
    unscored: Mapping[str, Text]


@dataclass(frozen=True)
class Profile:
    """What a target has to keep: ids of requirements that count, and of those that are shown alone, each with the reason."""

    name: str
    date: str
    """The month of its publication: `2026-11`."""
    title: str
    says: str
    """Whom it is for, and what it asks of them."""
    surfaces: tuple[str, ...]
    """Only cases on these are run."""
    required: tuple[str, ...]
    unscored: Mapping[str, str]
    """Newer requirements among them."""
    path: Path

    @property
    def full_name(self) -> str:
        """The name with the month, which tells it from its successors."""
        return f"{self.name}-{self.date}"

    @cached_property
    def sha256(self) -> str:
        """Of its file, in hex."""
        return resources.digest(self.path)

    def wants(self, requirement: str) -> bool:
        """Whether a run on this profile is about a requirement."""
        return requirement in self.required or requirement in self.unscored


def full_names() -> list[str]:
    """All profiles: by name, the oldest first."""
    return sorted(path.stem for path in HERE.glob("*.yaml"))


def named(word: str) -> Profile:
    """The profile of this full name; of a bare one, the newest of that name. Raises `UsageError`."""
    known = full_names()
    found = [name for name in known if word in (name, bare_name(name))]
    if not found:
        names = [*known, *map(bare_name, known)]
        raise UsageError(unknown_name("profile", word, names, "`gateway-conformance profiles` lists them"))
    return _of_file(HERE / f"{found[-1]}.yaml")


def bare_name(full_name: str) -> str:
    """The name without the month."""
    found = _FULL_NAME.fullmatch(full_name)
    return found[1] if found else full_name


@cache
def _of_file(path: Path) -> Profile:
    return of_document(yaml_document(path), path, catalogue())


def of_document(document: Any, path: Path, known: Mapping[str, Requirement]) -> Profile:
    """The profile that a parsed document describes; `known` is the catalogue. Raises `UsageError`."""
    try:
        read = msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        raise UsageError(f"profile {path.name}: {error}") from None
    if path.stem != f"{read.name}-{read.date}":
        raise UsageError(
            f"profile {path.name}: it calls itself {read.name}-{read.date}; the file has to be called so too"
        )
    listed = [*read.required, *read.unscored]
    for name in listed:
        if name not in known:
            raise UsageError(f"profile {path.name}: {unknown_name('requirement', name, known)}")
        if listed.count(name) > 1:
            raise UsageError(f"profile {path.name}: {name} stands in it twice; it counts, or it does not")
    newer = {
        row.id: f"Newer than the profile: published in {row.since}."
        for row in known.values()
        if row.level == "MUST" and row.since > read.date and row.id not in listed
        if not set(row.surface).isdisjoint(read.surfaces)
    }
    return Profile(
        name=read.name,
        date=read.date,
        title=read.title,
        says=read.says,
        surfaces=read.surfaces,
        required=read.required,
        unscored={**read.unscored, **newer},
        path=path,
    )
