"""Reasoning: switched on and off, its blocks and their order, the budget, and effort."""

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks import reasoning
from conformance.checks.answers import accepted, is_success
from conformance.checks.chat import holds_answer
from conformance.checks.findings import observation
from conformance.checks.usage import reasoning_tokens, reasoning_tokens_are_reported
from conformance.probing.judge import Judge
from conformance.probing.probes import ask
from conformance.probing.surface import Answer, Chat
from conformance.wire.exchange import Exchange

BUDGET = 1024
"""The least budget that the provider of these models takes, in tokens."""
QUESTION = "Why is the sky blue?"
EFFORTS = ("low", "medium", "high")


def thinking(max_tokens: int = 2048, budget: int = BUDGET) -> dict[str, object]:
    """The fields that switch reasoning on for a hybrid model."""
    return {"max_tokens": max_tokens, "thinking": {"type": "enabled", "budget_tokens": budget}}


def with_effort(model: Chat, *efforts: str) -> dict[str, Exchange]:
    """The same question with each effort, answered or not."""
    return {effort: model.send(ask(QUESTION, max_tokens=4096, reasoning_effort=effort)) for effort in efforts}


def answers_by_effort(sent: Mapping[str, Exchange]) -> dict[str, Any]:
    """The bodies of those that were answered, by effort."""
    return {effort: Answer(given).body for effort, given in sent.items() if is_success(given)}


def tokens_told(plain: Answer, sent: Mapping[str, Exchange]) -> dict[str, list[int | None]]:
    """The reasoning tokens that answers tell, by effort; `omitted` are those of the `plain` one."""
    bodies = {"omitted": plain.body} | answers_by_effort(sent)
    return {effort: [reasoning_tokens(body)] for effort, body in bodies.items()}


