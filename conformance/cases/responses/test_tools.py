"""Custom tools, built-in tools, and the list of supported tool types."""

from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.answers import accepted, cannot_fetch, is_success, unanswered_reason
from conformance.checks.responses import calls_apply_patch, calls_custom_tool
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.surface import Answer, Body, Chat, Responses
from conformance.wire.exchange import Exchange

CUSTOM = {"type": "custom", "name": "code_exec", "description": "Runs Python code. Answer with code only."}
LISTED: list[dict[str, Any]] = [
    {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}},
    CUSTOM,
    {"type": "apply_patch"},
    {"type": "shell"},
    {"type": "image_generation"},
    {"type": "mcp", "server_label": "docs", "server_url": "", "require_approval": "always"},
    {"type": "web_search"},
]


def accepted_by_one(responses: Responses, body: Body) -> Exchange | None:
    """The answer of the first model that accepts a request: which tools a model knows is its own affair."""
    for model in responses.target.candidates("responses") or ("",):
        try:
            sent = responses.on(model).send(body)
        except NotApplicable:  # this model is not served here: another may be
            continue
        if is_success(sent):
            return sent
        if cannot_fetch(sent):  # what is asked for is elsewhere: no other model gets there either
            break
    return None


def judge_by_models(responses: Responses, body: Body, what: str, *, by_url: bool = False) -> None:
    """Judges that one of the models accepts a request; if none does, by the refusal of the preferred one."""
    if sent := accepted_by_one(responses, body):
        responses.judge(accepted(sent, what, members=responses.answers_with))
    else:
        responses.accepts(body, control=responses.hello, what=what, by_url=by_url)


@pytest.mark.parametrize("tool", LISTED, ids=lambda tool: tool["type"])
@decides("RESP-TOOL-LISTED")
def test_listed_tool(responses: Responses, tool: dict[str, object]) -> None:
    """Each listed tool type is accepted."""
    if tool["type"] == "mcp":
        tool = {**tool, "server_url": responses.target.media["mcp_url"]}
    body = {**responses.hello, "tools": [tool]}
    # Whether the MCP server of the probe can be reached is not what is asked.
    judge_by_models(responses, body, f"the tool type {tool['type']}", by_url=tool["type"] == "mcp")


@decides("RESP-TOOL-LISTED")
def test_client_side_tools_together(responses: Responses) -> None:
    """What the client carries out may be offered all at once."""
    tools = [tool for tool in LISTED if tool["type"] in ("function", "custom", "apply_patch", "shell")]
    judge_by_models(responses, {**responses.hello, "tools": tools}, "four tools together")


PLAIN = {"input": [{"role": "user", "content": "Write code that prints 1."}], "max_output_tokens": 1024}
FORCED = {**PLAIN, "tools": [CUSTOM], "tool_choice": {"type": "custom", "name": "code_exec"}}


LISTED_MODELS = [
    "gpt-5",
    *(pytest.param(f"gpt-5-{version}", marks=pytest.mark.costly) for version in ("1", "2", "4", "5", "5-pro")),
]


@decides("RESP-CUSTOM-OUTPUT")
def test_custom_tool_call(responses: Responses, judge: Judge) -> None:
    """A forced call of a custom tool comes as an item whose input is a free string."""
    judge(calls_custom_tool(responses.ask(FORCED).body, "code_exec"))


@pytest.mark.parametrize("model", LISTED_MODELS)
@decides("RESP-CUSTOM-MODELS")
def test_custom_tools_on_each_listed_model(responses: Responses, judge: Judge, model: str) -> None:
    """Custom tools work on each listed model of the GPT-5 series."""
    gpt = responses.on(model)
    judge(calls_custom_tool(gpt.accepts(FORCED, control=PLAIN).body, "code_exec"))


@pytest.mark.costly
@decides("RESP-CUSTOM-NON-GPT5")
def test_custom_tools_elsewhere(responses: Responses) -> None:
    """A model outside the GPT-5 series refuses custom tools, if it is served on Responses at all."""
    other = responses.of_family("gpt-oss")
    control = other.send(PLAIN)
    if not is_success(control) and not unanswered_reason(control):
        raise NotApplicable(f"{other.documented_model} is not served on Responses: {control.status}")
    other.refuses_or_records({**PLAIN, "tools": [CUSTOM]}, control=Answer(control), what="a custom tool")


@pytest.mark.costly
@decides("RESP-CUSTOM-CHAT")
def test_custom_tools_on_chat(chat: Chat) -> None:
    """Custom tools are there through the Responses API; on chat they are refused, or it is recorded."""
    gpt = chat.of_family("gpt-5")
    tool = {"type": "custom", "custom": {"name": "code_exec"}}
    gpt.refuses_or_records({**gpt.hello, "tools": [tool]}, control=gpt.hello, what="a custom tool on chat")


UNLISTED: dict[str, dict[str, object]] = {
    "file_search": {"vector_store_ids": ["vs_none"]},
    "code_interpreter": {"container": {"type": "auto"}},
    "computer_use_preview": {"display_width": 800, "display_height": 600, "environment": "linux"},
    "local_shell": {},
    "web_search_preview": {},
    "bogus": {},
}


@pytest.mark.costly
@decides("RESP-TOOL-UNLISTED")
def test_unlisted_tools(responses: Responses) -> None:
    """Tool types that are not listed are not supported."""
    control = responses.ask(responses.hello)
    for kind, fields in UNLISTED.items():
        body = {**responses.hello, "tools": [{"type": kind, **fields}]}
        responses.refuses_or_records(body, control=control, what=f"the tool type {kind}")


@decides("RESP-BUILTIN-STRUCTURED")
def test_built_in_tool_call(responses: Responses, judge: Judge) -> None:
    """A built-in tool is called by a structured item: apply_patch_call with an operation."""
    prompt = "Use apply_patch to create the file main.py with a function that returns 1."
    body = {"input": prompt, "tools": [{"type": "apply_patch"}], "max_output_tokens": 1024}
    sent = accepted_by_one(responses, body)
    judge(calls_apply_patch((Answer(sent) if sent else responses.ask(body)).body))
