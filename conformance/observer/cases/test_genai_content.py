"""The Gemini API through google-genai, sync and async: what the pages show, and what users build on it.

What the pages show leaves the version of the API to the client. The rest names v1beta, so that another default hides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done, each
from conformance.observer.cases.google_client import KINDS, MODEL, Google, one_certificate, types
from conformance.observer.media import WORLD, base64_of, load
from conformance.observer.trouble import Answer, always, injected

HELLO = "Say hello."
LONG = "Write a long and detailed essay of at least 500 words about the sea."
MEDIA_OF = {
    "clip.mp4": ("video/mp4", "Summarize what happens in these videos."),
    "tone.mp3": ("audio/mp3", "Transcribe this audio and summarize the key points."),
    "red-64.png": ("image/png", "What color is this picture?"),
}
NAMES = ["video", "audio"]
"""Of the files of WORLD."""
AS_DOCUMENTED = pytest.mark.parametrize(
    "client", [f"{version}-{kind}" for version in ("default", "v1beta") for kind in KINDS], indirect=True
)
"""Without a version of the API, as the pages have it, and with the one that the pages' paths name."""


@pytest.fixture(autouse=True)
def _one_certificate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one_certificate(monkeypatch, tmp_path)


@pytest.fixture(params=[f"v1beta-{kind}" for kind in KINDS])
def client(request: pytest.FixtureRequest, caller: Caller) -> Iterator[Google]:
    """The client of the pages, of each kind."""
    version, _, kind = request.param.partition("-")
    more: dict[str, Any] = {} if version == "default" else {"api_version": version}
    made = Google(kind, caller, more)
    yield made
    made.close()


def _said(*parts: Any) -> Any:
    return [types.Content(role="user", parts=list(parts))]


def _city() -> Any:
    """The schema of an object that names a city."""
    city = types.Schema(type=types.Type.STRING)
    return types.Schema(type=types.Type.OBJECT, properties={"city": city}, required=["city"])


def _weather() -> Any:
    """A tool that declares one function."""
    function = types.FunctionDeclaration(name="get_weather", description="The weather in a city.", parameters=_city())
    return types.Tool(function_declarations=[function])


@AS_DOCUMENTED
def test_plain(client: Google, caller: Caller) -> None:
    """A question as a string."""
    caller.sees(lambda: client.ask(HELLO))


@AS_DOCUMENTED
def test_text(client: Google, caller: Caller) -> None:
    """What the pages print: the property with the text."""

    async def text() -> Any:
        return (await done(client.ask(HELLO))).text

    caller.sees(text)


@AS_DOCUMENTED
def test_streamed(client: Google, caller: Caller) -> None:
    """An answer in several pieces."""
    caller.sees(lambda: client.ask_streamed(LONG, max_output_tokens=256))


@AS_DOCUMENTED
def test_system_instruction(client: Google, caller: Caller) -> None:
    """An instruction beside the question."""
    caller.sees(lambda: client.ask(HELLO, system_instruction="Answer in French."))


def test_config(client: Google, caller: Caller) -> None:
    """Sampling, a cap that is hit, and a stop sequence."""
    config = {"temperature": 0.1, "top_p": 0.9, "max_output_tokens": 32, "stop_sequences": ["END"]}
    caller.sees(lambda: client.ask(LONG, **config))


def test_config_as_dict(client: Google, caller: Caller) -> None:
    """The same config as a plain dict."""
    config = {"temperature": 0.1, "max_output_tokens": 1024}
    caller.sees(lambda: client.half.models.generate_content(model=MODEL, contents=HELLO, config=config))


def test_thinking(client: Google, caller: Caller) -> None:
    """A budget for thinking, and the thoughts shown."""
    caller.sees(
        lambda: client.ask(
            HELLO,
            max_output_tokens=4096,
            thinking_config=types.ThinkingConfig(thinking_budget=1024, include_thoughts=True),
        )
    )


def test_json(client: Google, caller: Caller) -> None:
    """An answer in JSON, after a schema."""
    caller.sees(lambda: client.ask(HELLO, response_mime_type="application/json", response_schema=_city()))


