"""Reasoning: switched on and off, its blocks and their order, the budget, and effort."""

import pytest

from conformance.cases import decides
from conformance.cases.judge import Judge
from conformance.cases.probes import ask
from conformance.cases.surface import Answer, Chat
from conformance.checks import reasoning
from conformance.checks.answers import accepted, is_success
from conformance.checks.findings import observation
from conformance.checks.usage import chat_adds_up, reasoning_tokens

BUDGET = 1024
"""The least budget that the provider of these models takes, in tokens."""
QUESTION = "Why is the sky blue?"
NONE = {"reasoning_effort": "none"}


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
    claude = chat.of_family("claude")
    body = {key: value for key, value in ask(QUESTION, **thinking()).items() if key != "max_tokens"}
    claude.records(body, "thinking without max_tokens")


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


@pytest.mark.costly
@decides("REASON-BUDGET-32K")
def test_large_budget(chat: Chat) -> None:
    """A budget over 32K may be used up or not; whether it is accepted is recorded."""
    for budget in (32_768, 40_000):
        chat.of_family("claude").records(ask("Say hello.", **thinking(budget + 1024, budget)), f"a budget of {budget}")


@pytest.mark.parametrize("value", [{"type": "disabled"}, None], ids=["disabled", "null"])
@decides("REASON-CLAUDE-DISABLED")
def test_thinking_switched_off(chat: Chat, judge: Judge, value: object) -> None:
    """thinking of type disabled, and null: whether it is taken is recorded; if it is, nothing is reasoned."""
    sent = chat.of_family("claude").records({**chat.hello, "thinking": value}, f"thinking {value}")
    if is_success(sent):
        judge(reasoning.did_not_reason(Answer(sent).body))


@decides("REASON-EFFORT-LIMITED")
def test_effort_on_claude(chat: Chat) -> None:
    """reasoning_effort is for a limited set of models; what Claude does with it is recorded."""
    chat.of_family("claude").records(ask(QUESTION, reasoning_effort="low"), "reasoning_effort on Claude")


@pytest.mark.parametrize("family", ["gpt-5", "gpt-oss", "gemini"])
@decides("REASON-THINKING-NONCLAUDE")
def test_thinking_elsewhere(chat: Chat, family: str) -> None:
    """thinking on other families is not described: recorded."""
    chat.of_family(family).records(ask(QUESTION, **thinking()), "thinking")


@pytest.mark.parametrize("family", ["claude", "gpt-5", "gpt-5-1", "gpt-oss", "gemini"])
@decides("REASON-VIA-CHAT")
def test_reasoning_models_on_chat(chat: Chat, judge: Judge, family: str) -> None:
    """Each reasoning model can be reached through chat completions."""
    model = chat.of_family(family)
    judge(accepted(model.attempt(model.hello), f"a request to {model.documented_model}"))


@pytest.mark.parametrize("family", ["claude", "gpt-5", "gpt-oss", "gemini"])
@decides("REASON-TOKENS-USAGE")
def test_reasoning_tokens(chat: Chat, judge: Judge, family: str) -> None:
    """Reasoning tokens exist besides input and output; where they are told is recorded."""
    fields = thinking() if family == "claude" else {"max_tokens": 1024}
    tokens = reasoning_tokens(chat.of_family(family).ask(ask(QUESTION, **fields)).body)
    judge([observation("reasoning tokens", "not told apart" if tokens is None else tokens)])


@decides("REASON-GPT51-DEFAULT")
def test_gpt_5_1_default(chat: Chat, judge: Judge) -> None:
    """GPT-5.1 does not reason unless asked: leaving reasoning_effort out equals none."""
    gpt = chat.of_family("gpt-5-1")
    told = {
        effort: reasoning_tokens(gpt.ask(ask(QUESTION, max_tokens=1024, **fields)).body)
        for effort, fields in (("omitted", {}), ("none", NONE), ("high", {"reasoning_effort": "high"}))
    }
    judge(reasoning.default_is_none(told))


@pytest.mark.parametrize(
    ("family", "default"),
    [
        pytest.param("gpt-oss", "medium", marks=decides("REASON-OSS-DEFAULT"), id="gpt-oss"),
        pytest.param("gemini", "low", marks=decides("REASON-GEMINI-DEFAULT"), id="gemini"),
    ],
)
def test_default_effort(chat: Chat, judge: Judge, family: str, default: str) -> None:
    """The default effort, seen by the reasoning tokens of one answer each: weak evidence, told and no more."""
    model = chat.of_family(family)
    told = {
        effort: reasoning_tokens(model.ask(ask(QUESTION, max_tokens=4096, **fields)).body)
        for effort, fields in (
            ("omitted", {}),
            *((effort, {"reasoning_effort": effort}) for effort in ("low", "medium", "high")),
        )
    }
    judge(reasoning.default_looks_like(default, told))
