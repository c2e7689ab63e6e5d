"""A plan beside the run that follows: what was told is what the gateway then gets. Both are real commands."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.calls import Call
from conformance.reference.server import running
from conformance.reference.variant import REFERENCE, Variant
from tests.end_to_end.conftest import TOKEN, command_in

NEAR = 0.1
"""What a plan may be off."""
NAMES = {
    "claude-sonnet-4-5": "my-claude", "gpt-5": "openai/gpt-5", "gemini-3-1-pro": "my-gemini", "gemma-3-12b": "my-gemma",
}  # fmt: skip
RENAMED = """
name = "my-proxy"
[surfaces]
chat = "{url}/ai-gateway/mlflow/v1"
gemini = "{url}/ai-gateway/gemini/v1beta"
[models]
"""


@dataclass
class Counted:
    """What a gateway has got."""

    requests: int = 0
    bytes: int = 0

    def around(self, app: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            async def received() -> Message:
                message = await receive()
                self.bytes += len(message.get("body", b""))
                return message

            self.requests += scope["type"] == "http"
            await app(scope, received, send)

        return counting


def by_other_names(call: Call) -> Call:
    """A gateway that calls its models otherwise, and knows them by no other name."""
    documented = {name: f"system.ai.{model}" for model, name in NAMES.items()}
    if call.model:
        return replace(call, model=documented.get(call.model, "none"))
    if isinstance(call.body, dict) and isinstance(name := call.body.get("model"), str):
        return replace(call, body={**call.body, "model": documented.get(name, "none")})
    return call


@contextmanager
def counted(variant: Variant) -> Iterator[tuple[str, Counted]]:
    count = Counted()
    with running(fault=variant, token=TOKEN, middleware=count.around) as url:
        yield url, count


@pytest.mark.parametrize(
    "arguments",
    [[], ["--cheap"], ["--smoke"], ["--surface", "responses"], ["--target"], ["-k", "vision"]],
    ids=" ".join,
)
def test_the_run_sends_what_was_told(arguments: list[str], tmp_path: Path) -> None:
    variant = (
        Variant("renamed", "calls its models otherwise", request=by_other_names)
        if "--target" in arguments
        else REFERENCE
    )
    with counted(variant) as (url, got):
        if "--target" in arguments:
            target = tmp_path / "target.toml"
            models = "".join(f'{model} = "{name}"\n' for model, name in NAMES.items())
            target.write_text(RENAMED.format(url=url) + models)
            arguments = ["--target", str(target)]
        else:
            arguments = ["--base-url", url, *arguments]
        told = command_in(tmp_path)("plan", *arguments, "--json", token=None, report=False)
        assert told.code == 0, told.err
        assert (got.requests, got.bytes) == (0, 0), "a plan sends nothing"
        done = command_in(tmp_path)("run", *arguments)
    plan, results = json.loads(told.out), done.results
    assert results["requests"] > 10
    assert results["complete"], done.out
    total, before = plan["total"], plan["preflight"]
    assert total["requests"] == pytest.approx(got.requests, rel=NEAR)
    assert total["bytes"] == pytest.approx(got.bytes, rel=NEAR)
    assert total["requests"] - before["requests"] == pytest.approx(results["requests"], rel=NEAR)
    assert total["bytes"] - before["bytes"] == pytest.approx(results["bytes"]["sent"], rel=NEAR)
    assert total["input_tokens"] - before["input_tokens"] == pytest.approx(results["tokens"]["input"], rel=NEAR)
    assert total["output_tokens"] >= results["tokens"]["output"]
    assert plan["cases"] == len(results["cases"])
