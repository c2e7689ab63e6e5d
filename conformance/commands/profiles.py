"""`gateway-conformance profiles`: the frozen sets of requirements that a run may be about."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from conformance import profiles
from conformance.commands import completion
from conformance.commands.options import Command
from conformance.profiles import Profile
from conformance.requirements import catalogue

WIDTH = 100


@click.command("profiles", cls=Command, example="profiles proxy-core")
@click.argument("name", required=False, shell_complete=completion.one_of(completion.profiles))
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(name: str | None, *, as_json: bool) -> None:
    """List the profiles, or show the one of this NAME; a bare name, such as chat, means the newest of that name.

    `run --conformance-profile NAME` judges by one.
    """
    if as_json:
        found = _plain(profiles.named(name)) if name else [_plain(profiles.named(one)) for one in profiles.full_names()]
        click.echo(json.dumps(found, indent=1))
        return
    for line in _shown(profiles.named(name)) if name else map(_line, map(profiles.named, profiles.full_names())):
        click.echo(line)


def _line(profile: Profile) -> str:
    counts = ", ".join(f"{count} {surface}" for surface, count in required_by_surface(profile).items())
    return f"{profile.full_name:<20} {len(profile.required):>3} required ({counts})  {profile.title}"


def required_by_surface(profile: Profile) -> dict[str, int]:
    """How many of its required ones speak of each surface; one may speak of several."""
    rows = [catalogue()[name] for name in profile.required]
    return {surface: sum(surface in row.surface for row in rows) for surface in profile.surfaces}


def _shown(profile: Profile) -> Iterator[str]:
    yield f"{profile.full_name}  {profile.title}"
    yield from textwrap.wrap(profile.says, WIDTH)
    yield f"surfaces: {', '.join(profile.surfaces)}"
    yield f"sha256: {profile.sha256}"
    yield f"required: {len(profile.required)}"
    for name in profile.required:
        yield f"  {name:<28} {catalogue()[name].level:<7} {catalogue()[name].statement}"
    yield f"unscored, run and shown alone: {len(profile.unscored)}"
    for name, reason in profile.unscored.items():
        yield f"  {name:<28} {catalogue()[name].level:<7} {reason}"


def _plain(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "date": profile.date,
        "sha256": profile.sha256,
        "title": profile.title,
        "says": profile.says,
        "surfaces": list(profile.surfaces),
        "required_by_surface": required_by_surface(profile),
        "required": list(profile.required),
        "unscored": dict(profile.unscored),
    }
