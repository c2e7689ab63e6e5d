"""instructor on openai's client, sync and async: answers as instances of classes, in each mode; asked again; refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.lazily import Lazily
from conformance.observer.cases.openai_answers import CLAUDE, GPT, HELLO, place
from conformance.observer.trouble import always, injected, refusal

CHAT = "/ai-gateway/mlflow/v1"
CALL = {"tool": "Place", "arguments": {"city": "Paris"}}
WRONG = {"tool": "Place", "arguments": {"town": "Paris"}}
Patched = Callable[..., Any]

instructor: Any = Lazily("instructor")


@pytest.fixture
def patched(caller: Caller, client: Callable[..., Any]) -> Patched:
    """Makes openai's client, and has the library patch it, in one of its modes."""

    def made(workspace: str = "", way: str = "TOOLS") -> Any:
        inner = client(base_url=(workspace or caller.url) + CHAT)
        return instructor.from_openai(inner, mode=getattr(instructor.Mode, way))

    return made


def _create(made: Any, **more: Any) -> Any:
    fields = {"model": CLAUDE, "messages": list(HELLO), "max_tokens": 256, "response_model": place(), "max_retries": 1}
    return made.chat.completions.create(**{**fields, **more})


def test_tools(patched: Patched, caller: Caller) -> None:
    """By a tool that the model calls."""
    workspace = caller.scripted([CALL])
    caller.sees(lambda: _create(patched(workspace)))


@pytest.mark.parametrize("way", ["JSON", "MD_JSON", "JSON_SCHEMA"])
def test_json(patched: Patched, caller: Caller, way: str) -> None:
    """By JSON in the text of the answer, by each way to ask for it."""
    said = '{"city": "Paris"}'
    workspace = caller.scripted([f"```json\n{said}\n```" if way == "MD_JSON" else said])
    caller.sees(lambda: _create(patched(workspace, way)))


def test_with_completion(patched: Patched, caller: Caller) -> None:
    """The instance, and the completion that it was made of."""
    workspace = caller.scripted([CALL])

    async def both() -> Any:
        fields = {"model": CLAUDE, "messages": list(HELLO), "max_tokens": 256, "response_model": place()}
        made, completion = await done(patched(workspace).chat.completions.create_with_completion(**fields))
        return {"made": made, "completion": completion}

    caller.sees(both)


def test_asked_again(patched: Patched, caller: Caller) -> None:
    """An answer that does not fit the class: what is the model told, and is it asked again?"""
    workspace = caller.scripted([WRONG, CALL])
    caller.sees(lambda: _create(patched(workspace), max_retries=2))


def test_given_up(patched: Patched, caller: Caller) -> None:
    """No answer fits the class."""
    workspace = caller.scripted([WRONG, WRONG, WRONG])
    caller.sees(lambda: _create(patched(workspace), max_retries=2))


def test_partial(patched: Patched, caller: Caller) -> None:
    """The instance as it grows, while the answer comes in pieces."""
    workspace = caller.scripted([CALL])

    def call() -> Any:
        fields = {"model": CLAUDE, "messages": list(HELLO), "max_tokens": 256, "response_model": place()}
        return patched(workspace).chat.completions.create_partial(**fields)

    caller.sees(call)


def test_list(patched: Patched, caller: Caller) -> None:
    """Several instances, one after the other, while the answer comes in pieces."""
    workspace = caller.scripted(
        [{"tool": "IterablePlace", "arguments": {"tasks": [{"city": "Paris"}, {"city": "Rome"}]}}]
    )

    def call() -> Any:
        fields = {"model": CLAUDE, "messages": list(HELLO), "max_tokens": 256, "response_model": place()}
        return patched(workspace).chat.completions.create_iterable(**fields)

    caller.sees(call)


def test_responses(patched: Patched, caller: Caller) -> None:
    """By a tool of the Responses API."""
    workspace = caller.scripted([CALL])

    def call() -> Any:
        made = patched(workspace, "RESPONSES_TOOLS")
        return made.responses.create(model=GPT, input="Where is it?", response_model=place(), max_retries=1)

    caller.sees(call)


@pytest.mark.parametrize("status", [400, 429])
def test_refused(patched: Patched, caller: Caller, status: int) -> None:
    """Refused for ever: which exception is it?"""
    with injected(caller, always(refusal(status, "0.01"))):
        caller.sees(lambda: _create(patched()))
