"""The model behind the gateway: canned and deterministic, yet it answers from what it was really given.

Its answers say what reached it (words, decoded images, recordings), are long when length was asked for, and keep the cap.
The same request is answered alike every time, unless the policy has it vary.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.reference import images, media_parts, tokens
from conformance.reference.calls import Json
from conformance.reference.media_parts import Clip, Kind
from conformance.reference.policy import Policy
from conformance.reference.prompt import Modality, Prompt
from conformance.reference.script import Script
from conformance.reference.tools import Choice, Tool, ToolCall, called, instance

_LENGTH_WANTED = re.compile(
    r"\b(?:long|lengthy|detail\w*|essay|stor(?:y|ies)|poem|thorough\w*|exhaustive\w*|elaborate\w*|extensive\w*|count"
    r"|step[ -]by[ -]step|at least|as many|\d{2,} (?:\w+ )?(?:words|sentences|lines|paragraphs|items|numbers)"
    r"|(?:hundred|thousand)\w*|\d{3,})\b",
    re.IGNORECASE,
)
_DEEP = 1200
"""Tokens of the reasoning before a long answer, where a budget allows it."""
_OPENINGS = ("", "Well. ", "Let me see. ", "Of course: ", "That is a good question. ")
"""How an answer may begin that need not be the same each time."""


@dataclass(frozen=True, slots=True)
class GenerationParams:
    """What a request asks of the answer: caps and reasoning in tokens, stop texts, tools, and a JSON Schema to fill."""

    cap: int | None = None
    reasoning: int = 0
    budget: int | None = None
    stops: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    choice: Choice = field(default_factory=Choice)
    json_schema: Json = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer, a text or calls, with its token counts, of the prompt by modality. `cut`: the cap ended it."""

    text: str
    reasoning: str
    calls: tuple[ToolCall, ...]
    cut: bool
    prompt: Mapping[Modality, int]
    reasoning_tokens: int
    text_tokens: int

    @property
    def prompt_tokens(self) -> int:
        """All that was read."""
        return sum(self.prompt.values())

    @property
    def output_tokens(self) -> int:
        """All that was generated: reasoning and answer."""
        return self.reasoning_tokens + self.text_tokens


def reply(prompt: Prompt, params: GenerationParams, policy: Policy, script: Script | None = None) -> Reply:
    """Answers a prompt. Reasoning comes first and may eat a share of the cap; what is left is the answer's.

    With a script its next entry is the answer. When it is used up the model answers by itself, and calls no tool.
    """
    long = bool(_LENGTH_WANTED.search(prompt.asked))
    reasoning = _reasoning(prompt, params, policy, long=long)
    spent = tokens.of_text(reasoning)
    room = None if params.cap is None or policy.cap_excess is None else params.cap + policy.cap_excess
    if room is not None and policy.reasoning_capped:
        room -= spent
    decided = script.next(params.tools) if script else _calls(prompt, params, policy)
    if decided and not isinstance(decided, str):
        length = sum(tokens.of_text(call.input) for call in decided)
        if room is None or length <= room:
            return Reply("", reasoning, decided, False, prompt.tokens(policy), spent, length)
        said = "".join(call.input for call in decided)
    else:
        said = decided if isinstance(decided, str) else _answer(prompt, params, policy, long=long)
    text, cut = _limited(said, room, params.stops)
    return Reply(text, reasoning, (), cut, prompt.tokens(policy), spent, tokens.of_text(text))


def _calls(prompt: Prompt, params: GenerationParams, policy: Policy) -> tuple[ToolCall, ...]:
    """What the model calls by itself: one tool at most."""
    if not params.tools or (policy.stops_calling and prompt.after_tool):
        return ()
    call = called(params.tools, params.choice, prompt.asked, after_tool=prompt.after_tool)
    return (call,) if call else ()


def _reasoning(prompt: Prompt, params: GenerationParams, policy: Policy, *, long: bool) -> str:
    wanted = params.reasoning
    if params.budget is not None:
        wanted = min(params.budget, _DEEP if long else wanted)
    if policy.answers_vary:
        wanted = wanted * (75 + secrets.randbelow(50)) // 100
    if params.cap is not None and policy.reasoning_capped:
        wanted = min(wanted, max(int(params.cap * policy.reasoning_share), min(1, params.cap - 1)))
    return tokens.cut(_stretched(f"The question reads: {_quoted(prompt.asked)}. ", "Thought", wanted), wanted)


def _limited(text: str, room: int | None, stops: tuple[str, ...]) -> tuple[str, bool]:
    ends = [at for stop in stops if stop and (at := text.find(stop)) >= 0]
    if ends:
        text = text[: min(ends)]
    if room is None or tokens.of_text(text) <= room:
        return text, False
    return tokens.cut(text, room), True


def _answer(prompt: Prompt, params: GenerationParams, policy: Policy, *, long: bool) -> str:
    if params.json_schema is not None:
        return json.dumps(instance(params.json_schema), ensure_ascii=False)
    said = f"I read: {_quoted(prompt.asked)}." if prompt.asked else "I read no question."
    if prompt.after_tool:
        said = f"The tool returned: {_quoted(prompt.turns[-1].text)}."
    given = _given(prompt)
    if given:
        said += f" I was given {'; '.join(given)}."
    if policy.answers_vary:
        said = secrets.choice(_OPENINGS) + said
    return _stretched(said + " ", "Sentence", policy.longest_answer).rstrip() if long else said


def _given(prompt: Prompt) -> list[str]:
    """What came beside the text."""
    pictures = [picture for turn in prompt.turns for picture in turn.pictures]
    clips: dict[Kind, list[Clip]] = {}
    for turn in prompt.turns:
        for clip in turn.clips:
            clips.setdefault(clip.kind, []).append(clip)
    return [*([images.described(pictures)] if pictures else []), *media_parts.described(clips)]


def _quoted(text: str) -> str:
    """The first words of a text on one line."""
    words = text.split(None, 12)[:12]
    return f"“{' '.join(words)[:80]}”"


def _stretched(start: str, noun: str, most: int) -> str:
    """`start`, and then numbered sentences until it counts at least `most` tokens."""
    parts, length, number = [start], len(start), 0
    while length < most * tokens.CHARACTERS_A_TOKEN:
        number += 1
        parts.append(f"{noun} {number} adds a little more to what was said before. ")
        length += len(parts[-1])
    return "".join(parts) if most else ""
