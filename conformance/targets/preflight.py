"""Before a live run: is there a gateway, does it take the token, and which of the documented models does it have?

Two small requests a surface: an empty one, which spends no tokens, and one that asks the preferred model for a word.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.checks.answers import lacks_model
from conformance.errors import UsageError
from conformance.targets.target import Target
from conformance.wire.exchange import Exchange, Request
from conformance.wire.redact import basic
from conformance.wire.sender import Sender

SURFACES = ("chat", "responses", "gemini", "serving")
_WORD = "Say hello."
_BODIES: Mapping[str, Any] = {
    "chat": {"messages": [{"role": "user", "content": _WORD}], "max_tokens": 16},
    "responses": {"input": [{"role": "user", "content": _WORD}], "max_output_tokens": 16},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": _WORD}]}], "generationConfig": {"maxOutputTokens": 16}},
}


class Preflight:
    """One look at a target."""

    def __init__(self, target: Target, token: str, sender: Sender, surfaces: Iterable[str]) -> None:
        self._target, self._token, self._sender = target, token, sender
        self._surfaces = [surface for surface in SURFACES if surface in target.surfaces and surface in set(surfaces)]

    def check(self) -> None:
        """Raises `UsageError` if no surface is there, or if the token is refused on all of them."""
        troubles = {surface: self._trouble(self._ask(surface, self._likely(surface), {})) for surface in self._surfaces}
        if troubles and all(troubles.values()):
            first, trouble = next(iter(troubles.items()))
            raise UsageError(f"no gateway to judge at {self._target.surfaces[first]}: {trouble}")

    def lacking(self) -> frozenset[str]:
        """The models that the target lacks among those that come before the first that it has, on each surface.

        On chat, where every family is documented, a target that has none at all is not excused.
        """
        absent: set[str] = set()
        if self._target.names_models():
            return frozenset()
        for surface in (surface for surface in self._surfaces if surface in _BODIES):
            missing = list[str]()
            for model in self._target.candidates(surface):
                name = self._target.model_name(model, surface) or model
                if not lacks_model(self._ask(surface, name, {"model": name, **_BODIES[surface]})):
                    break
                missing.append(model)
            else:
                missing = [] if surface == "chat" else missing
            absent.update(missing)
        return frozenset(absent)

    def _likely(self, surface: str) -> str:
        """A model that the target is likely to have: Gemini names it in the path, where an unknown one is a 404 as well."""
        model = next(iter(self._target.candidates(surface)), "")
        return self._target.model_name(model, surface) or "none"

    def _ask(self, surface: str, model: str, body: Mapping[str, Any]) -> Exchange:
        paths = {"responses": "/responses", "gemini": f"/models/{model}:generateContent"}
        if surface == "gemini":
            body = {key: value for key, value in body.items() if key != "model"}
        url = self._target.surfaces[surface] + paths.get(surface, "/chat/completions")
        credentials = [f"Bearer {self._token}", basic("token", self._token)] if self._token else [""]
        for credential in credentials:
            headers = {"content-type": "application/json", "accept": "application/json", **self._target.headers}
            headers |= {"authorization": credential} if credential else {}
            exchange = self._sender.send(Request("POST", url, headers, json.dumps(body).encode()))
            if exchange.status not in (401, 403):
                break
        return exchange

    def _trouble(self, exchange: Exchange) -> str:
        response = exchange.response
        if response is None:
            return _unreachable(exchange.failure)
        if response.status in (401, 403):
            hint = f"check {self._target.token_env}" if self._token else 'the target file says auth = "none"'
            return f"the token is refused ({response.status}); {hint}"
        if response.media_type == "text/html":
            return (
                f"it answers with a web page ({response.status}), not an API; give the workspace root, or a target file"
            )
        if response.status == 404 and not lacks_model(exchange):
            return "the path is not there (404); is the gateway enabled, and the base URL the workspace root?"
        if response.status in (405, 501) or 300 <= response.status < 400:
            return f"it answers {response.status}; give the workspace root, or a target file"
        return ""


def _unreachable(failure: str) -> str:
    lower = failure.lower()
    if "certificate" in lower or "ssl" in lower or "tls" in lower:
        return f"TLS failed ({failure}); check the certificate, or whether it should be http://"
    if "name or service" in lower or "nodename" in lower or "resolution" in lower or "getaddrinfo" in lower:
        return f"the host name cannot be resolved ({failure})"
    return f"it cannot be reached ({failure})"
