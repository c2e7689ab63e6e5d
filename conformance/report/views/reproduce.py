"""How to send again what was sent, and by what it was judged."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.report.results import Results, Target
from conformance.report.wording import cut, surfaces
from conformance.wire.redact import REDACTED_HOST


@dataclass(frozen=True)
class Reproduce:
    """What the curl commands need, and the digests of what was judged by."""

    shell: str
    """The lines that set the variables of the commands."""
    corpus: str
    """From which corpus a generated case is run alone; empty if there are none."""
    digests: tuple[tuple[str, str], ...]
    """By part of the suite."""


def reproduce(results: Results, *, has_generated: bool) -> Reproduce:
    """How to reproduce a run."""
    suite = results.suite
    gateways = [cut(line, 400) for line in _gateways(results.target)] or ["export GATEWAY=https://…"]
    return Reproduce(
        shell="\n".join([*gateways, "read -rs TOKEN && export TOKEN"]),
        corpus=results.selection.corpus if has_generated else "",
        digests=(
            ("Catalogue", suite.catalogue_sha256),
            *((f"OpenAPI, {surfaces(surface)}", digest) for surface, digest in suite.openapi_sha256.items()),
        ),
    )


def _gateways(target: Target) -> Iterator[str]:
    """The shell lines that set GATEWAY to where the target is, one for each host that its surfaces are on."""
    hosts: dict[str, list[str]] = {}
    for surface, url in target.surfaces.items():
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        hosts.setdefault("https://<workspace>" if parts.hostname == REDACTED_HOST else origin, []).append(surface)
    for origin, names in hosts.items():
        yield f"export GATEWAY={shlex.quote(origin)}   # {', '.join(names)}"
