"""Chat Completions through openai's client, sync and async: what the pages show, and what users build on it.

Query request examples, Vision models, Audio and video, Reasoning.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each, opened
from conformance.observer.media import data_uri, image, media, text
from conformance.observer.trouble import Answer, always, injected

Client = Callable[..., Any]

CLAUDE = "system.ai.claude-sonnet-4-5"
GEMINI = "system.ai.gemini-3-1-pro"
HELLO = [{"role": "user", "content": "Say hello."}]
QUESTION = {"role": "user", "content": "Why is the sky blue?"}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_plain(client: Client, caller: Caller) -> None:
    """The first example: a question, max_tokens, an answer."""
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256))


def test_system_message(client: Client, caller: Caller) -> None:
    """The first example with its system message and a temperature."""
    messages = [{"role": "system", "content": "You are a helpful assistant."}, *HELLO]
    caller.sees(
        lambda: client().chat.completions.create(model=CLAUDE, messages=messages, max_tokens=256, temperature=0.1)
    )


def test_serving_endpoints(client: Client, caller: Caller) -> None:
    """The same at the serving endpoints, by the name of an endpoint."""
    url = f"{caller.url}/serving-endpoints"
    caller.sees(
        lambda: client(base_url=url).chat.completions.create(
            model="databricks-claude-sonnet-4-5", messages=HELLO, max_tokens=256
        )
    )


def test_base_url_with_slash(client: Client, caller: Caller) -> None:
    """A base URL that ends in a slash: one slash may go over the wire."""
    url = f"{caller.url}/ai-gateway/mlflow/v1/"
    caller.sees(lambda: client(base_url=url).chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256))


def test_streamed(client: Client, caller: Caller) -> None:
    """The same, streamed."""
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256, stream=True))


def test_streamed_with_usage(client: Client, caller: Caller) -> None:
    """Streamed, with the tokens asked for."""
    caller.sees(
        lambda: client().chat.completions.create(
            model=CLAUDE, messages=HELLO, max_tokens=256, stream=True, stream_options={"include_usage": True}
        )
    )


def test_streamed_reasoning(client: Client, caller: Caller) -> None:
    """Streamed, with reasoning: deltas that are lists come before deltas that are strings."""
    caller.sees(
        lambda: client().chat.completions.create(
            model=CLAUDE, messages=[QUESTION], max_tokens=2048, stream=True, extra_body=THINKING
        )
    )


def test_streamed_effort(client: Client, caller: Caller) -> None:
    """The example of Gemini: a system message, a stream, reasoning_effort."""
    messages = [{"role": "system", "content": "You are a helpful assistant."}, QUESTION]
    caller.sees(
        lambda: client().chat.completions.create(
            model=GEMINI, messages=messages, max_tokens=2000, stream=True, reasoning_effort="high"
        )
    )


def test_stream_helper_events(client: Client, caller: Caller) -> None:
    """The helper's events, one by one."""

    async def events() -> AsyncIterator[Any]:
        async with opened(client().chat.completions.stream(model=CLAUDE, messages=HELLO, max_tokens=256)) as stream:
            async for event in each(stream):
                yield event

    caller.sees(events)


def test_stream_helper_final(client: Client, caller: Caller) -> None:
    """The helper's whole completion, after it was waited for."""

    async def final() -> Any:
        async with opened(client().chat.completions.stream(model=CLAUDE, messages=HELLO, max_tokens=256)) as stream:
            await done(stream.until_done())
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_stream_helper_reasoning(client: Client, caller: Caller) -> None:
    """The helper's whole completion of an answer that begins with reasoning."""

    async def final() -> Any:
        streams = client().chat.completions.stream(
            model=CLAUDE, messages=[QUESTION], max_tokens=2048, extra_body=THINKING
        )
        async with opened(streams) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_stream_helper_reasoning_events(client: Client, caller: Caller) -> None:
    """The helper's events of an answer that begins with reasoning."""

    async def events() -> AsyncIterator[Any]:
        streams = client().chat.completions.stream(
            model=CLAUDE, messages=[QUESTION], max_tokens=2048, extra_body=THINKING
        )
        async with opened(streams) as stream:
            async for event in each(stream):
                yield event

    caller.sees(events)


