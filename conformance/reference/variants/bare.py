"""The variant that answers as the pages print it, without what OpenAI, Google and the providers add."""

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.edits import JsonEdit, answers, each_event
from conformance.reference.models import MODELS
from conformance.reference.paths import values
from conformance.reference.variants.declared import variant

_ENDPOINTS = {model.served_as: f"databricks-{model.name}" for model in MODELS.values()}
_CHAT = ("id", "object", "created", "model", "choices", "usage")
_RESPONSE = ("id", "object", "created_at", "status", "error", "incomplete_details", "model", "output", "usage")
_GEMINI = ("candidates", "usageMetadata", "modelVersion", "responseId")


def _keep(holder: Any, *names: str) -> None:
    for name in set(holder or ()) - set(names):
        del holder[name]


def _by_endpoint(holder: dict[str, Any], key: str) -> None:
    if key in holder:
        holder[key] = _ENDPOINTS.get(holder[key], holder[key])


def _chat(body: dict[str, Any]) -> None:
    _keep(body, *_CHAT)
    _by_endpoint(body, "model")
    for choice in body["choices"]:
        _keep(choice, "index", "message", "delta", "finish_reason")
        _keep(choice.get("message", choice.get("delta")), "role", "content", "tool_calls")
    _keep(body.get("usage"), "prompt_tokens", "completion_tokens", "total_tokens", "completion_tokens_details")


def _responses(body: dict[str, Any]) -> None:
    body.pop("obfuscation", None)
    if response := body.get("response", body if "output" in body else None):
        _keep(response, *_RESPONSE)
        _by_endpoint(response, "model")
        _keep(response.get("usage"), "input_tokens", "output_tokens", "total_tokens")


def _gemini(body: dict[str, Any]) -> None:
    _keep(body, *_GEMINI)
    _by_endpoint(body, "modelVersion")
    for candidate in body.get("candidates", ()):
        _keep(candidate, "content", "finishReason", "index")
    for call in values(body, "candidates/*/content/parts/*/functionCall"):
        call.pop("id", None)
    for name in [name for name in body.get("usageMetadata", ()) if not name.endswith("Count")]:
        del body["usageMetadata"][name]


_BARE: dict[str, JsonEdit] = {"chat": _chat, "responses": _responses, "gemini": _gemini}


def _whole(call: Call, answer: Answer) -> Answer:
    return answers(call.surface, _BARE[call.surface])(call, answer)


def _streamed(call: Call, events: Sequence[Event]) -> Iterable[Event]:
    return each_event(call.surface, _BARE[call.surface])(call, events)


variant(
    "as-the-pages-print",
    "sends the members that the pages print, with the name of the endpoint as model, and no more",
    response=_whole,
    events=_streamed,
)
