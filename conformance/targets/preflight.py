"""Before a live run: is there a gateway, does it take the token, and which of the documented models does it have?

Two small requests a surface: an empty one, which spends no tokens, and one that asks the preferred model for a word.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks.access import not_offered_reason, refuses_credential, withheld_reason
from conformance.checks.answers import lacks_model
from conformance.errors import UsageError
from conformance.requirements import families
from conformance.targets.reach import unreachable_reason
from conformance.targets.target import Target
from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.sender import Sender

SURFACES = ("chat", "responses", "gemini", "serving")
_WORD = "Say hello."
_BODIES: Mapping[str, Any] = {
    "chat": {"messages": [{"role": "user", "content": _WORD}], "max_tokens": 16},
    "responses": {"input": [{"role": "user", "content": _WORD}], "max_output_tokens": 16},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": _WORD}]}], "generationConfig": {"maxOutputTokens": 16}},
}


@dataclass(frozen=True)
class Availability:
    """Documented models that a target does not have, and those that it keeps from this caller: disabled, or denied."""

    lacking: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str) -> "Availability":
        """From what `str` gives, as xdist's workers are handed it."""
        lacking, _, barred = text.partition("|")
        return cls(frozenset(filter(None, lacking.split(","))), frozenset(filter(None, barred.split(","))))

    def __str__(self) -> str:
        return f"{','.join(sorted(self.lacking))}|{','.join(sorted(self.barred))}"


class Preflight:
    """One look at a target, with a credential that comes from `origin`."""

    def __init__(self, target: Target, origin: str, sender: Sender, surfaces: Iterable[str]) -> None:
        self._target, self._origin, self._sender = target, origin, sender
        self._surfaces = [surface for surface in SURFACES if surface in target.surfaces and surface in set(surfaces)]

    def check(self) -> None:
        """Raises `UsageError` if no surface is there, or if the token is refused on all of them."""
        troubles = {surface: self._trouble(self._ask(surface, self._likely(surface), {})) for surface in self._surfaces}
        if troubles and all(troubles.values()):
            first, trouble = next(iter(troubles.items()))
            raise UsageError(f"no gateway to judge at {self._target.surfaces[first]}: {trouble}")

    def models(self) -> Availability:
        """Which of the documented models that stand for others the target lacks, or keeps from this caller.

        On each surface they are asked in turn until one answers; on chat, so are those of each family of several models.
        """
        absent, barred = set[str](), set[str]()
        for surface, candidates in self._candidates():
            missing = list[str]()
            for model in candidates:
                exchange = self._ask_for_a_word(surface, model)
                if exchange.response is None:  # nobody is kept waiting here: the cases will tell
                    return Availability(frozenset(absent), frozenset(barred - absent))
                if not self._target.names_models() and lacks_model(exchange):
                    missing.append(model)
                elif withheld_reason(exchange) or not_offered_reason(exchange):
                    barred.add(model)
                else:
                    break
            else:
                # Where every family is documented, a target that has none at all is not excused.
                missing = [] if surface == "chat" else missing
            absent.update(missing)
        return Availability(frozenset(absent), frozenset(barred - absent))

    def _candidates(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for surface in (surface for surface in self._surfaces if surface in _BODIES):
            asked = self._target.candidates(surface)
            yield surface, asked
            if surface == "chat":
                several = (models for models in families().values() if len(models) > 1 and models[0] not in asked[:1])
                yield from ((surface, tuple(filter(self._has_name, models))) for models in several)

    def _has_name(self, model: str) -> bool:
        return self._target.model_name(model, "chat") is not None

    def _ask_for_a_word(self, surface: str, model: str) -> Exchange:
        name = self._target.model_name(model, surface) or model
        return self._ask(surface, name, {"model": name, **_BODIES[surface]})

    def _likely(self, surface: str) -> str:
        """A model that the target is likely to have: Gemini names it in the path, where an unknown one is a 404 as well."""
        model = next(iter(self._target.candidates(surface)), "")
        return self._target.model_name(model, surface) or "none"

    def _ask(self, surface: str, model: str, body: Mapping[str, Any]) -> Exchange:
        paths = {"responses": "/responses", "gemini": f"/models/{model}:generateContent"}
        if surface == "gemini":
            body = {key: value for key, value in body.items() if key != "model"}
        url = self._target.surfaces[surface] + paths.get(surface, "/chat/completions")
        for credential in ("",) if self._target.auth == "none" else ("[bearer]", "[basic]"):
            headers = {"content-type": "application/json", "accept": "application/json", **self._target.headers}
            headers |= {"authorization": credential} if credential else {}
            exchange = self._sender.send(Request("POST", url, headers, json.dumps(body).encode()))
            if exchange.status not in (401, 403):
                break
        return exchange

    def _trouble(self, exchange: Exchange) -> str:
        response = exchange.response
        if response is None:
            not_sent = exchange.failure.startswith(NOT_SENT)
            return exchange.failure if not_sent else unreachable_reason(exchange.failure)
        if refuses_credential(exchange) and not withheld_reason(exchange):
            hint = 'the target file says auth = "none"' if self._target.auth == "none" else f"check {self._origin}"
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