def test_stream_helper_blocks(client: Client, caller: Caller) -> None:
    """The helper where every delta is a list of blocks, and none has a string before it."""

    async def final() -> Any:
        made = client(base_url=f"{caller.url}/variants/chunked-otherwise/ai-gateway/mlflow/v1")
        streams = made.chat.completions.stream(model=CLAUDE, messages=[QUESTION], max_tokens=2048, extra_body=THINKING)
        async with opened(streams) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def _chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    told = {"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": 1, "model": CLAUDE, "choices": choices}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def test_stream_helper_reasoning_first(client: Client, caller: Caller) -> None:
    """The helper where the first delta of all is a list, with the reasoning, and strings follow it."""
    summary = [{"type": "summary_text", "text": "Light scatters."}]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": [{"type": "reasoning", "summary": summary}]},
        {"content": "Blue light "},
        {"content": "scatters most."},
    ]
    stream = b"".join([*map(_chunk, deltas), _chunk({}, "stop"), b"data: [DONE]\n\n"])

    async def final() -> Any:
        streams = client().chat.completions.stream(
            model=CLAUDE, messages=[QUESTION], max_tokens=2048, extra_body=THINKING
        )
        async with opened(streams) as events:
            return await done(events.get_final_completion())

    with injected(caller, always(Answer(200, stream, {"content-type": "text/event-stream"}))):
        caller.sees(final)


def test_stream_helper_beta(client: Client, caller: Caller) -> None:
    """The helper where it first stood."""

    async def final() -> Any:
        streams = client().beta.chat.completions.stream(model=CLAUDE, messages=HELLO, max_tokens=256)
        async with opened(streams) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_parse(client: Client, caller: Caller) -> None:
    """An answer parsed by the client: of plain text nothing is parsed, and nothing may be lost."""
    caller.sees(lambda: client().chat.completions.parse(model=CLAUDE, messages=HELLO, max_tokens=256))


def test_parse_model(client: Client, caller: Caller) -> None:
    """An answer in JSON parsed into a class of pydantic, where the method stands: in older versions under beta."""
    said = {"role": "assistant", "content": '{"city": "Paris"}'}
    choices = [{"index": 0, "message": said, "finish_reason": "stop"}]
    answer = {"id": "chatcmpl_1", "object": "chat.completion", "created": 1, "model": CLAUDE, "choices": choices}

    def call() -> Any:
        from pydantic import create_model

        made, place = client(), create_model("Place", city=(str, ...))
        parse = getattr(made.chat.completions, "parse", None) or made.beta.chat.completions.parse
        return parse(model=CLAUDE, messages=HELLO, max_tokens=256, response_format=place)

    with injected(caller, always(Answer(200, json.dumps(answer).encode()))):
        caller.sees(call)


def test_image(client: Client, caller: Caller) -> None:
    """The example with one image, as a data URI."""
    messages = [{"role": "user", "content": [text("What is in this image?"), image("red-64.jpg")]}]
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=messages))


def test_images(client: Client, caller: Caller) -> None:
    """The example with two images."""
    content = [text("What differs between these images?"), image("red-64.jpg"), image("blue-64.png")]
    caller.sees(lambda: client().chat.completions.create(model=CLAUDE, messages=[{"role": "user", "content": content}]))


def test_video(client: Client, caller: Caller) -> None:
    """The example with videos: one by URL and one as a data URI, in content parts that the client does not know."""
    url = "https://storage.googleapis.com/cloud-samples-data/video/cat.mp4"
    content = [text("Summarize what happens in these videos."), media("clip.mp4", url), media("clip.mp4")]
    messages = [{"role": "user", "content": content}]
    caller.sees(lambda: client().chat.completions.create(model=GEMINI, messages=messages, max_tokens=1024))


def test_audio(client: Client, caller: Caller) -> None:
    """The example with recordings: one by URL and one as a data URI."""
    url = "https://storage.googleapis.com/cloud-samples-data/speech/brooklyn_bridge.mp3"
    inline = {"type": "audio_url", "audio_url": {"url": data_uri("tone.mp3")}}
    content = [text("Transcribe this audio and summarize the key points."), media("tone.mp3", url), inline]
    messages = [{"role": "user", "content": content}]
    caller.sees(lambda: client().chat.completions.create(model=GEMINI, messages=messages, max_tokens=1024))


@pytest.mark.decides("REASON-EXTRA-BODY")
def test_thinking(client: Client, caller: Caller) -> None:
    """The example of Claude: thinking goes by extra_body, and content comes back as a list."""
    named = {"model": CLAUDE, "messages": [QUESTION], "max_tokens": 20480}
    caller.sees(lambda: client().chat.completions.create(**named, extra_body=THINKING), given=named | THINKING)


def test_effort_none(client: Client, caller: Caller) -> None:
    """The example of GPT-5.1: an effort that older versions of the client did not list."""
    caller.sees(
        lambda: client().chat.completions.create(
            model="system.ai.gpt-5-1", messages=[QUESTION], max_tokens=4096, reasoning_effort="none"
        )
    )


def test_effort_high(client: Client, caller: Caller) -> None:
    """The example of GPT OSS."""
    caller.sees(
        lambda: client().chat.completions.create(
            model="system.ai.gpt-oss-120b", messages=[QUESTION], max_tokens=4096, reasoning_effort="high"
        )
    )


