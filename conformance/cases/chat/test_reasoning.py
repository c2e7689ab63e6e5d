"""Reasoning: switched on and off, its blocks and their order, the budget, effort, and replaying it."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.probes import ask
from conformance.cases.surface import Chat
from conformance.checks import reasoning
from conformance.checks.answers import accepted
from conformance.checks.findings import given
from conformance.checks.usage import chat_adds_up

BUDGET = 1024
"""The least budget that the provider of these models takes, in tokens."""
QUESTION = "Why is the sky blue?"
EASY = "Say it so that a child understands."


def thinking(max_tokens: int = 2048, budget: int = BUDGET) -> dict[str, object]:
    """The fields that switch reasoning on for a hybrid model."""
    return {"max_tokens": max_tokens, "thinking": {"type": "enabled", "budget_tokens": budget}}


@decides(
    "REASON-CLAUDE-ENABLE", "REASON-CLAUDE-SHAPE", "REASON-BLOCK-TYPES", "REASON-SIGNATURE", "REASON-THINK-AND-TEXT",
    "CHAT-USAGE-SUM",
)  # fmt: skip
def test_thinking(chat: Chat, judge: Judge) -> None:
    """With thinking, content is a list: reasoning with a signed summary, then the text."""
    claude = chat.on("claude-sonnet-4-5")
    body = claude.accepts(ask(QUESTION, **thinking()), "REASON-CLAUDE-ENABLE", control=ask(QUESTION)).body
    judge(reasoning.reasoned(body), "REASON-CLAUDE-ENABLE")
    judge(reasoning.documented_indices(body), "REASON-CLAUDE-SHAPE")
    judge(reasoning.block_types(body), "REASON-BLOCK-TYPES")
    judge(reasoning.signed(body), "REASON-SIGNATURE")
    judge(reasoning.has_text_and_thought(body), "REASON-THINK-AND-TEXT")
    judge(chat_adds_up(body, reasoning=True), "CHAT-USAGE-SUM")


@decides("REASON-BUDGET-LT-MAX")
def test_budget_below_max_tokens(chat: Chat) -> None:
    """budget_tokens one below max_tokens is accepted; equal to it, and above it, is refused."""
    claude = chat.on("claude-sonnet-4-5")
    below = claude.accepts(
        ask(QUESTION, **thinking(BUDGET + 1)), control=ask(QUESTION), what="a budget below max_tokens"
    )
    claude.refuses(ask(QUESTION, **thinking(BUDGET)), control=below)
    claude.refuses(ask(QUESTION, **thinking(BUDGET - 1)), control=below)


@decides("REASON-BUDGET-NO-MAX")
def test_budget_without_max_tokens(chat: Chat, judge: Judge) -> None:
    """What a budget means without max_tokens is not settled: recorded."""
    from conformance.checks.findings import observation

    claude = chat.of_family("claude")
    body = {key: value for key, value in ask(QUESTION, **thinking()).items() if key != "max_tokens"}
    judge([observation("thinking without max_tokens is answered with", claude.send(body).status)])


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
@pytest.mark.parametrize("model", ["gpt-oss-120b", "gpt-oss-20b"])
@decides("REASON-OSS-VALUES")
def test_gpt_oss_effort(chat: Chat, model: str, effort: str) -> None:
    """gpt-oss takes reasoning_effort low, medium and high."""
    plain = ask(QUESTION, max_tokens=512)
    chat.on(model).accepts({**plain, "reasoning_effort": effort}, control=plain)


@pytest.mark.parametrize("model", ["gpt-oss-120b", "gpt-oss-20b"])
@decides("REASON-OSS-ALWAYS")
def test_gpt_oss_always_reasons(chat: Chat, judge: Judge, model: str) -> None:
    """A reasoning-only model reasons unasked."""
    judge(reasoning.reasoned(chat.on(model).ask(ask(QUESTION, max_tokens=512)).body))


@decides("REASON-GPT51-NONE")
def test_gpt_5_1_none(chat: Chat) -> None:
    """GPT-5.1 takes reasoning_effort none."""
    plain = ask(QUESTION, max_tokens=1024)
    chat.of_family("gpt-5-1").accepts({**plain, "reasoning_effort": "none"}, control=plain)


@decides("REASON-GPT51-OVERRIDE")
def test_gpt_5_1_override(chat: Chat, judge: Judge) -> None:
    """The default of GPT-5.1 can be overridden: at least one of low, medium and high is accepted."""
    from conformance.checks.answers import is_success
    from conformance.checks.findings import observation

    gpt = chat.of_family("gpt-5-1")
    plain = ask(QUESTION, max_tokens=1024)
    gpt.ask(plain)
    tried = {effort: gpt.send({**plain, "reasoning_effort": effort}) for effort in ("low", "medium", "high")}
    taken = [effort for effort, exchange in tried.items() if is_success(exchange)]
    judge([observation("accepted", ", ".join(taken))] if taken else accepted(tried["high"], "reasoning_effort"))


@decides("REASON-GEMINI-EFFORT", "REASON-THINK-AND-TEXT", "REASON-BLOCK-TYPES")
def test_gemini_effort(chat: Chat, judge: Judge) -> None:
    """gemini-3-1-pro takes reasoning_effort high, and answers with text beside its reasoning."""
    plain = ask(QUESTION, max_tokens=2000)
    gemini = chat.on("gemini-3-1-pro")
    body = gemini.accepts({**plain, "reasoning_effort": "high"}, "REASON-GEMINI-EFFORT", control=plain).body
    judge(reasoning.has_text_and_thought(body), "REASON-THINK-AND-TEXT")
    judge(reasoning.block_types(body), "REASON-BLOCK-TYPES")


@decides("REASON-MT-OMIT")
def test_reasoning_left_out(chat: Chat) -> None:
    """An earlier turn may be sent back as plain text, without its reasoning, while thinking is on."""
    claude = chat.on("claude-sonnet-4-5")
    turn = ask(QUESTION, **thinking())
    claude.accepts(
        _continued(turn, {"role": "assistant", "content": "Because of the way air scatters light."}), control=turn
    )


@decides("REASON-MT-REPLAY")
def test_reasoning_sent_back(chat: Chat) -> None:
    """The full, unmodified assistant message is accepted as part of the next request."""
    claude = chat.on("claude-sonnet-4-5")
    turn = ask(QUESTION, **thinking())
    content = given(claude.ask(turn).body, reasoning.CONTENT, list)
    claude.accepts(_continued(turn, {"role": "assistant", "content": content}))


def _continued(turn: dict[str, object], assistant: dict[str, object]) -> dict[str, object]:
    first = turn["messages"]
    assert isinstance(first, list)  # ask() has made it
    return {**turn, "messages": [*first, assistant, {"role": "user", "content": EASY}]}
