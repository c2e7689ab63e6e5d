"""Faults of one model, one transport, one place in a conversation: what is right elsewhere and wrong there."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.calls import Answer, Call, Event
from conformance.reference.edits import answers, break_on, change, drop, each_event, put, refuse, requests, streams
from conformance.reference.faults.declared import TAKEN, fault
from conformance.reference.matching import When, asks, gives, has, model, of, on
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED
from conformance.reference.sse import encoded
from conformance.reference.variant import EventEdit, ResponseEdit

_OVER = 1_000_000
"""Characters of base64 beyond which an image is lost."""
_CACHED = 20_000
"""Bytes of the largest request that a cache keeps the answer to."""


def _when(concerned: When, edit: EventEdit) -> EventEdit:
    """An edit of the streams that answer such calls."""
    return lambda call, events: edit(call, events) if concerned(call) else events


def _streamed(family: str) -> When:
    return of(family, gives("chat", "stream"))


def _first_images_dropped(*roles: str) -> Callable[[dict[str, Any]], None]:
    """Drops the images of each message of the user that messages of these roles follow."""

    def edit(body: dict[str, Any]) -> None:
        messages = [message for message in values(body, "messages/*") if isinstance(message, dict)]
        for at, message in enumerate(messages):
            if tuple(values(messages[at + 1 : at + 1 + len(roles)], "*/role")) == roles:
                drop("content/image_url")(message)

    return edit


def _heavy(part: Any) -> bool:
    return isinstance(part, dict) and len(str(values(part, "image_url/url"))) > _OVER


def _opens_empty(events: list[Event]) -> list[Event]:
    """A stream that begins with a chunk of no answer, and ends with a choice that has no delta."""
    first = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": "", "choices": []}
    edited = [replace(event, data=_without_last_delta(event.data)) for event in events]
    return [Event(first), *edited]


def _without_last_delta(data: Any) -> Any:
    if not isinstance(data, dict) or not any(values(data, "choices/*/finish_reason")):
        return data
    return data | {"choices": [{name: value for name, value in data["choices"][0].items() if name != "delta"}]}


def _last_turn_alone(body: dict[str, Any]) -> None:
    """Keeps system messages, and the last of the others."""
    for member in ("messages", "contents"):
        if isinstance(turns := body.get(member), list):
            kept = [turn for turn in turns[:-1] if isinstance(turn, dict) and turn.get("role") == "system"]
            body[member] = [*kept, *turns[-1:]]


def _compressed_twice(call: Call, answer: Answer) -> Answer:
    """Compresses an answer twice for whoever accepts gzip, and says so once."""
    if answer.status != 200 or "gzip" not in call.headers.get("accept-encoding", ""):
        return answer
    twice = gzip.compress(gzip.compress(encoded(answer.body), mtime=0), mtime=0)
    return replace(answer, body=twice, headers={**answer.headers, "content-encoding": "gzip"})


def _says_gzip(call: Call, answer: Answer) -> Answer:
    """Says to whoever accepts gzip that an answer is compressed, which it is not."""
    if answer.status != 200 or call.surface != "gemini" or "gzip" not in call.headers.get("accept-encoding", ""):
        return answer
    return replace(answer, headers={**answer.headers, "content-encoding": "gzip"})


def _cached(overlooked: Sequence[str]) -> ResponseEdit:
    """Answers from a cache whose key overlooks these members of a request."""
    kept: dict[str, Answer] = {}

    def edited(call: Call, answer: Answer) -> Answer:
        if answer.status != 200 or not isinstance(call.body, dict) or call.size > _CACHED:
            return answer
        asked = {name: value for name, value in call.body.items() if name not in overlooked}
        return kept.setdefault(f"{call.path} {asked}", answer)

    return edited


def _mojibake(text: Any) -> Any:
    return text.encode().decode("latin-1") if isinstance(text, str) else text


def _lossy(text: Any) -> Any:
    return text.encode("ascii", "replace").decode() if isinstance(text, str) else text


def _to_stop(reason: Any) -> Any:
    return {"length": "stop", "incomplete": "completed", "MAX_TOKENS": "STOP"}.get(reason, reason)


def _raise_the_cap(body: dict[str, Any]) -> None:
    """Lifts max_tokens above the budget where it is not."""
    budget = body["thinking"].get("budget_tokens", 0) if isinstance(body.get("thinking"), dict) else 0
    if isinstance(cap := body.get("max_tokens"), int) and cap <= budget:
        body["max_tokens"] = budget + 1


def _is_streamed(call: Call) -> bool:
    return asks(call.surface, stream=True)(call) or call.action == "streamGenerateContent"


def _has_a_system_message(call: Call) -> bool:
    return call.surface == "chat" and "system" in values(call.body, "messages/*/role")


def _shows(many: int) -> When:
    return lambda call: len(values(call.body, "messages/*/content/image_url")) > many


def _holds_a_heavy_image(call: Call) -> bool:
    return model(call).startswith(("claude", "gpt-5")) and any(map(_heavy, values(call.body, "messages/*/content/*")))


_LATE = "no more input tokens than the same without it"

fault(
    "chat-llama-stream-usage-lost",
    breaks={"CHAT-STREAM-USAGE": "include_usage is taken, and no usage comes"},
    says="streams of llama never tell their usage",
    events=_when(_streamed("llama"), each_event("chat", drop("usage"))),
)
fault(
    "chat-include-usage-ignored",
    breaks={"CHAT-STREAM-USAGE": "include_usage is taken, and no usage comes"},
    says="stream_options.include_usage has no effect",
    policy=replace(DOCUMENTED, chat_stream_usage="never"),
)
fault(
    "chat-gpt-stream-opens-empty",
    breaks={"CHAT-STREAM-ORDER": "chunk 0 has no id, which others have"},
    says="streams of GPT models open with a chunk without a choice, id or model, and end with a choice without a delta",
    events=_when(_streamed("gpt-5"), streams("chat", _opens_empty)),
)
fault(
    "chat-opus-stream-refused",
    breaks={"CHAT-STREAM-SSE": "stream: true on claude-opus-4-1 is not accepted (400"},
    says="claude-opus-4-1 alone does not stream",
    request=refuse(_streamed("claude-opus-4-1"), "stream is not supported by this model."),
)
fault(
    "chat-gemma-system-refused",
    breaks={"CHAT-ROLE-SYSTEM": "a system message on gemma-3-12b is not accepted (400"},
    says="gemma takes no system message",
    request=refuse(of("gemma", _has_a_system_message), "role: system is not supported by this model."),
)
fault(
    "chat-gemma-system-lost",
    warns={"CHAT-ROLE-SYSTEM": "a system message adds no input tokens"},
    says="the system message never reaches gemma",
    request=requests(
        "chat", drop("messages/*", lambda message: message.get("role") == "system"), of("gemma", on("chat"))
    ),
)
fault(
    "chat-cap-refused-by-one",
    breaks={"CHAT-MAXTOKENS": "a cap of 32 tokens on gpt-oss-20b is not accepted (400"},
    says="gpt-oss-20b takes no small max_tokens",
    request=refuse(
        lambda call: of("gpt-oss-20b", gives("chat", "max_tokens"))(call) and call.body["max_tokens"] < 100,
        "max_tokens: this field is not known.",
    ),
)
fault(
    "chat-gpt-oss-earlier-turns-lost",
    breaks={"TURN-LATER": "an earlier turn adds no input tokens"},
    says="gpt-oss is shown the last message alone",
    request=requests("chat", _last_turn_alone, of("gpt-oss", on("chat"))),
)
fault(
    "gemini-earlier-turns-lost",
    breaks={"TURN-LATER": "an earlier turn adds no input tokens"},
    says="the last content alone reaches the model",
    request=requests("gemini", _last_turn_alone),
)
fault(
    "chat-gemma-stream-latin1",
    breaks={"ANSWER-TEXT-INTACT": "text that is not ASCII is damaged"},
    says="the text of gemma is read as Latin-1",
    response=answers("chat", change("choices/*/message/content", _mojibake), of("gemma", on("chat"))),
    events=_when(_streamed("gemma"), each_event("chat", change("choices/*/delta/content", _mojibake))),
)
fault(
    "responses-text-lossy",
    breaks={"ANSWER-TEXT-INTACT": "text that is not ASCII is damaged"},
    says="characters that are not ASCII become question marks on gpt-5-2",
    response=answers("responses", change("output/message/content/*/text", _lossy), of("gpt-5-2", on("responses"))),
)
fault(
    "gzip-twice",
    breaks={"ANSWER-ENCODING": "an answer is compressed more often than it says"},
    says="an answer to one who accepts gzip is compressed twice, and says so once",
    response=_compressed_twice,
)
fault(
    "gzip-said-and-not-done",
    breaks={"ANSWER-ENCODING": "an answer to one who accepts gzip cannot be read"},
    says="an answer to one who accepts gzip says that it is compressed, and is not, on the Gemini surface",
    response=_says_gzip,
)
fault(
    "request-without-content-type-500",
    breaks={"REQUEST-UNLABELLED": "a request without a content type breaks the target (500"},
    says="a request without a content type breaks the gateway",
    request=break_on(lambda call: call.method == "POST" and "content-type" not in call.headers),
)
fault(
    "cache-overlooks-the-cap",
    breaks={"ANSWER-OWN": "a request with another cap gets the id of another answer"},
    says="answers come from a cache that overlooks the cap",
    response=_cached(("max_tokens", "max_output_tokens", "generationConfig")),
)
fault(
    "chat-stream-cut-says-stop",
    breaks={"CHAT-MAXTOKENS-CAP": "a cut answer does not say so"},
    says="a cut stream ends with stop",
    events=_when(_is_streamed, each_event("chat", change("choices/*/finish_reason", _to_stop))),
)
fault(
    "responses-stream-cut-says-completed",
    breaks={"RESP-MAXOUT-CAP": "a cut answer does not say so"},
    says="a cut stream ends with a response that calls itself completed",
    events=_when(_is_streamed, each_event("responses", change("response/status", _to_stop))),
)
fault(
    "gemini-stream-cut-says-stop",
    breaks={"GEM-MAXOUT-CAP": "a cut answer does not say so"},
    says="a cut stream ends with STOP",
    events=_when(_is_streamed, each_event("gemini", change("candidates/*/finishReason", _to_stop))),
)
fault(
    "chat-stream-budget-unchecked",
    breaks={"REASON-BUDGET-LT-MAX": TAKEN},
    says="budget_tokens is held against max_tokens only when the answer is not streamed",
    request=requests("chat", _raise_the_cap, gives("chat", "stream")),
)
fault(
    "reasoning-one-model-does-not-think",
    warns={"REASON-CLAUDE-ENABLE": "thinking on claude-sonnet-4: the request is not accepted (400"},
    says="claude-sonnet-4 refuses thinking",
    request=refuse(
        lambda call: model(call) == "claude-sonnet-4" and gives("chat", "thinking")(call), "thinking is not supported."
    ),
)
fault(
    "images-first-of-two-messages-lost",
    breaks={"IMG-TOKENS-IN-USAGE": _LATE},
    says="of two messages of the user in a row, the images of the first are lost",
    request=requests("chat", _first_images_dropped("user")),
)
fault(
    "images-of-earlier-turns-lost",
    breaks={"IMG-TOKENS-IN-USAGE": _LATE, "IMG-CLAUDE-COUNT-SCOPE": TAKEN},
    says="images of earlier turns are lost",
    request=requests("chat", _first_images_dropped("assistant", "user")),
)
fault(
    "images-over-a-megabyte-lost",
    breaks={"IMG-TOKENS-IN-USAGE": "an image of over 1 MB: no more input tokens than no image"},
    says="images of more than 1 MB of base64 never reach claude and gpt-5",
    request=requests("chat", drop("messages/*/content/*", _heavy), _holds_a_heavy_image),
)
fault(
    "images-one-model-fewer",
    breaks={"IMG-CLAUDE-COUNT": "a request with 100 images is not accepted (400"},
    says="claude-opus-4-5 takes 50 images, and not 100",
    request=refuse(of("claude-opus-4-5", _shows(50)), "image_url: too many images."),
)
fault(
    "chat-images-dropped-when-streaming",
    breaks={"IMG-TOKENS-IN-USAGE": "an image, streamed: no more input tokens than no image, streamed"},
    says="images are dropped when the answer is streamed",
    request=requests("chat", drop("messages/*/content/image_url"), gives("chat", "stream")),
)
fault(
    "responses-images-dropped-when-streaming",
    warns={"RESP-TEXT-IMAGE": "an image, streamed: no more input tokens than no image, streamed"},
    says="images are dropped when a response is streamed",
    request=requests("responses", drop("input/*/content/input_image"), gives("responses", "stream")),
)
fault(
    "responses-images-dropped",
    warns={"RESP-TEXT-IMAGE": "one image: no more input tokens than no image"},
    says="input_image parts are dropped, and the text is answered",
    request=requests("responses", drop("input/*/content/input_image")),
)
for _tier in ("default", "flex", "priority", "scale"):
    fault(
        f"responses-service-tier-{_tier}-taken",
        breaks={"RESP-400-SERVICE-TIER": TAKEN},
        says=f"the service tier {_tier} is taken and echoed",
        request=requests("responses", drop("service_tier"), asks("responses", service_tier=_tier)),
        response=answers("responses", put("service_tier", _tier), asks("responses", service_tier=_tier)),
    )
fault(
    "responses-tool-output-refused",
    breaks={"RESP-STATELESS-REPLAY": "the request is not accepted (400"},
    says="the output of a custom tool cannot be sent back",
    request=refuse(has("responses", "input/custom_tool_call_output"), "input: custom_tool_call_output is not known."),
)
fault(
    "gemini-broken-base64-500",
    warns={"GEM-INLINEDATA": "broken base64: the target breaks"},
    says="data that are no base64 break the gateway",
    response=lambda call, answer: (
        replace(answer, status=500) if call.surface == "gemini" and "base64" in str(answer.body) else answer
    ),
)