def test_turns_without_reasoning(client: Client, caller: Caller) -> None:
    """A second turn with the text of the first answer alone."""

    async def turns() -> Any:
        asked = client().chat.completions
        first = await done(asked.create(model=CLAUDE, messages=HELLO, max_tokens=256))
        answered = {"role": "assistant", "content": first.choices[0].message.content}
        return await done(asked.create(model=CLAUDE, messages=[*HELLO, answered, QUESTION], max_tokens=256))

    caller.sees(turns)


async def _two_turns(client: Any, passed_back: Callable[[Any], Any]) -> Any:
    """Two turns with reasoning; of the first answer goes back what `passed_back` makes of its message."""
    fields: dict[str, Any] = {"model": CLAUDE, "max_tokens": 20480, "extra_body": THINKING}
    first = await done(client.chat.completions.create(messages=[QUESTION], **fields))
    messages = [QUESTION, passed_back(first.choices[0].message), {"role": "user", "content": "Can you simplify that?"}]
    return await done(client.chat.completions.create(messages=messages, **fields))


def test_message_passed_back(client: Client, caller: Caller) -> None:
    """The example of two turns: the object of the first answer goes back as it is, reasoning and all."""
    caller.sees(lambda: _two_turns(client(), lambda message: message))


def test_message_dumped(client: Client, caller: Caller) -> None:
    """The same with the message as a dictionary, every field of it."""
    caller.sees(lambda: _two_turns(client(), lambda message: message.model_dump()))


def test_message_dumped_without_none(client: Client, caller: Caller) -> None:
    """The same without the fields that are None."""
    caller.sees(lambda: _two_turns(client(), lambda message: message.model_dump(exclude_none=True)))


def test_tool_round_trip(client: Client, caller: Caller) -> None:
    """A tool is called, and its result handed back beside the message that called it."""

    async def turns() -> Any:
        asked = client().chat.completions
        messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
        fields: dict[str, Any] = {"model": CLAUDE, "max_tokens": 256, "tools": [WEATHER]}
        first = await done(asked.create(messages=messages, tool_choice="required", **fields))
        message = first.choices[0].message
        result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "18 degrees"}
        return await done(asked.create(messages=[*messages, message, result], **fields))

    caller.sees(turns)


def test_tool_streamed(client: Client, caller: Caller) -> None:
    """A tool is called in a stream, which the helper puts together."""

    async def final() -> Any:
        streams = client().chat.completions.stream(
            model=CLAUDE,
            messages=[{"role": "user", "content": "What is the weather in Paris?"}],
            max_tokens=256,
            tools=[WEATHER],
            tool_choice="required",
        )
        async with opened(streams) as stream:
            return await done(stream.get_final_completion())

    caller.sees(final)


def test_raw_response(client: Client, caller: Caller) -> None:
    """The answer below the client's objects: whose it is tells which HTTP library users come to depend on."""

    async def raw() -> dict[str, Any]:
        asked = client().chat.completions.with_raw_response
        answer = await done(asked.create(model=CLAUDE, messages=HELLO, max_tokens=256))
        below, parsed = type(answer.http_response), await done(answer.parse())
        return {
            **parsed.model_dump(exclude_none=True),
            "answer": type(answer).__name__,
            "http_response": f"{below.__module__.partition('.')[0]}.{below.__name__}",
            "content_type": answer.headers["content-type"],
            "status_code": answer.status_code,
        }

    caller.sees(raw)


def test_own_http_client(client: Client, caller: Caller, mode: str) -> None:
    """An HTTP client of the user's own, of the library httpx, for proxies and certificates."""

    def call() -> Any:
        httpx: Any = import_module("httpx")
        own = httpx.Client() if mode == "sync" else httpx.AsyncClient()
        return client(http_client=own).chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256)

    caller.sees(call)


def test_own_timeout(client: Client, caller: Caller) -> None:
    """A timeout as the library httpx has it, in parts."""

    def call() -> Any:
        httpx: Any = import_module("httpx")
        patience = httpx.Timeout(30.0, connect=5.0)
        return client(timeout=patience).chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256)

    caller.sees(call)


def test_none_given(client: Client, caller: Caller) -> None:
    """None for an optional parameter: is it left out, or sent as null?"""
    caller.sees(
        lambda: client().chat.completions.create(model=CLAUDE, messages=HELLO, max_tokens=256, temperature=None)
    )


def test_extra_headers_and_query(client: Client, caller: Caller) -> None:
    """Headers and query parameters of the user's own."""
    caller.sees(
        lambda: client().chat.completions.create(
            model=CLAUDE,
            messages=HELLO,
            max_tokens=256,
            extra_headers={"x-request-tag": "nightly"},
            extra_query={"tag": "nightly"},
        )
    )
