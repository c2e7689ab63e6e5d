"""Tokens counted beforehand through openai's client, sync and async. Versions before 2.9 have no method for it."""

from __future__ import annotations

from conformance.observer.caller import Caller
from conformance.observer.cases.openai_answers import GPT, HELLO, SCHEMA, Client
from conformance.observer.trouble import Answer, always, injected

COUNTED = Answer(200, b'{"object": "response.input_tokens", "input_tokens": 11}')


def test_count(client: Client, caller: Caller) -> None:
    """The tokens of a question."""
    with injected(caller, always(COUNTED)):
        caller.sees(lambda: client().responses.input_tokens.count(model=GPT, input=HELLO))


def test_count_with_tools(client: Client, caller: Caller) -> None:
    """The tokens of a question with instructions and a tool."""
    tools = [{"type": "function", **SCHEMA}]
    with injected(caller, always(COUNTED)):
        caller.sees(
            lambda: client().responses.input_tokens.count(model=GPT, input=HELLO, instructions="Be brief.", tools=tools)
        )
