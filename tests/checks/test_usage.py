"""Usage arithmetic: each identity off by one, and each latitude."""

from typing import Any

import pytest

from conformance.checks import usage
from conformance.checks.findings import collect, observation

from .samples import CHAT, GEMINI, GONE, RESPONSE, answered, change, judged, told, unanswered

TOTAL = "usage.total_tokens"
META = "usageMetadata."


def chat(total: Any, reasoning: Any = GONE, prompt: Any = 7, completion: Any = 74) -> Any:
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return {"usage": counts if reasoning is GONE else counts | {"completion_tokens_details": reasoning}}


def cached(total: int, read: int | None, created: int | None) -> Any:
    """Usage as Claude's provider tells it."""
    caches = {"cache_read_input_tokens": read, "cache_creation_input_tokens": created}
    return {"usage": chat(total)["usage"] | caches}


@pytest.mark.parametrize(
    ("body", "reasons", "found"),
    [
        (chat(81), False, []),
        (chat(81.0), False, []),
        (chat(81, {"reasoning_tokens": 60}), True, []),  # reasoning inside the completion
        (chat(91, {"reasoning_tokens": 10}), True, []),  # on top of it
        (chat(91, {"reasoning_tokens": 10.0}), True, []),
        (chat(81, None), True, []),
        (chat(91, {"reasoning_tokens": 10}), False, [("violation", TOTAL)]),
        (chat(92, {"reasoning_tokens": 10}), True, [("violation", TOTAL)]),
        (chat(91), True, [("warning", "")]),  # reasoning on top of it, perhaps: its count is not told
        (chat(91, {"reasoning_tokens": None}), True, [("warning", "")]),
        (chat(91, {"reasoning_tokens": True}), True, [("warning", "")]),
        (chat(91, {"reasoning_tokens": 0}), True, [("violation", TOTAL)]),  # told to be none
        (chat(91, {"reasoning_tokens": None}), False, [("violation", TOTAL)]),
        (chat(80), True, [("violation", TOTAL)]),
        (chat(82), False, [("violation", TOTAL)]),
        (cached(96, 10, 5), False, []),  # the prompt leaves out what the cache read and wrote
        (cached(91, 10, None), False, []),
        (cached(81, 10, 5), False, []),
        (cached(97, 10, 5), False, [("violation", TOTAL)]),
        (cached(97, 10, 5), True, [("warning", "")]),
        (chat(100, {"reasoning_tokens": 18}), True, [("violation", TOTAL)]),
        (chat(0, GONE, 0, 0), False, [("undecided", "")]),
        (chat(81.5), False, [("undecided", "")]),
        (chat(None), False, [("undecided", "")]),
        (chat("81"), False, [("undecided", "")]),
        ({"usage": None}, False, [("undecided", "")]),
    ],
)
def test_chat(body: Any, reasons: bool, found: list[tuple[str, str]]) -> None:
    assert judged(usage.chat_adds_up(body, reasoning=reasons)) == found


def test_what_a_cache_took_may_come_on_top() -> None:
    (found,) = told(usage.chat_adds_up(cached(97, 10, 5)))
    assert found.expected == "7 + 74 = 81 or 7 + 74 + 15 = 96"
    assert collect(usage.chat_adds_up(cached(96, 10, 5))) == [
        observation("identity", "total = prompt + completion + cached")
    ]


@pytest.mark.parametrize("body", [None, {}, {"choices": []}, {"usage": None}, {"usage": {}}])
def test_without_usage_no_reasoning_is_recorded(body: Any) -> None:
    assert judged(usage.reasoning_tokens_are_reported(body)) == [("undecided", "")]


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("name", ["candidatesTokenCount", "promptTokenCount", "thoughtsTokenCount", "totalTokenCount"])
def test_a_count_in_snake_case_is_told_as_such(name: str) -> None:
    counts = {snake(key) if key == name else key: count for key, count in GEMINI["usageMetadata"].items()}
    (found,) = told(usage.gemini_adds_up({"usageMetadata": counts}))
    assert (found.kind, found.path) == ("violation", "usageMetadata")
    assert found.message == f"usageMetadata.{name} is absent; {snake(name)} is there"


def test_usage_in_snake_case_is_told_as_such() -> None:
    counts = {snake(key): count for key, count in GEMINI["usageMetadata"].items()}
    (found,) = told(usage.gemini_adds_up({"usage_metadata": counts}))
    assert found.message == "usageMetadata is absent; usage_metadata is there"
    assert usage.snake_case_usage(GEMINI) == usage.snake_case_usage({}) == usage.snake_case_usage(None) == ""


