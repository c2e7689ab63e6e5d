"""What was upgraded from one run to another, by name: every distribution whose version changed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from conformance.sdk.observations import Observed

_MOST = 8
"""Distributions that a heading names."""
_FEW = 3


@dataclass(frozen=True)
class Version:
    """A distribution, and its version in each of two runs; None where it is not installed."""

    name: str
    old: str | None
    new: str | None

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.name} {self.new} added"
        return f"{self.name} {self.old} removed" if self.new is None else f"{self.name} {self.old} → {self.new}"


def changed(old: Observed, new: Observed) -> list[Version]:
    """What is installed in another version, and what in one of the environments only: what the cases are about goes first.

    Then come the clients, then what is installed in both. Where one of the runs has not kept all distributions, the clients
    and the HTTP libraries below them are looked at.
    """
    are_kept = old.distributions and new.distributions
    was, now = (_by_name(one.distributions if are_kept else one.clients) for one in (old, new))
    found = [
        Version((now.get(key) or was[key])[0], was.get(key, ("", None))[1], now.get(key, ("", None))[1])
        for key in {**was, **now}
        if was.get(key, ("", None))[1] != now.get(key, ("", None))[1]
    ]
    if old.python and new.python and old.python != new.python:
        found.append(Version("Python", old.python, new.python))
    about = {*old.about, *new.about}
    known = {canonicalize_name(name) for name in (*old.clients, *new.clients)}
    return sorted(
        found,
        key=lambda one: (
            _distance(one.name, about),
            canonicalize_name(one.name) not in known,
            None in (one.old, one.new),
            one.name,
        ),
    )


def _by_name(versions: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """Distributions by the one spelling of their names, each with its own and the version."""
    return {canonicalize_name(name): (name, number) for name, number in versions.items()}


def _distance(distribution: str, about: Iterable[str]) -> int:
    """How far a distribution is from what the cases are about: it is that, their name has one of its words, or neither."""
    if distribution in about:
        return 0
    words = {*re.split(r"[-_.]", distribution.lower())}
    return 1 if any(words & {*re.split(r"[-_.]", name.lower())} for name in about) else 2


def heading(old: Observed, new: Observed, *, most: int = _MOST) -> str:
    """What the cases are about, and what was upgraded, in a line."""
    versions = changed(old, new)
    more = [f"and {len(versions) - most} more"] if len(versions) > most else []
    told = [*map(str, versions[:most]), *more, *_as_before(new, versions)]
    own = [client for client in new.about if client not in new.clients]
    whose = f"{', '.join(own[:_FEW])}{f' and {len(own) - _FEW} more' if len(own) > _FEW else ''}: " if own else ""
    return whose + (", ".join(told) + ("" if versions else ": nothing was upgraded")).removeprefix(": ")


def _as_before(new: Observed, versions: Sequence[Version]) -> Iterator[str]:
    """The clients that the cases are about and that did not change."""
    moved = {one.name for one in versions}
    for client in new.about:
        if client in new.clients and client not in moved:
            yield f"{client} {new.clients[client]}{' as before' if versions else ' on both sides'}"


def side(one: Observed, other: Observed) -> str:
    """What one of two runs has that the other has not, in a few words."""
    named = [f"{found.name} {found.new}" for found in changed(other, one) if found.new is not None]
    same = [f"{client} {one.clients[client]}" for client in one.about if client in one.clients]
    return ", ".join((named or same)[:_FEW]) or ", ".join(one.about[:_FEW])
