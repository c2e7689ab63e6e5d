"""google-genai's client as the pages make it: with a base URL, a key that is none, and the token in a header."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
import pytest
from google import genai
from google.genai import types

from conformance.cases.sdk.both import done
from conformance.sdk.caller import Caller

MODEL = "system.ai.gemini-3-1-pro"
PATH = "/ai-gateway/gemini"

KINDS = ("sync", "async")


_OF_A_DEVELOPER = (
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_GENAI_USE_ENTERPRISE",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_VERTEX_BASE_URL",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
)
_END = "-----END CERTIFICATE-----"


def alone(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Hides the environment variables of whoever runs the cases.

    Nothing here speaks TLS, but each client reads all certificates first, which is most of a case's time: it gets one.
    """
    for variable in _OF_A_DEVELOPER:
        monkeypatch.delenv(variable, raising=False)
    first, _, _ = Path(certifi.where()).read_text().partition(_END)
    one = directory / "one.pem"
    one.write_text(first + _END + "\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(one))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def options_of(caller: Caller, workspace: str = "", token: str = "", **more: Any) -> Any:
    """The HttpOptions of the pages; `workspace` is another base URL than the caller's, `more` what they do not show."""
    headers = {"Authorization": f"Bearer {token or caller.token}"}
    return types.HttpOptions(base_url=(workspace or caller.url) + PATH, headers=headers, **more)


@dataclass(frozen=True)
class Google:
    """A client, and its half that blocks or is awaited. The whole is kept: when it is collected, its connections close."""

    client: Any
    half: Any

    def ask(self, contents: Any, **config: Any) -> Any:
        """Asks for an answer at once."""
        return self.half.models.generate_content(model=MODEL, contents=contents, **configured(config))

    def ask_streamed(self, contents: Any, **config: Any) -> Any:
        """Asks for an answer in pieces."""
        return self.half.models.generate_content_stream(model=MODEL, contents=contents, **configured(config))

    def chat(self, **config: Any) -> Any:
        """Begins a conversation."""
        return self.half.chats.create(model=MODEL, **configured(config))

    def close(self, caller: Caller) -> None:
        """Closes what a version can close, in the event loop in which it was used; a collected client tries it in another."""
        for half, name in ((self.client, "close"), (self.client.aio, "aclose")):
            if closing := getattr(half, name, None):
                caller.run(done(closing()))


def configured(config: dict[str, Any]) -> dict[str, Any]:
    """The parameter `config`, if there is anything to say in it."""
    return {"config": types.GenerateContentConfig(**config)} if config else {}


def google(kind: str, options: Any) -> Google:
    """A client of a kind (`sync`, `async`)."""
    client = genai.Client(api_key="databricks", http_options=options)
    return Google(client, client.aio if kind == "async" else client)
