"""Before a live run: is there a gateway at all, and does it take the token? One empty request a surface, no tokens spent."""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.checks.answers import error_text
from conformance.errors import UsageError
from conformance.targets.target import Target
from conformance.wire.client import Sender
from conformance.wire.exchange import Exchange, Request

ABSENT_CODES = ("ENDPOINT_NOT_FOUND",)
PROBE_PATHS = {
    "chat": "/chat/completions",
    "responses": "/responses",
    "gemini": "/models/preflight:generateContent",
    "serving": "/chat/completions",
}


@dataclass(frozen=True)
class Impression:
    """What one surface answered to an empty request. `trouble` is empty if a gateway is there."""

    surface: str
    status: int | None
    trouble: str


def preflight(target: Target, token: str, wire: Sender, surfaces: Iterable[str]) -> list[Impression]:
    """What each surface answers. Raises `UsageError` if no gateway is found on any, or the token is refused on all."""
    impressions = [_look(target, token, wire, surface) for surface in surfaces if surface in target.surfaces]
    if impressions and all(impression.trouble for impression in impressions):
        first = impressions[0]
        raise UsageError(f"no gateway to judge at {target.surfaces[first.surface]}: {first.trouble}")
    return impressions


def _look(target: Target, token: str, wire: Sender, surface: str) -> Impression:
    headers = {"content-type": "application/json", "accept": "application/json", **target.headers}
    if token:
        headers["authorization"] = f"Bearer {token}"
    exchange = wire.send(Request("POST", target.surfaces[surface] + PROBE_PATHS[surface], headers, b"{}"))
    return Impression(surface, exchange.status, _trouble(exchange, target))


def _trouble(exchange: Exchange, target: Target) -> str:
    response = exchange.response
    if response is None:
        return _unreachable(exchange.failure)
    text = error_text(exchange)
    if response.status in (401, 403):
        named = f"check {target.token_env}" if target.auth == "token" else 'the target file says auth = "none"'
        return f"the token is refused ({response.status}); {named}"
    if response.media_type == "text/html":
        return f"it answers with a web page ({response.status}), not an API; give the workspace root, or a target file"
    if response.status in (405, 501) or 300 <= response.status < 400:
        return f"it answers {response.status}; give the workspace root, or a target file"
    if response.status == 404 and (
        any(code in text for code in ABSENT_CODES) or '"error' not in response.body.decode(errors="replace")
    ):
        return "the path is not there (404); is the gateway enabled, and the base URL the workspace root?"
    return ""


def _unreachable(failure: str) -> str:
    lower = failure.lower()
    if "certificate" in lower or "ssl" in lower or "tls" in lower:
        return f"TLS failed ({failure}); check the certificate, or whether it should be http://"
    if "name or service" in lower or "nodename" in lower or "resolution" in lower or "getaddrinfo" in lower:
        return f"the host name cannot be resolved ({failure})"
    return f"it cannot be reached ({failure})"