def test_both_identities_are_told() -> None:
    (found,) = told(usage.chat_adds_up(chat(92, {"reasoning_tokens": 10}), reasoning=True))
    assert (found.expected, found.actual) == ("7 + 74 = 81 or 7 + 74 + 10 = 91", "92")
    (found,) = told(usage.chat_adds_up(chat(80), reasoning=True))
    assert found.expected == "7 + 74 = 81"
    (found,) = told(usage.chat_adds_up(chat(91), reasoning=True))
    assert found.message.startswith("10 tokens of the total")
    (found,) = told(usage.chat_adds_up(chat(92, {"reasoning_tokens": 10})))
    assert found.expected == "7 + 74 = 81"
    assert collect(usage.chat_adds_up(chat(81))) == [observation("identity", "total = prompt + completion")]
    assert collect(usage.chat_adds_up(chat(91, {"reasoning_tokens": 10}), reasoning=True)) == [
        observation("identity", "total = prompt + completion + reasoning")
    ]


def test_the_sum_that_was_expected_is_told() -> None:
    (found,) = told(usage.responses_adds_up(change(RESPONSE, (TOTAL, 80))))
    assert (found.expected, found.actual) == ("7 + 74 = 81", "80")
    (found,) = told(usage.gemini_adds_up(change(GEMINI, (META + "totalTokenCount", 32))))
    assert (found.expected, found.actual) == ("7 + 2 + 24 + 0 = 33", "32")


HIDDEN = {"completion_tokens_details": {"reasoning_tokens": 5}, "reasoning_tokens": 3}


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (CHAT, None),
        (RESPONSE, 64),
        ({"usage": HIDDEN}, 5),
        ({"usage": HIDDEN | {"completion_tokens_details": {"reasoning_tokens": 0}}}, 0),
        ({"usage": HIDDEN | {"completion_tokens_details": {"reasoning_tokens": None}}}, 3),
        ({"usage": {"reasoning_tokens": 3.0}}, 3),
        ({"usage": {"output_tokens_details": {"reasoning_tokens": "5"}}}, None),
        (None, None),
    ],
)
def test_where_reasoning_is_told_apart(body: Any, count: int | None) -> None:
    assert usage.reasoning_tokens(body) == count


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("usage.prompt_tokens", 7.0, []),
        ("usage.completion_tokens", 0, []),
        ("usage.prompt_tokens", 1, []),
        ("usage.prompt_tokens", 0, [("violation", "usage.prompt_tokens")]),
        ("usage.completion_tokens", -1, [("violation", "usage.completion_tokens")]),
        (TOTAL, None, [("violation", TOTAL)]),
        (TOTAL, "81", [("violation", TOTAL)]),
        (TOTAL, True, [("violation", TOTAL)]),
        (TOTAL, 81.5, [("violation", TOTAL)]),
        (TOTAL, GONE, [("violation", TOTAL)]),
        ("usage", None, [("violation", "usage.prompt_tokens")]),
    ],
)
def test_counts(path: str, value: Any, found: list[tuple[str, str]]) -> None:
    assert judged(usage.has_counts(change(CHAT, (path, value)))) == found


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (TOTAL, 81, []),
        ("usage.output_tokens_details.reasoning_tokens", 1000, []),  # part of the output, whatever it is
        (TOTAL, 80, [("violation", TOTAL)]),
        (TOTAL, 145, [("violation", TOTAL)]),
        ("usage.input_tokens", 8, [("violation", TOTAL)]),
        ("usage", {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}, [("warning", TOTAL)]),
        ("usage", {"input_tokens": 1, "output_tokens": 0, "total_tokens": 1}, []),
        (TOTAL, 0, [("warning", TOTAL), ("violation", TOTAL)]),
        ("usage.input_tokens", GONE, [("undecided", "")]),
        ("usage", GONE, [("undecided", "")]),
    ],
)
def test_responses(path: str, value: Any, found: list[tuple[str, str]]) -> None:
    assert judged(usage.responses_adds_up(change(RESPONSE, (path, value)))) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], []),
        ([(META + "toolUsePromptTokenCount", 5), (META + "totalTokenCount", 38)], []),
        ([(META + "candidatesTokenCount", GONE), (META + "totalTokenCount", 31)], []),  # a zero is left out
        ([(META + "thoughtsTokenCount", None), (META + "totalTokenCount", 9.0)], []),
        ([(META + "cachedContentTokenCount", 6)], []),  # part of the prompt
        ([(META + "totalTokenCount", 32)], [("violation", META + "totalTokenCount")]),
        ([(META + "totalTokenCount", 9)], [("violation", META + "totalTokenCount")]),
        ([(META + "toolUsePromptTokenCount", 5)], [("violation", META + "totalTokenCount")]),
        ([("usageMetadata", {"totalTokenCount": 0})], [("warning", META + "totalTokenCount")]),
        ([("usageMetadata", {"promptTokenCount": 1, "totalTokenCount": 1})], []),
        (
            [(META + "totalTokenCount", 0)],
            [("warning", META + "totalTokenCount"), ("violation", META + "totalTokenCount")],
        ),
        ([(META + "promptTokenCount", "7")], [("undecided", "")]),
        ([("usageMetadata", GONE)], [("undecided", "")]),
    ],
)
def test_gemini(changes: list[tuple[str, Any]], found: list[tuple[str, str]]) -> None:
    assert judged(usage.gemini_adds_up(change(GEMINI, *changes))) == found


