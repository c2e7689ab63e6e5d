"""Whose recordings a directory of cassettes holds, and how they were made."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import __version__, resources
from conformance.errors import UsageError
from conformance.requirements import rows
from conformance.targets.target import Target
from conformance.wire.exchange import Exchange
from conformance.wire.redact import HIDDEN_HOST, Redactor

MANIFEST = "manifest.json"
REFERENCE_SERVER = "gateway-conformance-reference"


def provenance_of(exchanges: Iterable[Exchange]) -> str:
    """`reference` if the reference gateway says that it answered every exchange, else `live`."""
    answered = [exchange.response for exchange in exchanges if exchange.response]
    honest = (response.headers.get("server", "").startswith(REFERENCE_SERVER) for response in answered)
    return "reference" if answered and all(honest) else "live"


def provenance() -> dict[str, Any]:
    """What is kept with each recording: which suite, catalogue and specs made it. Times are RFC 3339."""
    return {
        "suite": {"name": "gateway-conformance", "version": __version__},
        "catalogue_sha256": resources.digest(*rows()),
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def check_writable(directory: Path, target: Target) -> None:
    """Raises `UsageError` if nothing can be recorded there, or if it holds the recordings of another target."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".unfinished"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"cannot record to {directory}: {error.strerror}; give another --cassettes") from None
    if (directory / MANIFEST).exists():
        known, ours = read_manifest(directory)["target"], described(target)
        if any(known.get(part) != ours.get(part) for part in ("surfaces", "models")):
            raise UsageError(
                f"{directory} holds recordings of another target, {known.get('name')}; give another --cassettes"
            )


def described(target: Target) -> dict[str, Any]:
    """A target as a manifest keeps it: the paths of its surfaces without the host, its models and media."""
    surfaces = {name: f"https://{HIDDEN_HOST}{urlsplit(url).path}" for name, url in target.surfaces.items()}
    kept: dict[str, Any] = {"auth": target.auth, "surfaces": surfaces, "media": dict(target.media)}
    return kept | ({"models": dict(target.models)} if target.models is not None else {})


def write_manifest(directory: Path, target: Target, recorded: Mapping[str, Any], redactor: Redactor) -> None:
    """Says beside the recordings whose they are and where the surfaces lie. Written whole or not at all.

    `recorded` is what `provenance()` gave, with `recorded_from`.
    """
    name = "reference gateway" if recorded["recorded_from"] == "reference" else target.name
    document = {"target": {"name": name, **described(target)}, "lacking": sorted(target.lacking), **recorded}
    unfinished = directory / f".{MANIFEST}.unfinished"
    unfinished.write_text(redactor.text(json.dumps(document, indent=1, ensure_ascii=False) + "\n"), encoding="utf-8")
    unfinished.replace(directory / MANIFEST)


def read_manifest(directory: Path) -> dict[str, Any]:
    """What `write_manifest` wrote. Raises `UsageError`."""
    path = directory / MANIFEST
    mend = "make recordings with `gateway-conformance record --base-url URL --cassettes DIR`"
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        if not isinstance(manifest["target"], dict) or not isinstance(manifest["recorded_from"], str):
            raise TypeError("it describes no target")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no recordings in {directory}: {MANIFEST} is missing; {mend}") from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise UsageError(f"{path} is corrupt ({type(error).__name__}: {error}); {mend}") from None
    return manifest
