"""Whose recordings a directory of cassettes holds, and how they were made."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import pbkdf2_hmac, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import __version__, resources
from conformance.checks.schema import SPECS, spec_path
from conformance.errors import UsageError
from conformance.recordings.inventory import inventory
from conformance.requirements import rows
from conformance.targets.credentials import is_personal
from conformance.targets.target import Target
from conformance.wire.cassette import write_atomically
from conformance.wire.exchange import Exchange
from conformance.wire.redact import REDACTED_HOST, Redactor
from conformance.wire.redact import VERSION as REDACTOR_VERSION

CLIENTS = ("httpx2", "httpcore2")
MANIFEST = "manifest.json"
REFERENCE_SERVER = "gateway-conformance-reference"


def provenance_of(exchanges: Iterable[Exchange]) -> str:
    """`reference` if the reference gateway says that it answered every exchange, else `live`."""
    answered = [exchange.response for exchange in exchanges if exchange.response]
    honest = (response.headers.get("server", "").startswith(REFERENCE_SERVER) for response in answered)
    return "reference" if answered and all(honest) else "live"


def provenance(target: Target) -> dict[str, Any]:
    """What is kept with each recording: which suite made it, when, of what. Times are RFC 3339, in UTC."""
    return {
        "recorded_at": utc_now(),
        "suite": {"name": "gateway-conformance", "version": __version__},
        "catalogue_sha256": resources.digest(*rows()),
        "openapi_sha256": {surface: resources.digest(spec_path(surface)) for surface in SPECS},
        "surfaces": {name: urlsplit(url).path for name, url in target.surfaces.items()},
        "models": _models(target),
        "clients": clients(),
        "redactor": REDACTOR_VERSION,
    }


def utc_now() -> str:
    """The time as recordings keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def clients() -> dict[str, str]:
    """The versions of the libraries that a run sends with."""
    return {name: version(name) for name in CLIENTS}


def check_writable(directory: Path, target: Target) -> None:
    """Raises `UsageError` if nothing can be recorded there: also if it holds the bundled recordings, or another target's."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".unfinished"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"cannot record to {directory}: {error.strerror}; give another --cassettes") from None
    if (directory / MANIFEST).exists():
        if directory.resolve() == resources.directory("cassettes").resolve():
            raise UsageError(
                f"{directory} holds the bundled recordings, which stay as they are; give another --cassettes"
            )
        manifest = read_manifest(directory, hint="give another --cassettes")
        known, ours = manifest["target"], described(target)
        if manifest.get("chain") != chain(manifest):
            raise UsageError(f"{directory / MANIFEST} was changed since it was written; give another --cassettes")
        if any(known.get(part) != ours.get(part) for part in ("surfaces", "models", "not_offered")) or not _is_same(
            target, manifest.get("identity")
        ):
            raise UsageError(
                f"{directory} holds recordings of another target, {known.get('name')}; give another --cassettes"
            )
        if is_personal(before := manifest.get("auth_type", "")) != is_personal(target.auth_type):
            # Whether Basic has to work depends on it, and a replay is told of one kind of credential.
            raise UsageError(
                f"{directory} holds recordings that authenticated by {before or 'a token'}, now it is {target.auth_type}; "
                "give another --cassettes"
            )
    elif next(directory.glob("*/*.json*"), None):
        raise UsageError(
            f"{directory} holds recordings without {MANIFEST}, nobody knows whose; give another --cassettes"
        )


def begin_recording(directory: Path, target: Target) -> None:
    """Says whose recordings are going to be there, before the first: whatever ends the run, nobody else's are added to them.

    Raises `UsageError`.
    """
    if not (directory / MANIFEST).exists():
        document = {
            "target": {"name": target.name, **described(target)},
            "recorded_from": "live",
            "identity": _identity(target),
            **authenticated(target),
        }
        begun = document | {"runs": [], "files": {}, "silent": [], "begun": True}
        write_atomically(
            directory / MANIFEST, json.dumps(begun | {"chain": chain(begun)}, indent=1, ensure_ascii=False) + "\n"
        )


def is_unfinished(manifest: Mapping[str, Any]) -> bool:
    """Whether a run was broken off, and no later one with the same selection has got to its end."""
    runs = list(manifest.get("runs", ()))
    return bool(manifest.get("begun")) or any(
        not run.get("ended", True)
        and not any(
            later.get("ended", True) and later.get("selection") == run.get("selection") for later in runs[number:]
        )
        for number, run in enumerate(runs)
    )


def _identity(target: Target, salt: str = "") -> dict[str, str]:
    """What tells a target from another without naming its host: a slow hash of where its surfaces are."""
    salt = salt or secrets.token_hex(16)
    places = json.dumps(sorted(target.surfaces.items())).encode()
    return {"salt": salt, "pbkdf2_sha256": pbkdf2_hmac("sha256", places, bytes.fromhex(salt), 200_000).hex()}


def _is_same(target: Target, identity: Any) -> bool:
    try:
        return bool(_identity(target, identity["salt"]) == identity)
    except (TypeError, KeyError, ValueError):
        return False


def described(target: Target) -> dict[str, Any]:
    """A target as a manifest keeps it: the paths of its surfaces without the host, its models, media and features."""
    surfaces = {name: f"https://{REDACTED_HOST}{urlsplit(url).path}" for name, url in target.surfaces.items()}
    kept: dict[str, Any] = {"auth": target.auth, "surfaces": surfaces, "media": dict(target.media)}
    models = _models(target)
    kept |= {"models": models} if models is not None else {}
    return kept | ({"not_offered": dict(target.not_offered)} if target.not_offered else {})


def _models(target: Target) -> dict[str, Any] | None:
    """The names of a target's models as its file has them; None if it has the documented ones."""
    return (
        None
        if target.models is None
        else {**target.models, **{name: dict(own) for name, own in target.surface_models.items()}}
    )


