"""What the documents say of reasoning, where they say it: streamed, in a later turn, on each model that they list."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import accepted, is_success, status_and_text, unanswered_reason
from conformance.checks.findings import Undecided, as_warnings
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.probes import ask
from conformance.probing.surface import Answer, Body, Chat

BUDGET = 1024
"""The least budget that the provider of these models takes, in tokens."""
EARLIER: list[Body] = [
    {"role": "user", "content": "Why is the sky blue?"},
    {"role": "assistant", "content": "Because air scatters blue light more than red light."},
]
LISTED = ("claude-sonnet-4-6", "claude-sonnet-4", "claude-opus-4-6", "claude-opus-4-5", "claude-opus-4-1")
ADAPTIVE = ("claude-opus-4-8", "claude-opus-4-7")
"""Listed too, but their provider lets them choose how much they think: a refusal is recorded."""


def thinking(max_tokens: int, **fields: object) -> Body:
    """A request of a later turn that lets the model think."""
    asked = ask("Say it so that a child understands.", max_tokens=max_tokens, **fields)
    return {
        **asked,
        "messages": [*EARLIER, *asked["messages"]],
        "thinking": {"type": "enabled", "budget_tokens": BUDGET},
    }


@decides("REASON-BUDGET-LT-MAX")
def test_budget_when_streaming(chat: Chat) -> None:
    """Streamed, in a later turn: budget_tokens equal to max_tokens and above it is refused, one below it answered.

    That a stream may hold reasoning of a Claude model no document says.
    """
    claude = chat.on("claude-sonnet-4-5")
    below = claude.attempt(thinking(BUDGET + 1, stream=True))
    if not is_success(below):
        takes_none = not unanswered_reason(below)
        raise (NotApplicable if takes_none else Undecided)(f"no thinking in a stream: {status_and_text(below)}")
    for max_tokens in (BUDGET, BUDGET - 1):
        claude.refuses(thinking(max_tokens, stream=True), control=Answer(below))


@pytest.mark.costly
@pytest.mark.parametrize("model", [*LISTED, *ADAPTIVE])
@decides("REASON-CLAUDE-ENABLE")
def test_thinking_on_each_listed_model(chat: Chat, judge: Judge, model: str) -> None:
    """thinking is taken by each Claude model of the table; a refusal by another than the example's is warned of."""
    claude = chat.on(model)
    asked = {
        **ask("Why is the sky blue?", max_tokens=2 * BUDGET),
        "thinking": {"type": "enabled", "budget_tokens": BUDGET},
    }
    if model in ADAPTIVE:
        claude.records(asked, f"thinking on {model}")
    else:
        judge(as_warnings(accepted(claude.attempt(asked), members=claude.answers_with), f"thinking on {model}"))
