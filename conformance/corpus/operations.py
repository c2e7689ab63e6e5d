"""The operations of the three specs: where each lies on a target, and the plain request that every case varies."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

CAP = 16
"""Most tokens of an answer: OpenAI's least for Responses, and enough for a shape."""
BUDGET = 1024
"""The least budget for thought that is known to be taken everywhere."""

_HELLO = {"role": "user", "content": "Say ok."}
_BASES: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "chat": {"messages": [_HELLO], "max_tokens": CAP},
        "responses": {"input": [_HELLO], "max_output_tokens": CAP},
        "gemini": {
            "contents": [{"role": "user", "parts": [{"text": "Say ok."}]}],
            "generationConfig": {"maxOutputTokens": CAP},
        },
    }
)


@dataclass(frozen=True)
class Operation:
    """One operation: its name in the spec, the spec, the surface of the target on which it lies, and where there."""

    name: str
    spec: Literal["chat", "responses", "gemini"]
    surface: Literal["chat", "responses", "gemini", "serving"]
    path: str
    """Below the base URL of the surface; `{model}` stands for the model."""
    shown: bool = True
    """Whether the pages show requests to it. The other doors have requirements of their own, and streams are Google's."""

    @property
    def base(self) -> dict[str, Any]:
        """The plain request, without the model: what is not varied, and the control of each refusal."""
        return dict(_BASES[self.spec])

    @property
    def family(self) -> str:
        """The family that answers where a case names none; empty: whatever the target has on this surface."""
        return "gpt-5" if self.surface == "serving" and self.spec == "responses" else ""

    @property
    def model_in_body(self) -> bool:
        """Whether the body names the model."""
        return "{" not in self.path


OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        one.name: one
        for one in (
            Operation("createChatCompletion", "chat", "chat", "/chat/completions"),
            Operation("createServingChatCompletion", "chat", "serving", "/chat/completions", shown=False),
            Operation("invokeServingEndpoint", "chat", "serving", "/{model}/invocations", shown=False),
            Operation("createResponse", "responses", "responses", "/responses"),
            Operation("createServingResponse", "responses", "serving", "/responses", shown=False),
            Operation("generateContent", "gemini", "gemini", "/models/{model}:generateContent"),
            Operation(
                "streamGenerateContent",
                "gemini",
                "gemini",
                "/models/{model}:streamGenerateContent?alt=sse",
                shown=False,
            ),
        )
    }
)
"""By the name that the spec gives."""
