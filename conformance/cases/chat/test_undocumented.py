"""What the chat documents print or leave open without settling it: recorded, never graded beyond a server error."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import recorded
from conformance.probing.judge import Judge
from conformance.probing.probes import base64_of, text
from conformance.probing.probes import chat as body
from conformance.probing.surface import Chat


@pytest.mark.costly
@decides("CHAT-MODEL-LEGACYNAME")
def test_endpoint_name(chat: Chat, judge: Judge) -> None:
    """databricks-<model> on the gateway path: an alias elsewhere in the documentation, recorded here."""
    name = f"databricks-{chat.documented_model}"
    judge(recorded(chat.send({**chat.hello, "model": name}), f"the model name {name}"))


@pytest.mark.costly
@pytest.mark.parametrize("model", ["absent", None, ""], ids=["absent", "null", "empty"])
@decides("CHAT-MODEL-OMITTED")
def test_no_model(chat: Chat, judge: Judge, model: str | None) -> None:
    """The printed request bodies name no model, although the path names none either: recorded."""
    asked = dict(chat.hello) if model == "absent" else {**chat.hello, "model": model}
    sent = chat.send_as_it_is(asked)
    judge(recorded(sent, "a request without a model" if model == "absent" else f"the model {model!r}"))


@pytest.mark.costly
@decides("CHAT-UNKNOWN-FIELD")
def test_unknown_fields(chat: Chat) -> None:
    """A field that nobody knows, at the top and in a message, and known fields that are null: recorded."""
    chat.records({**chat.hello, "x_probe": 1}, "an unknown field")
    message = chat.hello["messages"][0]
    chat.records({"messages": [{**message, "x_probe": 1}]}, "an unknown field in a message")
    chat.records({"messages": [{**message, "name": None}], "tools": None}, "known fields that are null")


@pytest.mark.costly
@pytest.mark.parametrize(("field", "value"), [("store", True), ("service_tier", "auto")], ids=["store", "service_tier"])
@decides("CHAT-STORE-TIER")
def test_what_responses_refuses(chat: Chat, field: str, value: object) -> None:
    """store and service_tier are refused on Responses; on chat nothing is said about them: recorded."""
    chat.records({**chat.hello, field: value}, f"{field} on chat")


@pytest.mark.costly
@decides("AV-OPENAI-INPUT-AUDIO")
def test_input_audio(chat: Chat) -> None:
    """OpenAI's own audio part is not mentioned: recorded."""
    part = {"type": "input_audio", "input_audio": {"data": base64_of("tone.mp3"), "format": "mp3"}}
    chat.of_family("gemini").records(body(text("What is in this?"), part), "an input_audio part")
