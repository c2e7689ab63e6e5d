"""Why requirements did not pass: one cause, one headline, and nothing is put together that is not the same reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.verdicts import Verdict
from conformance.report.causes import LONGEST_SUMMARY, PROBLEMS
from conformance.report.errors_told import normalised
from conformance.report.html import page
from conformance.report.results import CaseResult, Cause, read
from conformance.report.terminal import summary
from conformance.requirements import catalogue
from tests.report.made import altered, case, exchange, finding, generated, plain, rendered, results, shown
from tests.report.parsed import HOSTILE, Page, assert_inert

REFUSED = "400, BAD_REQUEST thinking: Input tag 'enabled' is not supported for this model"
TRY = "no answer to judge: "
CONTROL = f"the control is not answered either: {TRY}"


def answered(name: str, status: int, answer: str = "{}", **body: Any) -> dict[str, Any]:
    """A request to chat and the status of its answer."""
    row = exchange(f"{name}#1", body=json.dumps({"model": "m", "messages": []} | body), answer=answer)
    row["response"]["status"] = status
    row["request"]["path"] = "/v1/chat/completions"
    return row


def unanswered(requirement: str, why: str, *, status: int = 400, **body: Any) -> CaseResult:
    """A case that could not judge a requirement, for the reason that it tells."""
    name = f"chat/case.{requirement.lower()}-{status}"
    found = finding(requirement, "undecided", why)
    return case(name, {requirement: "inconclusive"}, found, exchanges=[answered(name, status, **body)])


def violated(requirement: str, message: str, **texts: str) -> CaseResult:
    """A case that found a requirement broken, in an answer."""
    name = f"chat/case.{requirement.lower()}"
    verdict: Verdict = "failed" if catalogue()[requirement].level == "MUST" else "warned"
    found = finding(requirement, "violation", message, **texts)
    return case(name, {requirement: verdict}, found, exchanges=[answered(name, 200)])


def causes(*cases: CaseResult) -> tuple[Cause, ...]:
    """The causes of a run, each problem in exactly one of them."""
    found = results(*cases)
    problems = [row.id for row in found.requirements if row.verdict in PROBLEMS]
    assert sorted(name for cause in found.causes for name in cause.requirements) == sorted(problems)
    return found.causes


def grouped(*cases: CaseResult) -> list[tuple[str, ...]]:
    """The requirements that stand together."""
    return [cause.requirements for cause in causes(*cases)]


def test_what_passed_has_no_cause() -> None:
    assert causes(case("chat/paths.path", {"CHAT-PATH": "passed"})) == ()


def test_a_failed_control_explains_its_dependents() -> None:
    plain_request = f"null at stop: 500, boom; the plain request: {REFUSED}"
    (cause,) = causes(
        violated("REASON-CLAUDE-ENABLE", "the request is not accepted", expected="2xx and an answer", actual=REFUSED),
        unanswered("REASON-MT-REPLAY", CONTROL + REFUSED, thinking={}, max_tokens=5),
        unanswered("REASON-SIGNATURE", TRY + REFUSED, thinking={}, max_tokens=6),
        unanswered("SPEC-VALID-ANSWERED", plain_request, thinking={}, max_tokens=7),
        case("chat/x.cap", {"CHAT-MAXTOKENS": "passed"}, exchanges=[answered("chat/x.cap", 200, max_tokens=1)]),
    )
    ids = {"REASON-CLAUDE-ENABLE", "REASON-SIGNATURE", "REASON-MT-REPLAY", "SPEC-VALID-ANSWERED"}
    assert cause == Cause(
        summary=f"thinking is refused: {REFUSED}",
        verdict="failed",
        requirements=tuple(name for name in catalogue() if name in ids),
        cases=4,
        exchange="chat/case.reason-claude-enable#1",
    )


@pytest.mark.parametrize(
    "whys",
    [
        ("the target answered 429, slow down", "the request: the target answered 429, INVALID x is not known"),
        ("the target answered 503, down", "x: the target answered 503, <html>"),
        ("timeout: the target said nothing for 60 s (--timeout)", "x: timeout: no connection within 5 s"),
        ("the target answered 429, slow", "not sent: requests to this URL have cost 60 s without an answer"),
        (f"{TRY}400, BAD_REQUEST wrong id req_8f3a", f"{TRY}400, BAD_REQUEST wrong id req_1c77"),
        (f"{TRY}400, 'databricks-gpt-5' is not here", f"{CONTROL}400, 'databricks-claude-4' is not here"),
        (f"{TRY}401, UNAUTHENTICATED no token", f"{TRY}401, 401 UNAUTHENTICATED no token"),
        (f"{TRY}500, it could not reach its upst… (320 characters)", f"{TRY}500, it could not reach its upstream"),
        ("the stream ends in an error: 502 of request 7", "the control: the stream ends in an error: 502 of request 8"),
        (f"{TRY}500, INTERNAL boom", "seen once, and then not answered: the request is not accepted (500, INTERNAL boom)"),
        ("usage.prompt_tokens is absent", "usage.completion_tokens is absent", "usage is absent"),
        ("choices.0.message.content is not a list: one", "choices.0.message.content is not a list: another"),
    ],
)  # fmt: skip
def test_the_same_reason_in_other_words(whys: tuple[str, ...]) -> None:
    ids = [name for name, row in catalogue().items() if row.level == "MUST"]
    found = [unanswered(name, why, status=500) for name, why in zip(ids, whys, strict=False)]
    assert len(grouped(*found)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the target answered 429, slow down", "the target answered 503, slow down"),
        (f"{TRY}400, stop is not known", f"{TRY}400, tools is not known"),
        (f"{TRY}400, not known", f"{TRY}404, not known"),
        (f"{TRY}400, not known", "the target answered 429, not known"),
        (f"{TRY}400, invalid request", f"{TRY}400, invalid request: temperature"),
        ("usage.prompt_tokens is absent", "id is absent"),
        ("usage.prompt_tokens is absent", "usage.prompt_tokens is not an integer: 6.5"),
        ("the model declined", "the prompt was blocked: SAFETY"),
        ("not sent: the run has taken 30 min (--max-time)", "the target answered 429, slow down"),
    ],
)
def test_different_reasons_stay_apart(one: str, other: str) -> None:
    assert len(grouped(unanswered("CHAT-PATH", one), unanswered("CHAT-USAGE-SUM", other))) == 2


def test_what_was_not_sent_is_not_ascribed_to_one_of_several_reasons() -> None:
    unsent = "not sent: requests to this URL have cost 60 s without an answer"
    found = grouped(
        unanswered("CHAT-PATH", "the target answered 429, slow"),
        unanswered("CHAT-USAGE-SUM", "timeout: the target said nothing"),
        unanswered("CHAT-USAGE-KEYS", unsent),
        unanswered("CHAT-RESP-ID", unsent),
    )
    assert sorted(map(len, found)) == [1, 1, 2]


def test_what_the_run_cut_off_is_no_reason_of_its_own() -> None:
    found = grouped(
        unanswered("CHAT-PATH", "the target answered 503, down", status=503),
        unanswered("CHAT-USAGE-SUM", "cut off: requests have cost 60 s, and none has succeeded"),
        unanswered("CHAT-USAGE-KEYS", "not sent: requests have cost 60 s, and none has succeeded"),
    )
    assert sorted(map(len, found)) == [3]


def test_a_missing_model_is_one_cause_a_model() -> None:
    def lacking(requirement: str, model: str) -> CaseResult:
        why = f"the target does not know the model that the documents name: 404, NOT_FOUND '{model}' does not exist"
        return unanswered(requirement, why, status=404, model=model)

    one, other = causes(
        lacking("CHAT-PATH", "system.ai.a"), lacking("CHAT-USAGE-SUM", "system.ai.b"), lacking("CHAT-USAGE-KEYS", "system.ai.a")
    )  # fmt: skip
    assert one.summary == "the target lacks system.ai.a: 404, NOT_FOUND 'system.ai.a' does not exist"
    assert set(one.requirements) == {"CHAT-PATH", "CHAT-USAGE-KEYS"}
    assert other.requirements == ("CHAT-USAGE-SUM",)


def test_a_path_that_is_not_there_is_no_missing_model() -> None:
    def lost(requirement: str, model: str) -> CaseResult:
        why = f"{TRY}404, ENDPOINT_NOT_FOUND there is no POST /v1/models/{model}:generateContent"
        return unanswered(requirement, why, status=404, model=model)

    (cause,) = causes(lost("CHAT-PATH", "model-1"), lost("CHAT-USAGE-SUM", "model-2"))
    assert not cause.summary.startswith("the target lacks")
    assert cause.summary.startswith("every request is refused: 404")


def test_an_error_in_a_stream_is_the_cause_of_what_is_found_in_that_stream() -> None:
    stream = 'data: {"choices":[]}\n\ndata: {"error":{"message":"502: upstream closed req_%d","code":502}}\n\n'

    def broken(requirement: str, kind: str, message: str, number: int) -> CaseResult:
        name = f"chat/stream.case-{number}"
        verdict: Verdict = "inconclusive" if kind == "undecided" else "warned"
        about = finding(requirement, kind, message)
        return case(name, {requirement: verdict}, about, exchanges=[answered(name, 200, stream % number, stream=True)])

    (cause,) = causes(
        broken("CHAT-STREAM-SSE", "undecided", "the stream stops before its end", 1),
        broken("CHAT-STREAM-ORDER", "violation", "chunk 2 is something else", 22),
    )
    assert cause.summary == "every request: the stream ends in an error: 502 502: upstream closed req_1"


def test_the_form_of_a_refusal_is_no_missing_answer() -> None:
    """A refusal that is promised with another status, or in words, says nothing of what is refused beside it."""
    actual, promised = "422, INVALID not supported", "400 (control without it: 200)"
    found = grouped(
        violated("RESP-400-STORE", "the request is not refused as documented", expected=promised, actual=actual),
        violated("CHAT-PATH", "the request is not accepted", expected="2xx and an answer", actual=actual),
        violated("RESP-400-BACKGROUND", "the request is not refused as documented", expected=promised, actual=actual),
    )
    assert sorted(found) == [("CHAT-PATH",), ("RESP-400-BACKGROUND", "RESP-400-STORE")]


def test_what_is_taken_on_one_topic_is_no_reason_on_another() -> None:
    taken = {"expected": "400 (control without it: 200)", "actual": "200, chatcmpl-1 chat.completion"}
    message = "the request is not refused as documented"
    found = grouped(
        *(violated(name, message, **taken) for name in ("RESP-400-STORE", "RESP-400-BACKGROUND", "IMG-GPT5-COUNT"))
    )
    assert sorted(found) == [("IMG-GPT5-COUNT",), ("RESP-400-BACKGROUND", "RESP-400-STORE")]


def test_an_answer_that_mentions_a_number_is_no_error() -> None:
    (cause,) = causes(violated("CHAT-PATH", "says something else", actual="it cost 500, or more", path="x"))
    assert cause.summary == "says something else (it cost 500, or more)"


def test_a_requirement_stands_under_its_gravest_finding_alone() -> None:
    name = "chat/case.both"
    both = case(
        name,
        {"CHAT-USAGE-SUM": "failed"},
        finding("CHAT-USAGE-SUM", "undecided", "the target answered 429, slow"),
        finding("CHAT-USAGE-SUM", "violation", "usage does not add up", actual="12"),
        exchanges=[answered(name, 200)],
    )
    first, second = causes(unanswered("CHAT-PATH", "the target answered 429, slow", status=429), both)
    assert first.requirements == ("CHAT-USAGE-SUM",)
    assert first.summary == "usage does not add up (12)"
    assert second.requirements == ("CHAT-PATH",)


def test_of_equally_grave_findings_the_one_in_an_answer_counts() -> None:
    """That a request is refused does not mend what is wrong in the answer to another."""
    refused = {"expected": "2xx", "actual": REFUSED}
    name = "chat/case.both"
    both = case(
        name,
        {"CHAT-USAGE-SUM": "failed"},
        finding("CHAT-USAGE-SUM", "violation", "the request is not accepted", **refused),
        finding("CHAT-USAGE-SUM", "violation", "usage does not add up", actual="12"),
    )
    other = violated("REASON-CLAUDE-ENABLE", "the request is not accepted", **refused)
    assert sorted(grouped(both, other)) == [("CHAT-USAGE-SUM",), ("REASON-CLAUDE-ENABLE",)]


def test_a_generated_case_that_names_a_requirement_stands_with_it() -> None:
    taken = violated("RESP-400-STORE", "the request is not refused as documented", expected="400", actual="200, resp_1")
    row = generated("store", "enum_value", 1).to_json()
    row["findings"][0]["message"] = (
        "enum value at store of createChatCompletion is taken, though forbidden by RESP-400-STORE"
    )
    (found,) = grouped(taken, CaseResult.from_json(row))
    assert set(found) == {"SPEC-INVALID-REFUSED", "RESP-400-STORE"}


def test_what_is_unsteady_stands_under_the_answer_that_did_not_come_back() -> None:
    def unsteady(requirement: str, error: str) -> CaseResult:
        name = f"chat/case.{requirement.lower()}"
        texts = {"expected": "2xx and an answer", "actual": error}
        once = finding(requirement, "warning", "unsteady: the request is not accepted", **texts)
        again = finding(
            requirement, "warning", "unsteady: asked again, the answer is another", actual="200, chatcmpl-1"
        )
        return case(name, {requirement: "warned"}, again, once, exchanges=[answered(name, 200)])

    same, other = causes(
        unsteady("CHAT-PATH", "400, oops 17"),
        unsteady("CHAT-USAGE-SUM", "502, bad gateway"),
        unsteady("CHAT-USAGE-KEYS", "400, oops 5"),
    )
    assert {one.summary.rstrip("157 ") for one in (same, other)} == {
        "unsteady: 400, oops",
        "unsteady: 502, bad gateway",
    }
    assert sorted(map(len, (same.requirements, other.requirements))) == [1, 2]


def test_an_empty_answer_stands_with_the_member_that_it_lacks() -> None:
    def hollow(requirement: str, what: str, answer: str) -> CaseResult:
        name = f"chat/case.{requirement.lower()}"
        why = f"{what}: an empty answer proves nothing: {answer}"
        about = finding(requirement, "undecided", why)
        return case(name, {requirement: "inconclusive"}, about, exchanges=[answered(name, 200, answer)])

    found = grouped(
        violated("CHAT-RESP-CHOICES", "choices is empty", actual="[]", path="choices"),
        hollow("CHAT-PATH", "the request", '{"id":"a","choices":[]}'),
        hollow("CHAT-USAGE-SUM", "a plain request", '{"id":"b","choices":[]}'),
        hollow("CHAT-UNKNOWN-MODEL", "the control", '{"error":{}}'),
        hollow("RESP-SHAPE", "the request", '{"output":[]}'),
    )
    assert sorted(map(len, found)) == [1, 1, 3], "which of the two the control lacks is not known"
    assert any({"CHAT-RESP-CHOICES", "CHAT-PATH", "CHAT-USAGE-SUM"} <= set(one) for one in found)
    assert ("RESP-SHAPE",) in found


def test_the_same_words_on_several_surfaces_are_one_cause() -> None:
    message = "the cap on output tokens is not kept"
    found = grouped(
        violated("CHAT-MAXTOKENS-CAP", message, actual="604", path="usage.completion_tokens"),
        violated("GEM-MAXOUT-CAP", message, actual="604", path="usageMetadata.candidatesTokenCount"),
    )
    assert len(found) == 1


def test_where_the_suite_broke_the_note_tells() -> None:
    broken = altered(case("chat/x.y", {"CHAT-PATH": "passed"}), verdicts={}, verdict="error", error="KeyError: 'x'")
    (cause,) = causes(broken)
    assert (cause.summary, cause.verdict, cause.cases, cause.exchange) == (
        "the suite broke in chat/x.y",
        "inconclusive",
        1,
        "",
    )


def test_the_worst_comes_first() -> None:
    found = causes(
        violated("CHAT-RESP-ID", "no id"),
        unanswered("CHAT-STREAM-USAGE", "the model declined"),
        unanswered("REASON-MT-REPLAY", "the prompt was blocked"),
        violated("RESP-SHAPE", "no output"),
    )
    assert [cause.verdict for cause in found] == ["failed", "inconclusive", "inconclusive", "warned"]
    assert [cause.requirements[0] for cause in found[1:3]] == ["REASON-MT-REPLAY", "CHAT-STREAM-USAGE"]


MUSTS = [name for name, row in catalogue().items() if row.level == "MUST" and not row.excluded]
BUSY = [unanswered(name, "the target answered 429, slow", status=429) for name in MUSTS]


def test_the_terminal_tells_a_cause_in_a_line() -> None:
    lines = [line for line, _ in summary(results(*BUSY, violated("RESP-SHAPE", "no output")), Path("x"))]
    (line,) = [line for line in lines if "429" in line]
    assert line.startswith(f"  inconclusive  {len(MUSTS) - 1} for one cause: 429, slow [{MUSTS[0]}, ")
    named = [name for name in MUSTS if f"{name}, " in line]
    assert line.endswith(f", and {len(MUSTS) - 1 - len(named)} more]")
    assert named
    assert len(line) <= 200
    assert lines.index(line) > next(number for number, one in enumerate(lines) if "RESP-SHAPE" in one)


def test_the_page_folds_the_requirements_under_their_cause() -> None:
    found = shown(*BUSY)
    assert [
        attributes
        for tag, attributes in found.tags
        if tag == "details" and attributes.get("class") == "cause inconclusive"
    ]
    assert f"429, slow {len(MUSTS)} requirements, {len(MUSTS)} cases" in " ".join(found.text.split())
    assert found.text.index("429, slow") < found.text.index("the target answered 429, slow")
    assert_inert(rendered(*BUSY, violated("CHAT-RESP-ID", HOSTILE), unanswered("RESP-STREAM", f"{TRY}400, {HOSTILE}")))


def test_under_a_failed_cause_stand_those_that_it_leaves_open() -> None:
    refused = violated("REASON-CLAUDE-ENABLE", "the request is not accepted", expected="2xx", actual=REFUSED)
    text = " ".join(shown(refused, unanswered("REASON-MT-REPLAY", CONTROL + REFUSED)).text.split())
    assert "1 of them stand above, under a graver cause." in text
    assert "No requirement was left inconclusive." not in text


def test_results_without_causes_are_read_and_shown(tmp_path: Path) -> None:
    document = plain(results(*BUSY[:2]))
    del document["causes"]
    (tmp_path / "results.json").write_text(json.dumps(document))
    old = read(tmp_path)
    assert old.causes == ()
    assert Page(page(old, [])).text.count("the target answered 429, slow") >= 2


REASONS = st.sampled_from(
    ["the target answered 429, slow", f"{TRY}{REFUSED}", "usage is absent", "usage.x is absent", "no"]
)
TEXTS = st.one_of(REASONS, st.text(max_size=60), st.just(HOSTILE))


@given(
    st.dictionaries(
        st.sampled_from(MUSTS), st.tuples(st.sampled_from(["undecided", "violation", "warning"]), TEXTS, TEXTS, TEXTS)
    )
)
def test_each_problem_stands_under_one_cause(found: dict[str, tuple[str, str, str, str]]) -> None:
    verdicts: dict[str, Verdict] = {"undecided": "inconclusive", "violation": "failed", "warning": "warned"}
    cases = []
    for requirement, (kind, message, actual, answer) in found.items():
        name = f"chat/case.{requirement.lower()}"
        about = finding(requirement, kind, message, actual=actual)
        cases.append(case(name, {requirement: verdicts[kind]}, about, exchanges=[answered(name, 200, answer)]))
    told = causes(*cases)
    assert told == causes(*reversed(cases))
    assert all(len(cause.summary) <= LONGEST_SUMMARY and cause.cases for cause in told)
    assert all(cause.exchange.partition("#")[0].startswith("chat/case.") for cause in told)


@given(st.text())
def test_a_normalised_text_is_settled(text: str) -> None:
    assert len(normalised(text)) <= 80
    assert normalised(text) == normalised(f"  {text} ")
