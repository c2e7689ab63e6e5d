"""The Google Gemini API: GenerateContentResponse, whole or in pieces."""

import json
import secrets
from collections.abc import Mapping

from conformance.reference.brain import Reply
from conformance.reference.calls import Answer, Event, Json, Outcome, Stream
from conformance.reference.chat_answer import pieces
from conformance.reference.models import Model
from conformance.reference.prompt import Modality
from conformance.reference.reasoning import signed
from conformance.reference.tools import ToolCall

Part = dict[str, Json]


def whole(reply: Reply, model: Model, *, shows: bool) -> Answer:
    """The whole answer; with `shows` its thoughts stand before its text."""
    return Answer(_response(model, secrets.token_urlsafe(16), _parts(reply, shows=shows), reply))


def stream(reply: Reply, model: Model, *, shows: bool, sse: bool) -> Outcome:
    """The answer in pieces: as events where `alt=sse` asks for them, else as one JSON array, which is Google's way."""
    identity = secrets.token_urlsafe(16)
    cut = [piece for part in _parts(reply, shows=shows) for piece in _pieces(part)] or [[]]
    responses = [
        _response(model, identity, parts, reply, last=index == len(cut) - 1) for index, parts in enumerate(cut)
    ]
    return Stream(tuple(map(Event, responses))) if sse else Answer(responses)


def _parts(reply: Reply, *, shows: bool) -> list[Part]:
    thoughts: list[Part] = [{"text": reply.reasoning, "thought": True}] if shows and reply.reasoning else []
    signature = {"thoughtSignature": signed(reply.reasoning)} if reply.reasoning else {}
    said: list[Part] = [_function_call(call) for call in reply.calls] or ([{"text": reply.text}] if reply.text else [])
    # Of several calls the first is signed, as Google does it.
    return [*thoughts, *(part | signature if part is said[0] else part for part in said)]


def _function_call(call: ToolCall) -> Part:
    return {
        "functionCall": {
            "id": f"call_{secrets.token_hex(12)}",
            "name": call.tool.name,
            "args": json.loads(call.input),
        }
    }


def _pieces(part: Part) -> list[list[Part]]:
    """A part as it is streamed: its text in pieces, its signature with the last of them."""
    if "text" not in part:
        return [[part]]
    kept = {name: value for name, value in part.items() if name == "thought"}
    cut = [[{"text": piece, **kept}] for piece in pieces(part["text"])]
    cut[-1][0] |= {name: value for name, value in part.items() if name == "thoughtSignature"}
    return cut


def _response(model: Model, identity: str, parts: list[Part], reply: Reply, *, last: bool = True) -> dict[str, Json]:
    """One GenerateContentResponse. Of a stream only the last has the finish reason and the usage."""
    candidate: dict[str, Json] = {"content": {"role": "model", "parts": parts}, "index": 0}
    response: dict[str, Json] = {"candidates": [candidate], "modelVersion": model.served_as, "responseId": identity}
    if last:
        candidate |= {"finishReason": "MAX_TOKENS" if reply.cut else "STOP", "avgLogprobs": -0.25}
        response["usageMetadata"] = {
            "promptTokenCount": reply.prompt_tokens,
            "candidatesTokenCount": reply.text_tokens,
            "thoughtsTokenCount": reply.reasoning_tokens,
            "totalTokenCount": reply.prompt_tokens + reply.output_tokens,
            "promptTokensDetails": _by_modality(reply.prompt),
            "candidatesTokensDetails": _by_modality({"text": reply.text_tokens}),
            "trafficType": "ON_DEMAND",
        }
    return response


def _by_modality(counts: Mapping[Modality, int]) -> list[dict[str, Json]]:
    return [{"modality": kind.upper(), "tokenCount": count} for kind, count in counts.items() if count]
