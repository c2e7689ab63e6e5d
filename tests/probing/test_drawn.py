"""Which promise a drawn request that is not answered breaks: its values are asked one by one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.probing.axes import Asked
from conformance.probing.drawn import PROMISES, answered
from conformance.probing.judge import CaseEnded, Judge, NotApplicable
from conformance.probing.surface import Chat, Responses, Surface
from conformance.targets.target import from_base_url
from conformance.wire.exchange import Exchange, Request
from conformance.wire.sender import RecordingSender
from tests.checks.samples import CHAT, CHUNKS, RESPONSE, streamed, unanswered
from tests.checks.samples import answered as sample

TARGET = from_base_url("https://gateway.example")
ASKED = Asked("gpt-oss-120b", transport="streamed", length="cut", encoding="gzip", system="told")
REFUSED = sample({"error": {"message": "that is not supported"}}, 400)

Answer = Callable[[Request], Exchange]


class Answering:
    """Answers each request by what is in it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def send(self, request: Request) -> Exchange:
        """The answer to this request."""
        answer = self._answer(request)
        return Exchange(request, answer.response, answer.failure, answer.dropped)


def usual(request: Request) -> Exchange:
    if request.path.endswith("responses"):
        return sample(RESPONSE)
    return streamed(*CHUNKS) if b'"stream":true' in request.body else sample(CHAT)


def refusing(*words: bytes) -> Answer:
    """Refuses what has all of these words in it."""
    return lambda request: REFUSED if all(word in request.body for word in words) else usual(request)


def asking(answer: Answer, asked: Asked = ASKED, surface: type[Surface] = Chat) -> tuple[Surface, Judge]:
    wire = RecordingSender(Answering(answer))
    promises = PROMISES[surface.name]
    judge = Judge(tuple(promises[axis] for axis in ("model", *dict(asked.special()))), wire.exchanges)
    return surface(TARGET, wire, judge, asked.model), judge


def verdicts(
    answer: Answer, asked: Asked = ASKED, surface: type[Surface] = Chat, **options: frozenset[str]
) -> dict[str, str]:
    """The verdicts where the request is not answered, by axis."""
    chat, judge = asking(answer, asked, surface)
    with pytest.raises(CaseEnded):
        answered(chat, asked, **options)
    promises = PROMISES[surface.name]
    return {axis: judge.verdict_on(promises[axis]) for axis in ("model", *dict(asked.special()))}


def test_what_is_answered_keeps_all_promises() -> None:
    chat, judge = asking(usual)
    exchange = answered(chat, ASKED)
    assert {judge.verdict_on(requirement) for requirement in judge.requirements} == {"passed"}
    assert exchange.request.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("word", "axis"), [(b'"stream"', "transport"), (b'"max_tokens"', "length"), (b'"system"', "system")]
)
def test_the_value_that_is_refused_is_told(word: bytes, axis: str) -> None:
    expected = dict.fromkeys(("model", "transport", "length", "encoding", "system"), "passed")
    assert verdicts(refusing(word)) == expected | {axis: "failed"}


def test_a_model_that_answers_nothing_is_told_once() -> None:
    found = verdicts(refusing(b"gpt-oss"))
    assert found.pop("model") == "failed"
    assert set(found.values()) == {"not_applicable"}


def test_a_model_that_no_document_shows_here_may_be_absent() -> None:
    chat, _ = asking(refusing(b"gpt-oss"))
    with pytest.raises(NotApplicable, match="no document shows gpt-oss-120b on chat"):
        answered(chat, ASKED, unshown=frozenset({"model"}))


def test_a_value_that_no_document_shows_may_be_refused() -> None:
    found = verdicts(refusing(b'"max_tokens"'), unshown=frozenset({"length"}))
    assert set(found.values()) == {"passed"}


def test_streams_that_no_document_promises_may_be_refused() -> None:
    asked = Asked("gpt-5", transport="streamed")
    assert verdicts(refusing(b'"stream"'), asked, Responses) == {"model": "passed", "transport": "passed"}


def test_what_is_refused_only_together_is_warned_of() -> None:
    found = verdicts(refusing(b'"stream"', b'"system"'))
    assert found.pop("model") == "warned"
    assert set(found.values()) == {"passed"}


def test_what_is_not_answered_only_together_stays_undecided() -> None:
    def answer(request: Request) -> Exchange:
        return unanswered() if b'"stream"' in request.body and b'"system"' in request.body else usual(request)

    assert verdicts(answer)["model"] == "inconclusive"


def test_an_answer_that_cannot_be_read_is_a_matter_of_its_encoding() -> None:
    def answer(request: Request) -> Exchange:
        return unanswered() if request.headers["accept-encoding"] == "gzip" else usual(request)

    found = verdicts(answer)
    assert found.pop("encoding") == "warned"
    assert set(found.values()) == {"passed"}


def test_an_answer_without_choices_is_none() -> None:
    asked = Asked("gpt-oss-120b", length="cut")
    assert verdicts(lambda _: sample({}), asked) == {"model": "failed", "length": "not_applicable"}


def test_a_model_that_the_target_file_names_and_the_target_lacks_breaks_one_promise() -> None:
    lacking = sample({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "There is no such model."}, 404)
    wire = RecordingSender(Answering(lambda _: lacking))
    promises = PROMISES["chat"]
    judge = Judge(tuple(promises[axis] for axis in ("model", *dict(ASKED.special()))), wire.exchanges)
    target = replace(TARGET, models={ASKED.model: "ours"})
    with pytest.raises(CaseEnded):
        answered(Chat(target, wire, judge, ASKED.model), ASKED)
    verdicts = [judge.verdict_on(requirement) for requirement in judge.requirements]
    assert verdicts == ["failed", *["not_applicable"] * 4]
    assert len(wire.exchanges) == 1


def test_what_breaks_the_target_while_a_plain_request_is_answered_breaks_its_promise() -> None:
    def answer(request: Request) -> Exchange:
        return sample(b"", 503) if b'"system"' in request.body else usual(request)

    expected = dict.fromkeys(("model", "transport", "length", "encoding"), "passed")
    assert verdicts(answer) == expected | {"system": "failed"}


def test_a_model_that_only_the_plain_request_finds_missing_is_not_judged() -> None:
    missing = sample({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "There is no such model."}, 404)
    chat, _ = asking(lambda request: REFUSED if b'"stream"' in request.body else missing)
    with pytest.raises(NotApplicable):
        answered(chat, ASKED)