KEPT: list[tuple[str, str]] = []
BROKEN, OPEN = [("violation", "p")], [("undecided", "")]


@pytest.mark.parametrize(
    ("made", "reasoning", "text", "cut", "found"),
    [
        (32, None, "Sea.", True, KEPT),
        (32, None, "Sea.", False, KEPT),  # that it does not say so is another check's
        (30, None, "Sea.", True, KEPT),
        (96, 64, "Sea.", True, KEPT),
        (32, 32, "", True, KEPT),  # all spent on reasoning
        (33, None, "Sea.", True, BROKEN),
        (33, None, "Sea.", False, BROKEN),
        (97, 64, "Sea.", True, BROKEN),
        (33, 0, "Sea.", True, BROKEN),
        (31, None, "Sea.", False, OPEN),
        (31, 20, "Sea.", False, OPEN),
        (0, None, "", False, OPEN),
        (0, None, "Sea.", True, OPEN),
        (0, None, "Sea.", False, OPEN),
    ],
)
def test_cap(made: int, reasoning: int | None, text: str, cut: bool, found: list[tuple[str, str]]) -> None:
    assert judged(usage.cap_is_kept(made, reasoning, 32, "p", text=text, cut=cut)) == found


def test_why_a_cap_shows_nothing() -> None:
    (found,) = told(usage.cap_is_kept(0, None, 32, "usage.output_tokens", text="Sea.", cut=True))
    assert found.message == "usage.output_tokens is 0 although the answer has 4 characters"
    for made, text in ((31, "Sea."), (0, "")):
        (found,) = told(usage.cap_is_kept(made, None, 32, "p", text=text, cut=False))
        assert found.message == f"the answer ended by itself after {made} tokens, below the cap of 32"


@pytest.mark.parametrize(("before", "after", "grown"), [(7, 8, True), (0, 500, True), (7, 7, False), (10, 9, False)])
def test_growth(before: int, after: int, grown: bool) -> None:
    found = told(usage.grows(("one image", before), ("two images", after), "p"))
    assert [(each.kind, each.expected, each.actual, each.path) for each in found] == (
        [] if grown else [("violation", f"more than {before}", str(after), "p")]
    )
    assert all(each.message == "two images: no more input tokens than one image" for each in found)


@pytest.mark.parametrize(
    ("body", "told_as", "most"),
    [
        (chat(81), "not told apart", None),
        (chat(81, {"reasoning_tokens": 0}), "0", None),
        (chat(81, {"reasoning_tokens": 74}), "74", None),
        (chat(81, {"reasoning_tokens": 75}), "75", "at most 74"),
        (chat(156, {"reasoning_tokens": 75}), "75", None),  # on top of the completion
        (chat(7, {"reasoning_tokens": 1}), "1", "at most 0"),
        (chat(5, {"reasoning_tokens": 0}), "0", None),
        (chat(None, {"reasoning_tokens": 75}), "75", None),
        (chat(81, {"reasoning_tokens": 75}, prompt="7"), "75", None),
    ],
)
def test_no_more_reasoning_is_told_than_was_made(body: Any, told_as: str, most: str | None) -> None:
    first, *more = collect(usage.reasoning_tokens_are_reported(body))
    assert first == observation("reasoning tokens", told_as)
    assert [(each.kind, each.expected, each.actual) for each in more] == ([("warning", most, told_as)] if most else [])


def test_reported_tokens() -> None:
    exchanges = [
        answered(b"data: {}"),
        answered(CHAT),
        answered(RESPONSE),
        answered(GEMINI),
        unanswered(),
        answered([]),
    ]
    assert usage.reported_tokens(exchanges) == (21, 74 + 74 + 2)