@pytest.mark.parametrize("name", MEDIA_OF, ids=["video", "audio", "image"])
def test_inline_data(client: Google, caller: Caller, name: str) -> None:
    """A file in the request, from its bytes."""
    kind, words = MEDIA_OF[name]
    caller.sees(
        lambda: client.ask(_said(types.Part(text=words), types.Part.from_bytes(data=load(name), mime_type=kind)))
    )


@AS_DOCUMENTED
@pytest.mark.parametrize("uri", WORLD, ids=NAMES)
def test_media(client: Google, caller: Caller, uri: str) -> None:
    """The examples of the pages: a file by its URL and one in the request, given in base64."""
    name = WORLD[uri]
    kind, words = MEDIA_OF[name]
    data: Any = base64_of(name)
    caller.sees(
        lambda: client.ask(
            _said(
                types.Part(text=words),
                types.Part(file_data=types.FileData(mime_type=kind, file_uri=uri)),
                types.Part(inline_data=types.Blob(mime_type=kind, data=data)),
            ),
            max_output_tokens=1024,
        )
    )


@pytest.mark.parametrize("uri", [*WORLD, "https://gone.invalid/clip.mp4"], ids=[*NAMES, "gone"])
def test_file_uri(client: Google, caller: Caller, uri: str) -> None:
    """A file by its URL alone, by the short way to write it. The gateway may not reach it."""
    kind = "video/mp4" if uri.endswith("4") else "audio/mp3"
    caller.sees(lambda: client.ask(["Summarize this.", types.Part.from_uri(file_uri=uri, mime_type=kind)]))


@AS_DOCUMENTED
def test_chat(client: Google, caller: Caller) -> None:
    """Two turns: the client sends the first one along."""

    async def turns() -> Any:
        chat = client.chat()
        await done(chat.send_message(HELLO))
        return await done(chat.send_message("And in French?"))

    caller.sees(turns)


def test_chat_streamed(client: Google, caller: Caller) -> None:
    """The same where the turns are streamed."""

    async def turns() -> Any:
        chat = client.chat(system_instruction="Be brief.")
        async for _ in each(await done(chat.send_message_stream(HELLO))):
            pass  # the answer is part of the conversation when it has been read
        return await done(chat.send_message_stream("And in French?"))

    caller.sees(turns)


def test_json_of_a_model(client: Google, caller: Caller) -> None:
    """An answer in JSON, after a class of pydantic: the whole of it holds an instance."""
    said = {"role": "model", "parts": [{"text": '{"city": "Paris"}'}]}
    answer = {"candidates": [{"index": 0, "content": said, "finishReason": "STOP"}]}

    def call() -> Any:
        from pydantic import create_model

        place = create_model("Place", city=(str, ...))
        return client.ask("Where is it?", response_mime_type="application/json", response_schema=place)

    with injected(caller, always(Answer(200, json.dumps(answer).encode()))):
        caller.sees(call)


def test_function_declared(client: Google, caller: Caller) -> None:
    """A function that is declared: the call comes back."""
    caller.sees(lambda: client.ask("What is the weather in Paris?", tools=[_weather()]))


def test_function_answered(client: Google, caller: Caller) -> None:
    """The call and its result sent back by hand."""

    async def turns() -> Any:
        tool = _weather()
        asked = _said(types.Part(text="What is the weather in Paris?"))
        first = await done(client.ask(asked, tools=[tool]))
        result = types.Part.from_function_response(name="get_weather", response={"result": "rain"})
        answered = [*asked, first.candidates[0].content, types.Content(role="user", parts=[result])]
        return await done(client.ask(answered, tools=[tool]))

    caller.sees(turns)


def test_function_called(client: Google, caller: Caller) -> None:
    """A Python function: the client calls it and asks again by itself."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"Rain in {city}."

    caller.sees(lambda: client.ask("What is the weather in Paris?", tools=[get_weather]))


def test_count_tokens(client: Google, caller: Caller) -> None:
    """Tokens counted beforehand, which the pages do not show."""
    caller.sees(lambda: client.half.models.count_tokens(model=MODEL, contents=HELLO))
