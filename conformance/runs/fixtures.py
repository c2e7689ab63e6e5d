"""The arguments of a case before pytest sets it up: pytest itself sets up one item at a time."""

import inspect
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest


def can_be_filled(item: pytest.Function) -> bool:
    """Whether every fixture of an item is a plain function of this item alone, with nothing to tear down or to override."""
    known = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 (pytest has no other word for what an item needs)
    return not inspect.iscoroutinefunction(item.obj) and all(
        name == "request" or (name in known and len(known[name]) == 1 and _is_plain(known[name][0]))
        for name in item.fixturenames
    )


def _is_plain(fixture: Any) -> bool:
    function = fixture.func
    return fixture.scope == "function" and not (
        inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function)
    )


def fill(item: pytest.Function) -> None:
    """Gives an item the values of all its fixtures: pytest then takes them as they are. Raises what a fixture raises."""
    known = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 (as above)
    parameters: Mapping[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}

    def value(name: str) -> Any:
        if name not in item.funcargs:
            fixture = known[name][0]
            asks = {part: request_of(name) if part == "request" else value(part) for part in fixture.argnames}
            item.funcargs[name] = fixture.func(**asks)
        return item.funcargs[name]

    def request_of(name: str) -> Any:
        given = {"param": parameters[name]} if name in parameters else {}
        return SimpleNamespace(node=item, config=item.config, fixturename=name, getfixturevalue=value, **given)

    for name in item.fixturenames:
        if name != "request":
            value(name)


def arguments(item: pytest.Function) -> dict[str, Any]:
    """What the function of an item is called with, once its fixtures have their values."""
    return {name: item.funcargs[name] for name in item._fixtureinfo.argnames}  # noqa: SLF001 (pytest's own hook does so)