@pytest.mark.smoke
@decides(
    "REASON-CLAUDE-ENABLE", "REASON-CLAUDE-SHAPE", "REASON-BLOCK-TYPES", "REASON-SIGNATURE", "REASON-THINK-AND-TEXT",
    "REASON-TOKENS-USAGE",
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
    judge(reasoning_tokens_are_reported(body), "REASON-TOKENS-USAGE")


@decides("REASON-BUDGET-LT-MAX")
def test_budget_below_max_tokens(chat: Chat) -> None:
    """budget_tokens one below max_tokens is accepted; equal to it, and above it, is refused."""
    claude = chat.on("claude-sonnet-4-5")
    below = claude.accepts(
        ask(QUESTION, **thinking(BUDGET + 1)), control=ask(QUESTION, **thinking()), what="a budget below max_tokens"
    )
    claude.refuses(ask(QUESTION, **thinking(BUDGET)), control=below)
    claude.refuses(ask(QUESTION, **thinking(BUDGET - 1)), control=below)


@pytest.mark.costly
@decides("REASON-BUDGET-NO-MAX")
def test_budget_without_max_tokens(chat: Chat, judge: Judge) -> None:
    """What a budget means without max_tokens is not settled: recorded."""
    claude = chat.of_family("claude")
    body = {key: value for key, value in ask(QUESTION, **thinking()).items() if key != "max_tokens"}
    claude.records(body, "thinking without max_tokens")


@pytest.mark.parametrize("model", ["gpt-oss-120b", pytest.param("gpt-oss-20b", marks=pytest.mark.costly)])
@decides("REASON-OSS-VALUES", "REASON-OSS-ALWAYS", "REASON-OSS-DEFAULT")
def test_gpt_oss_effort(chat: Chat, judge: Judge, model: str) -> None:
    """gpt-oss reasons unasked, and takes low, medium and high; by one answer each, medium is the default."""
    oss = chat.on(model)
    plain = oss.ask(ask(QUESTION, max_tokens=4096))
    judge(reasoning.reasoned(plain.body), "REASON-OSS-ALWAYS")
    sent = with_effort(oss, *EFFORTS)
    for effort, exchange in sent.items():
        what = f"reasoning_effort {effort}"
        if judge(accepted(exchange, what, members=oss.answers_with), "REASON-OSS-VALUES", about=exchange):
            judge(holds_answer(Answer(exchange).body), "REASON-OSS-VALUES", about=exchange)
            judge(reasoning.reasoned(Answer(exchange).body), "REASON-OSS-ALWAYS", about=exchange)
    judge(reasoning.default_looks_like("medium", tokens_told(plain, sent)), "REASON-OSS-DEFAULT")


@pytest.mark.costly
@decides("REASON-OSS-VALUES")
def test_gpt_oss_other_efforts(chat: Chat) -> None:
    """What gpt-oss does with values that are not listed is not stated: recorded."""
    for effort in ("none", "minimal"):
        chat.of_family("gpt-oss").records(ask(QUESTION, reasoning_effort=effort), f"reasoning_effort {effort}")


@decides("REASON-GPT51-NONE", "REASON-GPT51-OVERRIDE", "REASON-GPT51-DEFAULT")
def test_gpt_5_1_effort(chat: Chat, judge: Judge) -> None:
    """GPT-5.1 takes none, which is its default; at least one of low, medium and high overrides it."""
    gpt = chat.of_family("gpt-5-1")
    plain = gpt.ask(ask(QUESTION, max_tokens=4096))
    sent = with_effort(gpt, "none", *EFFORTS)
    judge(accepted(sent["none"], "reasoning_effort none"), "REASON-GPT51-NONE", about=sent["none"])
    if is_success(sent["none"]):
        judge(holds_answer(Answer(sent["none"]).body), "REASON-GPT51-NONE", about=sent["none"])
    taken = answers_by_effort({effort: sent[effort] for effort in EFFORTS})
    override = [observation("accepted", ", ".join(taken))] if taken else accepted(sent["high"], "reasoning_effort")
    judge(override, "REASON-GPT51-OVERRIDE")
    for effort, body in taken.items():
        judge(holds_answer(body), "REASON-GPT51-OVERRIDE", about=sent[effort])
    judge(reasoning.effort_takes_effect(taken), "REASON-GPT51-OVERRIDE")
    judge(reasoning.default_is_none(tokens_told(plain, sent)), "REASON-GPT51-DEFAULT")


@decides("REASON-GEMINI-EFFORT", "REASON-THINK-AND-TEXT", "REASON-BLOCK-TYPES")
def test_gemini_effort(chat: Chat, judge: Judge) -> None:
    """gemini-3-1-pro takes reasoning_effort high, and answers with text beside its reasoning."""
    plain = ask(QUESTION, max_tokens=2000)
    gemini = chat.on("gemini-3-1-pro")
    body = gemini.accepts({**plain, "reasoning_effort": "high"}, "REASON-GEMINI-EFFORT", control=plain).body
    judge(holds_answer(body), "REASON-GEMINI-EFFORT")
    judge(reasoning.effort_takes_effect({"high": body}), "REASON-GEMINI-EFFORT")
    judge(reasoning.has_text_and_thought(body), "REASON-THINK-AND-TEXT")
    judge(reasoning.block_types(body), "REASON-BLOCK-TYPES")


@pytest.mark.costly
@decides("REASON-BUDGET-32K")
def test_large_budget(chat: Chat) -> None:
    """A budget over 32K may be used up or not; whether it is accepted is recorded."""
    for budget in (32_768, 40_000):
        chat.of_family("claude").records(ask("Say hello.", **thinking(budget + 1024, budget)), f"a budget of {budget}")


@pytest.mark.costly
@pytest.mark.parametrize("value", [{"type": "disabled"}, None], ids=["disabled", "null"])
@decides("REASON-CLAUDE-DISABLED")
def test_thinking_switched_off(chat: Chat, judge: Judge, value: object) -> None:
    """thinking of type disabled, and null: whether it is taken is recorded; if it is, nothing is reasoned."""
    sent = chat.of_family("claude").records({**chat.hello, "thinking": value}, f"thinking {value}")
    if is_success(sent):
        judge(reasoning.did_not_reason(Answer(sent).body))


@pytest.mark.costly
@decides("REASON-EFFORT-LIMITED")
def test_effort_on_claude(chat: Chat) -> None:
    """reasoning_effort is for a limited set of models; what Claude does with it is recorded."""
    chat.of_family("claude").records(ask(QUESTION, reasoning_effort="low"), "reasoning_effort on Claude")


@pytest.mark.costly
@pytest.mark.parametrize("family", ["gpt-5", "gpt-oss", "gemini"])
@decides("REASON-THINKING-NONCLAUDE")
def test_thinking_elsewhere(chat: Chat, family: str) -> None:
    """thinking on other families is not described: recorded."""
    chat.of_family(family).records(ask(QUESTION, **thinking()), "thinking")


@pytest.mark.costly
@decides("REASON-GEMINI-DEFAULT")
def test_gemini_default_effort(chat: Chat, judge: Judge) -> None:
    """The default of gemini-3-1-pro is low, as far as one answer each can tell."""
    gemini = chat.on("gemini-3-1-pro")
    plain = gemini.ask(ask(QUESTION, max_tokens=4096))
    judge(reasoning.default_looks_like("low", tokens_told(plain, with_effort(gemini, *EFFORTS))))


@pytest.mark.statistics
@pytest.mark.parametrize(
    ("family", "default"),
    [
        pytest.param("gpt-oss", "medium", marks=decides("REASON-OSS-DEFAULT"), id="gpt-oss"),
        pytest.param("gemini", "low", marks=decides("REASON-GEMINI-DEFAULT"), id="gemini"),
        pytest.param("gpt-5-1", "none", marks=decides("REASON-GPT51-DEFAULT"), id="gpt-5-1"),
    ],
)
def test_default_effort_over_many(chat: Chat, judge: Judge, family: str, default: str) -> None:
    """The default effort by the reasoning tokens of ten answers each: what chance there is in one evens out."""
    model, told = chat.of_family(family), dict[str, list[int | None]]()
    for _ in range(reasoning.MANY):
        plain = model.ask(ask(QUESTION, max_tokens=4096))
        for effort, counts in tokens_told(plain, with_effort(model, *EFFORTS, *({default} - {*EFFORTS}))).items():
            told.setdefault(effort, []).extend(counts)
    judge(reasoning.default_looks_like(default, told))
