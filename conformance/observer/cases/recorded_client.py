"""A recorded request, made through openai's client as its caller would make it."""

from __future__ import annotations

from typing import Any

from conformance.observer.recorded import RecordedAnswer


def create(made: Any, recorded: RecordedAnswer) -> Any:
    """Asks what was asked when the answer was recorded: what every version knows by name, the rest as extra_body."""
    resource = made.chat.completions if recorded.surface == "chat" else made.responses
    named = {name: recorded.body[name] for name in ("model", "messages", "input", "stream") if name in recorded.body}
    rest = {name: value for name, value in recorded.body.items() if name not in named}
    return resource.create(**named, **({"extra_body": rest} if rest else {}))
