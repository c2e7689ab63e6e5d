"""The requests of a load, as the cases send them: on each surface of the target, whole and streamed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from conformance.errors import UsageError
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.surface import KINDS, Body, Gemini, Surface
from conformance.targets.target import Target, from_base_url
from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.route import is_loopback

NO_MARK = b"mark-000000"
"""What stands in a prepared request where its mark will."""
SURFACES = ("chat", "responses", "gemini")
"""Those that a load asks, as far as the target has them."""
_CAP = 64
"""Tokens that an answer may have; it takes a dozen."""
_WORDS = f"{NO_MARK.decode()}: say hello."
_BODIES: Mapping[str, Body] = {
    "chat": {"messages": [{"role": "user", "content": _WORDS}], "max_tokens": _CAP},
    "responses": {"input": [{"role": "user", "content": _WORDS}], "max_output_tokens": _CAP},
    "gemini": {
        "contents": [{"role": "user", "parts": [{"text": _WORDS}]}], "generationConfig": {"maxOutputTokens": _CAP},
    },
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A request of one kind, without its mark and without a credential."""

    surface: str
    is_streamed: bool
    request: Request

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.surface}, streamed" if self.is_streamed else self.surface


@dataclass(frozen=True)
class Side:
    """Where a load goes, and what is sent there in turn."""

    name: str
    kinds: tuple[Kind, ...]
    credential: Callable[[], Mapping[str, str]]
    """The headers of a credential that lives, asked for before each round."""

    @property
    def uses_tls(self) -> bool:
        """Whether any of its connections is a TLS one."""
        return any(kind.request.url.startswith("https:") for kind in self.kinds)


def sides(
    target: Target, credential: Callable[[], Mapping[str, str]], upstream_url: str, surfaces: tuple[str, ...] = ()
) -> tuple[Side, Side]:
    """The two sides of a load: through the proxy, and the same requests straight to its upstream.

    `surfaces`: only these; empty: all that the target has. Straight to the upstream, models have their documented names, and
    no credential of the proxy's is shown. Raises `UsageError` if the target is not on this machine, or has nothing to ask.
    """
    for place, url in target.surfaces.items():
        if not is_loopback(urlsplit(url).hostname or ""):
            raise UsageError(f"--load is for a proxy on this machine alone, and {place} of {target.name} is at {url}")
    straight = from_base_url(upstream_url)
    through, direct = list[Kind](), list[Kind]()
    for name in surfaces or SURFACES:
        for is_streamed in (False, True) if name in SURFACES else ():
            surface = KINDS[name](target, _Unsent(), Judge(()), "")
            try:
                kind = Kind(name, is_streamed, _prepared(surface, is_streamed=is_streamed))
            except NotApplicable:
                continue
            through.append(kind)
            same = KINDS[name](straight, _Unsent(), Judge(()), surface.documented_model)
            direct.append(replace(kind, request=_prepared(same, is_streamed=is_streamed)))
    if not through:
        raise UsageError(
            f"{target.name} has none of the surfaces {', '.join(SURFACES)}: what could be asked through it?"
        )
    return Side("proxy", tuple(through), credential), Side("upstream", tuple(direct), dict)


class _Unsent:
    """Keeps the request that a surface makes, and sends nothing."""

    def send(self, request: Request) -> Exchange:
        """The request alone."""
        return Exchange(request, failure=f"{NOT_SENT}it is only prepared")


def _prepared(surface: Surface, *, is_streamed: bool) -> Request:
    """A request as the surface sends it. Raises `NotApplicable`."""
    body = _BODIES[surface.name]
    if not is_streamed:
        request = surface.send(body).request
    elif isinstance(surface, Gemini):
        request = surface.send(body, url=surface.stream_url()).request
    else:
        request = surface.send({**body, "stream": True}).request
    return replace(request, headers=dict(_without_credential(request)))


def _without_credential(request: Request) -> Iterator[tuple[str, str]]:
    """Its headers but for the place of a credential."""
    return ((name, value) for name, value in request.headers.items() if name != "authorization" or "[" not in value)
