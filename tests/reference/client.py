"""A client that speaks the three surfaces of the reference gateway."""

import json
from base64 import b64encode
from typing import Any, Self

import httpx2

from conformance import media

TOKEN = "a-token-for-tests"


class Client:
    """Sends requests; `fault` names the one whose prefix they go through, `variant` likewise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(
            base_url=url, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=60
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, body: Any, *, fault: str = "", variant: str = "") -> httpx2.Response:
        prefix = f"/faults/{fault}" if fault else f"/variants/{variant}" if variant else ""
        return self.http.post(prefix + path, json=body)

    def chat(
        self,
        content: Any = "Say hello.",
        model: str = "claude-sonnet-4-5",
        *,
        fault: str = "",
        variant: str = "",
        **more: Any,
    ) -> httpx2.Response:
        """One user message, unless `messages` are given."""
        body = {"model": f"system.ai.{model}", "messages": [{"role": "user", "content": content}], **more}
        return self.post("/ai-gateway/mlflow/v1/chat/completions", body, fault=fault, variant=variant)

    def respond(
        self, asked: Any = "Say hello.", model: str = "gpt-5", *, fault: str = "", variant: str = "", **more: Any
    ) -> httpx2.Response:
        body = {"model": f"system.ai.{model}", "input": asked, **more}
        return self.post("/ai-gateway/mlflow/v1/responses", body, fault=fault, variant=variant)

    def generate(
        self,
        *parts: dict[str, Any],
        model: str = "gemini-3-1-pro",
        action: str = "generateContent",
        fault: str = "",
        variant: str = "",
        **more: Any,
    ) -> httpx2.Response:
        body = {"contents": [{"role": "user", "parts": list(parts) or [{"text": "Say hello."}]}], **more}
        path = f"/ai-gateway/gemini/v1beta/models/system.ai.{model}:{action}"
        return self.post(path, body, fault=fault, variant=variant)


def image(name: str = "red-64.png", media_type: str = "image/png") -> dict[str, Any]:
    """A chat part that holds the probe image of this name."""
    return {"type": "image_url", "image_url": {"url": data_uri(name, media_type)}}


def data_uri(name: str, media_type: str) -> str:
    return f"data:{media_type};base64,{b64encode(media.load(name)).decode()}"


def events(response: httpx2.Response) -> list[Any]:
    """The JSON of every event of a stream; `[DONE]` as it is."""
    assert response.headers["content-type"].startswith("text/event-stream"), response.text
    lines = (line.partition(":")[2].strip() for line in response.text.splitlines() if line.startswith("data:"))
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
