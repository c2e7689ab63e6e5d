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


def write_manifest(directory: Path, target: Target, recorded: Mapping[str, Any], redactor: Redactor) -> None:
    """Says beside the recordings whose they are and where the surfaces lie, without the host. Written whole or not at all.

    `recorded` is what `provenance()` gave, with `recorded_from`.
    """
    surfaces = {name: f"https://{HIDDEN_HOST}{urlsplit(url).path}" for name, url in target.surfaces.items()}
    name = "reference gateway" if recorded["recorded_from"] == "reference" else target.name
    described: dict[str, Any] = {"name": name, "auth": target.auth, "surfaces": surfaces, "media": dict(target.media)}
    if target.models is not None:
        described["models"] = dict(target.models)
    text = (
        json.dumps({"target": described, "lacking": sorted(target.lacking), **recorded}, indent=1, ensure_ascii=False)
        + "\n"
    )
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f".{MANIFEST}.unfinished"
    unfinished.write_text(redactor.text(text), encoding="utf-8")
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
