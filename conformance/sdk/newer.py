"""Of which client there is a newer version than the newest that ships: asked of whichever index pip is configured with."""

import subprocess
import sys

import click
from packaging.version import Version

from conformance.sdk import bundled

_HOW_LONG_S = 60


def newest(client: str) -> Version | None:
    """The newest version that the index has; None if it does not say."""
    asked = [sys.executable, "-m", "pip", "index", "versions", "--disable-pip-version-check", client]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_HOW_LONG_S, check=True).stdout  # noqa: S603 (no shell)
    except (OSError, subprocess.SubprocessError):
        return None
    _, _, number = said.partition("(")
    return Version(number.partition(")")[0]) if number else None


def told(client: str) -> str:
    """Whether what ships of a client is the newest, in a line."""
    ships, known = bundled.versions(client)[-1], newest(client)
    if known is None:
        return f"{client} {ships} ships; the index does not say what is newest"
    if known > ships:
        return f"{client} {ships} ships, {known} exists: add it to pyproject.toml, `.ci/lock`, `.ci/observe`"
    return f"{client} {ships} ships, and is the newest"


if __name__ == "__main__":
    for name in bundled.clients():
        click.echo(told(name))
