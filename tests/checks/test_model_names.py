"""What the model of an answer is called: any scheme will do, in which the family is the one that was asked."""

from typing import Any

import pytest

from conformance.checks import chat
from conformance.requirements import families

from .samples import CHAT, GONE, change, seen, told


@pytest.mark.parametrize("name", ["system.ai.x", "databricks-x", "us.anthropic.x-v1:0"])
def test_a_model_may_be_called_anything(name: str) -> None:
    assert seen(chat.model(CHAT | {"model": name})) == [name]


@pytest.mark.parametrize("family", ["", "claude"])
@pytest.mark.parametrize("value", [GONE, None, "", 7, [], ["claude"], {"claude": 1}])
def test_a_model_has_a_name(value: Any, family: str) -> None:
    (found,) = told(chat.model(change(CHAT, ("model", value)), family))
    assert (found.kind, found.message, found.path) == ("violation", "model is no name", "model")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("databricks-claude-sonnet-4-5", "claude"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude"),
        ("Claude Sonnet 4.5", "claude"),
        ("system.ai.gpt-5", "gpt-5"),
        ("gpt-5-mini-2025-08-07", "gpt-5"),
        ("openai/GPT_5", "gpt-5"),
        ("gpt5", "gpt-5"),
        ("gpt-5.1", "gpt-5-1"),
        ("databricks-gpt-5-1", "gpt-5-1"),
        ("gpt-5.5-pro", "gpt-5-5-pro"),
        ("openai/gpt-oss-120b", "gpt-oss"),
        ("models/gemini-3.1-pro-preview", "gemini"),
        ("google/gemma-3-12b-it", "gemma"),
        ("meta-llama/Llama-4-Maverick", "llama"),
    ],
)
def test_any_name_of_the_family_will_do(name: str, family: str) -> None:
    body = CHAT | {"model": name}
    for known in ((), families()):
        assert told(chat.model(body, family, known)) == []
        assert seen(chat.model(body, family, known)) == [name]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("databricks-claude-sonnet-4-5", "gemini"),
        ("gpt-5", "claude"),
        ("gpt-5", "gpt-5-1"),
        ("gpt-5.5", "gpt-5-5-pro"),
        ("gpt-oss-20b", "gpt-5"),
        ("gemma-3-12b", "gemini"),
        ("model", "llama"),
        ("…", "gpt-5"),
        # The families of the GPT-5 series begin alike, and a date begins with a digit too.
        ("databricks-gpt-5-1", "gpt-5"),
        ("gpt-5.5-pro", "gpt-5-5"),
        ("gpt-5-2025-08-07", "gpt-5-2"),
    ],
)
def test_a_name_of_another_family(name: str, family: str) -> None:
    (found,) = told(chat.model(CHAT | {"model": name}, family, families()))
    assert (found.kind, found.message, found.path) == ("violation", "model names another family", "model")
    assert (found.expected, found.actual) == (f"a name of {family}", name)
    assert seen(chat.model(CHAT | {"model": name}, family, families())) == []
