"""google-genai's client as the pages make it: with a base URL, a key that is none, and the token in a header."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from conformance.observer.caller import Caller
from conformance.observer.cases.both import done
from conformance.observer.cases.lazily import Lazily

MODEL = "system.ai.gemini-3-1-pro"
PATH = "/ai-gateway/gemini"
KINDS = ("sync", "async")

genai: Any = Lazily("google.genai")
types: Any = Lazily("google.genai.types")

_SAID = ("_warning", "_warned")
_END = "-----END CERTIFICATE-----"


def one_certificate(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Nothing here speaks TLS, but each client reads all certificates first, which is most of a case's time: it gets one."""
    certifi: Any = Lazily("certifi")
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(_END)
    one = directory / "one.pem"
    one.write_text(first + _END + "\n", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(one))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def options_of(caller: Caller, workspace: str = "", token: str = "", **more: Any) -> Any:
    """The HttpOptions of the pages; `workspace` is another base URL than the caller's, `more` what they do not show."""
    headers = {"Authorization": f"Bearer {token or caller.token}"}
    return types.HttpOptions(base_url=(workspace or caller.url) + PATH, headers=headers, **more)


def say_again() -> None:
    """Has the client forget what it has warned of: it does once a process, and which case comes first is chance."""
    for name in ("google.genai.models", "google.genai.client"):
        module = sys.modules.get(name)
        classes = [one for one in vars(module or object).values() if isinstance(one, type) and one.__module__ == name]
        for holder in filter(None, (module, *classes)):
            for flag in [flag for flag, is_set in vars(holder).items() if is_set is True and flag.endswith(_SAID)]:
                setattr(holder, flag, False)


@dataclass(frozen=True)
class Google:
    """A client of a kind (`sync`, `async`), made when it is first used: within the call that is observed.

    The whole is kept beside the half that is used: when it is collected, its connections close.
    """

    kind: str
    caller: Caller
    options: dict[str, Any] = field(default_factory=dict)
    """What `options_of` takes."""

    @cached_property
    def client(self) -> Any:
        """The whole client."""
        say_again()
        return genai.Client(api_key="databricks", http_options=options_of(self.caller, **self.options))

    @property
    def half(self) -> Any:
        """Its half that blocks or is awaited."""
        return self.client.aio if self.kind == "async" else self.client

    def ask(self, contents: Any, **config: Any) -> Any:
        """Asks for an answer at once."""
        return self.half.models.generate_content(model=MODEL, contents=contents, **configured(config))

    def ask_streamed(self, contents: Any, **config: Any) -> Any:
        """Asks for an answer in pieces."""
        return self.half.models.generate_content_stream(model=MODEL, contents=contents, **configured(config))

    def chat(self, **config: Any) -> Any:
        """Begins a conversation."""
        return self.half.chats.create(model=MODEL, **configured(config))

    def close(self) -> None:
        """Closes what a version can close, in the event loop in which it was used; a collected client tries it in another."""
        if "client" not in vars(self):
            return
        for half, name in ((self.client, "close"), (self.client.aio, "aclose")):
            if closing := getattr(half, name, None):
                self.caller.run(done(closing()))


def configured(config: dict[str, Any]) -> dict[str, Any]:
    """The parameter `config`, if there is anything to say in it."""
    return {"config": types.GenerateContentConfig(**config)} if config else {}
