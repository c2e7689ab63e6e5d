"""Before a live run: is there a gateway, does it take the token, and which of the documented models does it have?

Two small requests a surface: an empty one, which spends no tokens, and one that asks the preferred model for a word. What
can be asked at once is: three round trips at most. What the workspace lists as its model services is asked for meanwhile.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from conformance.checks.access import not_offered_reason, refuses_credential, withheld_reason
from conformance.checks.answers import lacks_model
from conformance.errors import UsageError
from conformance.requirements import documented_models, families
from conformance.targets.reach import CLIENT_CERTIFICATE, unreachable_reason
from conformance.targets.services import Listing, listing
from conformance.targets.target import Target
from conformance.wire.exchange import NOT_SENT, Exchange, Request
from conformance.wire.sender import Sender

SURFACES = ("chat", "responses", "gemini", "serving")
ROUND_TRIPS = 3
"""How often a look waits for answers, at most."""
_AT_ONCE = 8
"""Requests that are under way at once."""
_WORD = "Say hello."
_BODIES: Mapping[str, Any] = {
    "chat": {"messages": [{"role": "user", "content": _WORD}], "max_tokens": 16},
    "responses": {"input": [{"role": "user", "content": _WORD}], "max_output_tokens": 16},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": _WORD}]}], "generationConfig": {"maxOutputTokens": 16}},
}


@dataclass(frozen=True)
class Availability:
    """Documented models that a target does not have, and those that others stand for.

    These are kept from this caller, disabled or denied; or the workspace does not list them, which does not say that it lacks
    them: listed is not served, and what is served may be hidden.
    """

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
        troubles = {surface: self.trouble(exchange) for surface, exchange in self.first_answers().items()}
        if troubles and all(troubles.values()):
            first, trouble = next(iter(troubles.items()))
            raise UsageError(f"no gateway to judge at {self._target.surfaces[first]}: {trouble}")

    def first_answers(self) -> dict[str, Exchange]:
        """By surface: the answer to an empty request, which spends no tokens."""
        asked = self._at_once([(surface, self._likely(surface), {}) for surface in self._surfaces])
        return dict(zip(self._surfaces, asked, strict=True))

    def get(self, url: str) -> Exchange:
        """The answer to a GET."""
        return self._send("GET", url)

    def services(self) -> Listing:
        """What the workspace lists as its model services."""
        return listing(self._target.workspace, self.get)

    def models(self, listed: Listing | None = None) -> Availability:
        """Which of the documented models that stand for others the target lacks, or keeps from this caller.

        On each surface the preferred one is asked, and the others if it does not answer; on chat, so are those of each
        family of several models. What is `listed` is preferred.
        """
        unlisted = self._unlisted(listed) if listed else frozenset[str]()
        absent, barred = set[str](), set(unlisted)
        groups = [(surface, tuple(sorted(models, key=unlisted.__contains__))) for surface, models in self._candidates()]
        answers = self.words([(surface, model) for surface, models in groups for model in models[:1]])
        unsettled = [
            (surface, models)
            for surface, models in groups
            if not all(self._settles(answers[surface, model]) for model in models[:1])
        ]
        answers |= self.words([(surface, model) for surface, models in unsettled for model in models[1:]])
        for surface, models in groups:
            missing = list[str]()
            for model in models:
                exchange = answers[surface, model]
                if self._settles(exchange):
                    break
                if self._is_missing(exchange):
                    missing.append(model)
                else:
                    barred.add(model)
            else:
                # Where every family is documented, a target that has none at all is not excused.
                missing = [] if surface == "chat" else missing
            absent.update(missing)
        return Availability(frozenset(absent), frozenset(barred - absent))

    def _unlisted(self, listed: Listing) -> frozenset[str]:
        """The documented models that the workspace does not list, if it lists any: those that are may stand for them."""
        names = {service.name for service in listed.services}
        found = {model for model in documented_models() if self._target.model_name(model, "chat") in names}
        return frozenset(documented_models()) - found if found else frozenset()

    def _settles(self, exchange: Exchange) -> bool:
        """Whether the model that was asked can stand for others. Where no answer came, the cases will tell."""
        if exchange.response is None:
            return True
        return not (self._is_missing(exchange) or withheld_reason(exchange) or not_offered_reason(exchange))

    def _is_missing(self, exchange: Exchange) -> bool:
        return not self._target.names_models() and lacks_model(exchange)

    def _candidates(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for surface in (surface for surface in self._surfaces if surface in _BODIES):
            asked = self._target.candidates(surface)
            yield surface, asked
            if surface == "chat":
                several = (models for models in families().values() if len(models) > 1 and models[0] not in asked[:1])
                yield from ((surface, tuple(filter(self._has_name, models))) for models in several)

    def _has_name(self, model: str) -> bool:
        return self._target.model_name(model, "chat") is not None

    def words(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Exchange]:
        """By surface and model: the answer to a request for a word."""
        names = [self._target.model_name(model, surface) or model for surface, model in wanted]
        questions = [
            (surface, name, {"model": name, **_BODIES.get(surface, _BODIES["chat"])})
            for (surface, _), name in zip(wanted, names, strict=True)
        ]
        return dict(zip(wanted, self._at_once(questions), strict=True))

    def _at_once(self, questions: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Exchange]:
        """The answers to questions that are asked in one round trip."""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return list(pool.map(self._ask, *zip(*questions, strict=True))) if questions else []

    def _likely(self, surface: str) -> str:
        """A model that the target is likely to have: Gemini names it in the path, where an unknown one is a 404 as well."""
        model = next(iter(self._target.candidates(surface)), "")
        return self._target.model_name(model, surface) or "none"

    def _ask(self, surface: str, model: str, body: Mapping[str, Any]) -> Exchange:
        paths = {"responses": "/responses", "gemini": f"/models/{model}:generateContent"}
        if surface == "gemini":
            body = {key: value for key, value in body.items() if key != "model"}
        url = self._target.surfaces[surface] + paths.get(surface, "/chat/completions")
        return self._send("POST", url, json.dumps(body).encode())

    def _send(self, method: str, url: str, content: bytes = b"") -> Exchange:
        for credential in ("",) if self._target.auth == "none" else ("[bearer]", "[basic]"):
            headers = {"accept": "application/json", **self._target.headers}
            headers |= {"content-type": "application/json"} if content else {}
            headers |= {"authorization": credential} if credential else {}
            exchange = self._sender.send(Request(method, url, headers, content))
            if exchange.status not in (401, 403):
                break
        return exchange

    def trouble(self, exchange: Exchange) -> str:
        """Why an answer to an empty request shows no surface; empty if it shows one."""
        response = exchange.response
        if response is None:
            return _no_answer(exchange)
        if refuses_credential(exchange) and not withheld_reason(exchange):
            has_token = self._target.auth != "none"
            what = "the token" if has_token else "a request without a token"
            hint = f"; {'check ' if has_token else ''}{self._origin}" if self._origin else ""
            return f"{what} is refused ({response.status}){hint}"
        if response.media_type == "text/html":
            return (
                f"it answers with a web page ({response.status}), not an API; give the workspace root, or a target file"
            )
        if response.status == 404 and not lacks_model(exchange):
            return "the path is not there (404); is the gateway enabled, and the base URL the workspace root?"
        if response.status in (405, 501) or 300 <= response.status < 400:
            return f"it answers {response.status}; give the workspace root, or a target file"
        return ""


def _no_answer(exchange: Exchange) -> str:
    """Why there is none."""
    if exchange.failure.startswith(NOT_SENT):
        return exchange.failure
    is_closed_tls = exchange.dropped and exchange.request.url.startswith("https:")
    return unreachable_reason(exchange.failure) + (f"; perhaps {CLIENT_CERTIFICATE}" if is_closed_tls else "")
