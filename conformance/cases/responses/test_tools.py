"""Custom tools, built-in tools, and the list of supported tool types."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.surface import Responses
from conformance.checks.findings import NothingToJudge
from conformance.checks.responses import calls_custom_tool

CUSTOM = {"type": "custom", "name": "code_exec", "description": "Runs Python code. Answer with code only."}
LISTED = [
    {"type": "function", "name": "add", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}},
    CUSTOM,
    {"type": "apply_patch"},
    {"type": "shell"},
    {"type": "image_generation"},
    {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example.com/mcp", "require_approval": "always"},
    {"type": "web_search"},
]


@pytest.mark.parametrize("tool", LISTED, ids=lambda tool: tool["type"])
@decides("RESP-TOOL-LISTED")
def test_listed_tool(responses: Responses, judge: Judge, tool: dict[str, object]) -> None:
    """Each listed tool type is accepted."""
    from conformance.checks.answers import cannot_fetch

    body = {**responses.hello, "tools": [tool]}
    if tool["type"] == "mcp":
        seen = responses.send(body)
        if cannot_fetch(seen):
            raise NothingToJudge("the target could not reach the MCP server that the probe names")
    responses.accepts(body, control=responses.hello, what=f"the tool type {tool['type']}")


@decides("RESP-CUSTOM-OUTPUT")
def test_custom_tool_call(responses: Responses, judge: Judge) -> None:
    """A forced call of a custom tool comes as an item whose input is a free string."""
    body = {
        "input": [{"role": "user", "content": "Write code that prints 1."}],
        "tools": [CUSTOM],
        "tool_choice": {"type": "custom", "name": "code_exec"},
        "max_output_tokens": 1024,
    }
    judge(calls_custom_tool(responses.ask(body).body, "code_exec"))
