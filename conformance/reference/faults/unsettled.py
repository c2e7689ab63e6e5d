"""Faults where the documents leave the answer open: any is legal, but none may break the gateway."""

from base64 import b64encode

from conformance.media import load
from conformance.reference.calls import Call
from conformance.reference.edits import break_on
from conformance.reference.faults.declared import fault
from conformance.reference.matching import When, asks, has_part, holds, lacks, model, of
from conformance.reference.paths import values


def _budget_over(tokens: int) -> When:
    """Calls with a larger budget for reasoning."""
    return lambda call: any(
        isinstance(budget, int) and budget > tokens for budget in values(call.body, "thinking/budget_tokens")
    )


def _uncapped_thinking(call: Call) -> bool:
    return _budget_over(0)(call) and lacks("chat", "max_tokens")(call)


def _endpoint_name(call: Call) -> bool:
    return call.path.endswith("mlflow/v1/chat/completions") and model(call).startswith("databricks-")


_ANIMATED = b64encode(load("animated-64.gif")).decode()

_OPEN: tuple[tuple[str, str, str, When], ...] = (
    ("chat-input-audio", "AV-OPENAI-INPUT-AUDIO", "an input_audio part", holds('"input_audio"')),
    ("chat-endpoint-name", "CHAT-MODEL-LEGACYNAME", "the name of an endpoint", _endpoint_name),
    ("chat-unknown-field", "CHAT-UNKNOWN-FIELD", "a field that nobody knows", holds('"x_probe"')),
    ("chat-store", "CHAT-STORE-TIER", "store on chat", asks("chat", store=...)),
    ("chat-service-tier", "CHAT-STORE-TIER", "service_tier on chat", asks("chat", service_tier=...)),
    ("reasoning-without-max-tokens", "REASON-BUDGET-NO-MAX", "a budget without max_tokens", _uncapped_thinking),
    ("reasoning-large-budget", "REASON-BUDGET-32K", "a budget over 32K", _budget_over(32_000)),
    ("reasoning-effort-on-claude", "REASON-EFFORT-LIMITED", "reasoning_effort on Claude",
     of("claude", asks("chat", reasoning_effort=...))),
    ("reasoning-thinking-on-gpt", "REASON-THINKING-NONCLAUDE", "thinking on GPT",
     of("gpt", asks("chat", thinking=...))),
    ("reasoning-thinking-on-gemini", "REASON-THINKING-NONCLAUDE", "thinking on Gemini",
     of("gemini", asks("chat", thinking=...))),
    ("responses-temperature", "RESP-TEMPERATURE", "temperature on Responses", asks("responses", temperature=...)),
    ("responses-stream", "RESP-STREAM", "streaming on Responses", asks("responses", stream=True)),
    ("gemini-stream", "GEM-STREAM", "streaming on Gemini", lambda call: call.action == "streamGenerateContent"),
    ("images-by-url", "IMG-HTTP-URL", "an image by URL", holds("https://images.")),
    ("images-animated-gif", "IMG-OTHER-GIF-ANIMATED", "an animated GIF",
     lambda call: not model(call).startswith("gpt-5") and holds(_ANIMATED)(call)),
    ("images-on-gpt-5-1", "IMG-GPT5-VARIANTS-UNLISTED", "an image for GPT-5.1", of("gpt-5-1", has_part("image_url"))),
    ("images-on-gemini", "IMG-GPT5-VARIANTS-UNLISTED", "an image for Gemini",
     lambda call: of("gemini", has_part("image_url"))(call) and not holds("https://images.")(call)),
)  # fmt: skip

for _name, _requirement, _what, _when in _OPEN:
    fault(
        f"{_name}-500",
        breaks={_requirement: "the target breaks (500"},
        says=f"{_what} breaks the gateway",
        request=break_on(_when),
    )
