"""Observations of client versions that ship with the suite, so that who upgrades needs one run.

One file a client and version, JSON Lines: a header, then a case a line. Written anew by `.ci/observe`, from real runs.
"""

import json
from pathlib import Path

import click
from packaging.version import InvalidVersion, Version

from conformance.errors import UsageError
from conformance.sdk.observations import Observed, read
from conformance.wire.cassette import write_atomically

HERE = Path(__file__).with_name("observed")


def versions(client: str) -> list[Version]:
    """The versions of a client that ship, oldest first."""
    names = (path.stem.removeprefix(f"{client}-") for path in HERE.glob(f"{client}-*.jsonl"))
    return sorted(found for name in names if (found := _version(name)))


def clients() -> list[str]:
    """The clients of which versions ship."""
    return sorted({path.stem.rpartition("-")[0] for path in HERE.glob("*.jsonl")})


def named(word: str) -> Observed | None:
    """The observation that `openai==2.54.0` names; None for what is no such name. Raises `UsageError` if it does not ship."""
    client, equals, number = word.partition("==")
    if not equals or "/" in word:
        return None
    wanted = next((one for one in versions(client) if one == _version(number)), None)
    if wanted is None:
        told = ", ".join(f"{client}=={one}" for one in versions(client)) or "no version of it"
        raise UsageError(
            f"{word} does not ship: there is {told}; observe yours with `gateway-conformance sdk --with {word}`"
        )
    return read(_path(client, wanted))


def before(new: Observed, client: str) -> list[Observed]:
    """The observations that ship of versions before that of a run, oldest first; if there are none, of the next; or none."""
    known, own = versions(client), _version(new.clients.get(client, ""))
    return [read(_path(client, one)) for one in ([one for one in known if own and one < own] or known[:1])]


def keep(run: Observed, directory: Path = HERE) -> list[Path]:
    """Writes what a run has seen of its clients. Gives the files. Raises `OSError`."""
    written = []
    for client in (client for client in run.about if client in run.clients):
        cases = [case for _, case in sorted(run.of(client).cases.items())]
        header = {
            "clients": dict(run.clients),
            "suite": dict(run.suite),
            "recordings": {"chain": run.recordings},
            **({"distributions": dict(run.distributions)} if run.distributions else {}),
            **({"python": run.python} if run.python else {}),
        }
        path = directory / f"{client}-{run.clients[client]}.jsonl"
        write_atomically(path, "".join(_line(one) for one in (header, *cases)))
        written.append(path)
    return written


def _path(client: str, version: Version) -> Path:
    return HERE / f"{client}-{version}.jsonl"


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    import sys

    for argument in sys.argv[1:]:
        click.echo("\n".join(map(str, keep(read(Path(argument))))))
