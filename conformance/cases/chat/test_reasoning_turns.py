"""Reasoning > Manage reasoning across multiple turns: left out, sent back, altered, and what is counted."""

from typing import Any

import pytest

from conformance.cases import decides
from conformance.checks.findings import assume_member, get, observation
from conformance.checks.reasoning import CONTENT, documented_indices, older_reasoning_is_free
from conformance.probing.judge import Judge
from conformance.probing.probes import ask
from conformance.probing.surface import Chat

TURN = ask("Why is the sky blue?", max_tokens=2048, thinking={"type": "enabled", "budget_tokens": 1024})
LONG_TURN = ask(
    "Think about it in great detail: why is the sky blue?",
    max_tokens=4096,
    thinking={"type": "enabled", "budget_tokens": 2048},
)
AGAIN = ("Say it so that a child understands.", "Now say it in one sentence.")
TEXT = "Because air scatters blue light more than red light."

Message = dict[str, Any]


def continued(*messages: Message, turn: dict[str, Any] = TURN) -> dict[str, Any]:
    """`turn`, with earlier messages of the assistant, each followed by a next question of the user."""
    thread = list(turn["messages"])
    for message, question in zip(messages, AGAIN, strict=False):
        thread += [message, {"role": "user", "content": question}]
    return {**turn, "messages": thread}


@pytest.fixture
def claude(chat: Chat) -> Chat:
    """The model that this section of the documents is about."""
    return chat.on("claude-sonnet-4-5")


def answered(claude: Chat, turn: dict[str, Any] = TURN) -> Message:
    """The assistant's message in answer to a turn, as it came over the wire."""
    return assume_member(claude.ask(turn).body, "choices.0.message", dict)


def reasoning_of(message: Message) -> list[Message]:
    """The content blocks of a message. Raises `Undecided` if it is no list."""
    return assume_member({"choices": [{"message": message}]}, CONTENT, list)


@decides("REASON-MT-OMIT", "REASON-CLAUDE-SHAPE")
def test_left_out(claude: Chat, judge: Judge) -> None:
    """An earlier turn may come back as plain text, without its reasoning, while thinking is on."""
    plain = continued({"role": "assistant", "content": TEXT})
    answer = claude.accepts(plain, "REASON-MT-OMIT", control=TURN)
    judge(documented_indices(answer.body), "REASON-CLAUDE-SHAPE")


@decides("REASON-MT-REPLAY")
def test_sent_back(claude: Chat) -> None:
    """The full, unmodified assistant message is accepted as part of the next request."""
    content = reasoning_of(answered(claude))
    claude.accepts(continued({"role": "assistant", "content": content}))


@decides("REASON-MT-REPLAY-SDK")
def test_sent_back_by_an_sdk(claude: Chat) -> None:
    """What this target sent is accepted as an SDK sends it back; with more nulls than it sent is recorded."""
    message = answered(claude)
    reasoning_of(message)
    claude.accepts(continued(message), what="the message as the target sent it")
    nulls = dict.fromkeys(("refusal", "annotations", "audio", "function_call", "tool_calls"))
    claude.records(continued({**nulls, **message}), "the message with all fields of the SDK null")


@pytest.mark.costly
@decides("REASON-MT-MODIFIED")
def test_altered(claude: Chat) -> None:
    """A reasoning block whose text or signature was altered is no valid input."""
    content = reasoning_of(answered(claude))
    summary = assume_member(content, "0.summary.0", dict)
    signature, words = assume_member(summary, "signature", str), assume_member(summary, "text", str)
    untouched = claude.ask(continued({"role": "assistant", "content": content}))
    for what, altered in {
        "signature": {**summary, "signature": ("A" if signature[:1] != "A" else "B") + signature[1:]},
        "text": {**summary, "text": f"Not so: {words}"},
        "unsigned": {name: value for name, value in summary.items() if name != "signature"},
    }.items():
        blocks = [{**content[0], "summary": [altered]}, *content[1:]]
        changed = continued({"role": "assistant", "content": blocks})
        claude.refuses_or_records(changed, control=untouched, what=f"reasoning with altered {what}")


@pytest.mark.costly
@decides("REASON-MT-TOKENS")
def test_older_reasoning_is_not_counted(claude: Chat, judge: Judge) -> None:
    """Reasoning of an older turn costs no input tokens; that of the last turn may."""
    first = {"role": "assistant", "content": reasoning_of(answered(claude, LONG_TURN))}
    second = {
        "role": "assistant",
        "content": reasoning_of(
            assume_member(claude.ask(continued(first, turn=LONG_TURN)).body, "choices.0.message", dict)
        ),
    }
    counts = {
        name: assume_member(claude.ask(continued(one, other, turn=LONG_TURN)).body, "usage.prompt_tokens", int)
        for name, one, other in (
            ("all", first, second),
            ("without the first", without_reasoning(first), second),
            ("without the last", first, without_reasoning(second)),
        )
    }
    judge(older_reasoning_is_free(counts["all"], counts["without the first"]))
    judge([observation("prompt_tokens", ", ".join(f"{name} {count}" for name, count in counts.items()))])


def without_reasoning(message: Message) -> Message:
    """The message with its text alone."""
    return {**message, "content": [block for block in message["content"] if get(block, "type") != "reasoning"]}