def authenticated(target: Target) -> dict[str, str]:
    """The kind of credential, if it is another than the documents speak of."""
    return {} if is_personal(target.auth_type) else {"auth_type": target.auth_type}


def write_manifest(
    directory: Path, target: Target, run: Mapping[str, Any], silent: Iterable[str], redactor: Redactor
) -> None:
    """Says beside the recordings whose they are, how they were made, and what they hold. Written whole or not at all.

    `run` tells of the run that has recorded last; `silent` are the cases of it that had nothing to send. The `chain` is a hash
    of the rest of the manifest, which names each file with its own hash; each run keeps the chain that it found.
    Raises `UsageError` if a recording cannot be read.
    """
    before = read_manifest(directory)
    held = inventory(directory)
    if corrupt := next((file.corrupt for file in held.values() if file.corrupt), ""):
        raise UsageError(f"{corrupt}; remove it, and record it anew")
    made = [made for file in held.values() for made in file.made]
    cases = {case for file in held.values() for case in file.cases}
    recorded_from = "reference" if all(one.get("recorded_from") == "reference" for one in made) else "live"
    times = sorted(one["recorded_at"] for one in made if "recorded_at" in one)
    document = {
        "target": {"name": "reference gateway" if recorded_from == "reference" else target.name, **described(target)},
        "identity": before["identity"],
        "lacking": sorted(target.lacking),
        "barred": sorted(target.barred),
        **authenticated(target),
        "recorded_from": recorded_from,
        "recorded_since": times[0] if times else None,
        "recorded_at": times[-1] if times else None,
        "runs": [
            *before.get("runs", ()),
            *([{**run, "chain_before": before["chain"]}] if run["recorded"] or is_unfinished(before) else []),
        ],
        "silent": sorted({*before.get("silent", ()), *silent} - cases),
        "files": {name: file.sha256 for name, file in sorted(held.items())},
    }
    cleaned = json.loads(redactor.text(json.dumps(document)))
    write_atomically(
        directory / MANIFEST, json.dumps(cleaned | {"chain": chain(cleaned)}, indent=1, ensure_ascii=False) + "\n"
    )


def chain(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest without the chain itself."""
    rest = {name: value for name, value in manifest.items() if name != "chain"}
    return sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_manifest(
    directory: Path, hint: str = "make recordings with `gateway-conformance record --base-url URL --cassettes DIR`"
) -> dict[str, Any]:
    """What `write_manifest` wrote. Raises `UsageError`, which says how to mend it."""
    path = directory / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        if not isinstance(manifest["target"], dict) or not isinstance(manifest["recorded_from"], str):
            raise TypeError("it describes no target")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"no recordings in {directory}: {MANIFEST} is missing; {hint}") from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise UsageError(f"{path} is corrupt ({type(error).__name__}: {error}); {hint}") from None
    return manifest
