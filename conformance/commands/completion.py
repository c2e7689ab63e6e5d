"""What a shell completes values with: names of the catalogue, profiles, faults and files, each read when it is asked for."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Named = Iterable[tuple[str, str]]
"""Names, each with what it is."""
_LONGEST = 70
_FILES = ("FILE", "DIR", "REPORT")
"""How the metavars of options begin that take a path."""


def one_of(load: Callable[[], Named]) -> Complete:
    """Completes a name."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [
            CompletionItem(name, help=says[:_LONGEST])
            for name, says in load()
            if name.lower().startswith(incomplete.lower())
        ]

    return complete


def some_of(load: Callable[[], Named]) -> Complete:
    """Completes the last of some names that commas part, with one that is not there yet."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, last = incomplete.rpartition(",")
        taken = before.lower().split(",")
        found = one_of(load)(context, parameter, last)
        return [
            CompletionItem(before + comma + one.value, help=one.help) for one in found if one.value.lower() not in taken
        ]

    return complete


def files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leaves it to the shell, which knows files."""
    return [CompletionItem(incomplete, type="file")]


def cases(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the files of cases, such as chat/test_vision.py, and those that lie here: own ones."""
    root = Path(__file__).parents[1] / "cases"
    names = (path.relative_to(root).as_posix() for path in sorted(root.glob("*/test_*.py")))
    return [
        CompletionItem(incomplete, type="file"),
        *(CompletionItem(name) for name in names if name.startswith(incomplete)),
    ]


def surfaces() -> Named:
    """The surfaces of a gateway."""
    from conformance.requirements import SURFACES

    return ((name, "") for name in SURFACES)


def levels() -> Named:
    """The levels of requirements."""
    from conformance.requirements import LEVELS

    return ((name, "") for name in LEVELS)


def requirements() -> Named:
    """The ids of requirements, each with its statement."""
    from conformance.requirements import catalogue

    return ((row.id, f"{row.level}  {row.statement}") for row in catalogue().values())


def profiles() -> Named:
    """The profiles, by their names with and without the month."""
    from conformance.profiles import bare_name, full_names

    names = full_names()
    return ((name, "") for name in [*dict.fromkeys(map(bare_name, names)), *names])


def faults() -> Named:
    """What `serve` can break on purpose."""
    return [("list", "name them all"), *((name, says) for name, kind, says in _proved() if kind == "fault")]


def gateways() -> Named:
    """What a proof is made of: faults, and gateways that differ and are right."""
    return ((name, says) for name, _, says in _proved())


def upstream_faults() -> Named:
    """What may be wrong with an upstream."""
    return [("all", "one after the other"), *((name, says) for name, kind, says in _proved() if kind == "fault")]


def _proved() -> Iterator[tuple[str, str, str]]:
    """The faults and gateways of the proof that ships: they are read from it faster than they are made."""
    import json

    from conformance.report.proofs import bundled

    try:
        found = json.loads(bundled().read_bytes())["gateways"]
    except (OSError, ValueError, KeyError):
        return
    for name, one in found.items():
        yield name, one["kind"], one["says"]


def corpora() -> Named:
    """The sizes of the corpus."""
    return ((name, "") for name in ("none", "smoke", "standard", "full"))


def hosts() -> Iterator[tuple[str, str]]:
    """The profiles of ~/.databrickscfg, by their names alone."""
    from configparser import ConfigParser, Error

    config = ConfigParser(interpolation=None, default_section="")
    try:
        config.read(Path.home() / ".databrickscfg", encoding="utf-8")
    except (OSError, UnicodeDecodeError, Error):
        return
    for name in config.sections():
        yield name, ""


_BY_OPTION: dict[str, Complete] = {
    "surface": some_of(surfaces),
    "level": some_of(levels),
    "requirement": some_of(requirements),
    "conformance-profile": one_of(profiles),
    "corpus": one_of(corpora),
    "profile": one_of(hosts),
}


def of_option(name: str, metavar: str) -> Complete | None:
    """What completes an option of a run; None where there is nothing to know."""
    return _BY_OPTION.get(name) or (files if metavar.startswith(_FILES) else None)
