"""Which part of the catalogue a run is about."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance import profiles
from conformance.errors import UsageError, unknown_name
from conformance.profiles import Profile
from conformance.requirements import LEVELS, SURFACES, Requirement, catalogue


@dataclass(frozen=True)
class Selection:
    """Which part of the catalogue a run is about. Empty: all of it."""

    surfaces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    smoke: bool = False
    cheap: bool = False
    statistics: bool = False
    all_models: bool = False
    corpus: str = "standard"
    """How many of the generated requests: none, smoke, standard or full; or a file of them, and then nothing else."""
    keyword: str = ""
    """pytest's -k."""
    markers: str = ""
    """pytest's -m."""
    left_out: tuple[str, ...] = ()
    """What pytest's --deselect, --ignore and --ignore-glob name."""
    paths: tuple[str, ...] = ()
    """Files and directories of cases, if not all are meant."""
    own: tuple[str, ...] = ()
    """Files and directories of own cases."""
    shard: str = ""
    """K/N: one of N parts."""
    failed_in: str = ""
    """When the run began of whose cases only those are meant that had not passed."""
    conformance_profile: str = ""
    """The full name of the profile whose requirements alone are meant, those that do not count among them."""

    @classmethod
    def of(
        cls,
        surfaces: str = "",
        levels: str = "",
        requirements: str = "",
        conformance_profile: str = "",
        known: Iterable[str] = (),
        **rest: Any,
    ) -> "Selection":
        """From comma-separated options, and a profile by its full or bare name. Raises `UsageError` on an unknown name.

        `known` are the requirements that there are, by default the catalogue.
        """
        selection = cls(
            _words(surfaces.lower(), SURFACES, "surface"),
            _words(levels.upper(), LEVELS, "level"),
            _words(requirements.upper(), known or catalogue(), "requirement"),
            conformance_profile=profiles.named(conformance_profile).full_name if conformance_profile else "",
            **rest,
        )
        profile = selection.profile
        if profile and selection.surfaces and not selection.only_surfaces:
            raise UsageError(
                f"--surface {surfaces}: the profile {profile.full_name} is about {', '.join(profile.surfaces)} alone"
            )
        return selection

    @property
    def profile(self) -> Profile | None:
        """The profile that is meant, if one is. Raises `UsageError` if this suite has none of that name."""
        return _profile(self.conformance_profile) if self.conformance_profile else None

    @property
    def only_surfaces(self) -> tuple[str, ...]:
        """The surfaces on which cases are run; empty: all."""
        if not (profile := self.profile):
            return self.surfaces
        return tuple(name for name in profile.surfaces if not self.surfaces or name in self.surfaces)

    def to_json(self) -> dict[str, Any]:
        """The selection as results.json has it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @property
    def only_generated(self) -> bool:
        """Whether the run is about the generated requests of a file alone."""
        return self.corpus.endswith(".jsonl")

    def affords(self, marks: Container[str]) -> bool:
        """Whether the run pays for a case with these marks: `costly` unless told otherwise, the others only if asked for.

        `--smoke` selects its own cases, and none of them is left out as costly.
        """
        if self.smoke:
            return "smoke" in marks
        return (
            not (self.cheap and "costly" in marks)
            and (self.statistics or "statistics" not in marks)
            and (self.all_models or "all_models" not in marks)
        )

    def wants(self, requirement: str) -> bool:
        """Whether the run is about this requirement."""
        profile = self.profile
        return self.covers(catalogue()[requirement]) and (not profile or profile.wants(requirement))

    def covers(self, row: Requirement) -> bool:
        """Whether a requirement, of the catalogue or of one's own, is of the surfaces, levels and ids that are selected.

        Whether it is of the profile does not matter: of that nothing is one's own.
        """
        return (
            (not self.surfaces or not set(self.surfaces).isdisjoint(row.surface))
            and (not self.levels or row.level in self.levels)
            and (not self.requirements or row.id in self.requirements)
        )


_FEW = 4
"""Names that are given as examples."""
_profile = cache(profiles.named)
"""It is asked for with each case."""


def _words(text: str, known: Iterable[str], what: str) -> tuple[str, ...]:
    known = list(known)
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if text and not words:
        raise UsageError(f"--{what} {text!r} names none: leave it out, or give some of {', '.join(known[:_FEW])}")
    for word in words:
        if word not in known:
            raise UsageError(unknown_name(what, word, known))
    return words
