"""What a request that must be accepted decides: its own refusal, if nothing else explains it. And whose names are judged."""

from collections.abc import Sequence

import pytest

from conformance.probing.judge import CaseEnded, Judge, NotApplicable
from conformance.probing.surface import Chat, Responses
from conformance.targets.target import Target, from_base_url
from conformance.wire.exchange import Exchange, Request
from conformance.wire.sender import RecordingSender
from tests.checks.samples import CHAT, answered, unanswered

TARGET = from_base_url("https://gateway.example")
ONE, OTHER = "CHAT-ROLE-SYSTEM", "CHAT-MAXTOKENS"
OK = answered(CHAT)
ERROR = {"error": {"message": "messages.0.role must be user"}}
REFUSED = answered(ERROR, 400)
UNFETCHED = answered({"error": {"message": "Failed to download the file"}}, 400)
NO_URLS = answered({"error": {"message": "Fetching URLs is not supported"}}, 400)
PAGE = answered(b"<!doctype html>", media_type="text/html")
LATER = answered(b"", 503)


class Script:
    """Gives the answers in turn. Breaks on a request beyond them."""

    def __init__(self, answers: Sequence[Exchange]) -> None:
        self._answers = iter(answers)

    def send(self, request: Request) -> Exchange:
        """The next answer, to this request."""
        answer = next(self._answers)
        return Exchange(request, answer.response, answer.failure, answer.dropped)


def asking(*answers: Exchange, requirements: tuple[str, ...] = (ONE,), target: Target = TARGET) -> tuple[Chat, Judge]:
    """The chat surface of a target that answers like this, and its judge."""
    wire = RecordingSender(Script(answers))
    judge = Judge(requirements, wire.exchanges)
    return Chat(target, wire, judge), judge


def test_what_is_accepted_is_the_answer() -> None:
    chat, judge = asking(OK)
    assert chat.accepts(chat.hello, control=chat.hello).body == CHAT
    assert judge.verdict_on(ONE) == "passed"


@pytest.mark.parametrize(
    ("answers", "verdict", "about"),
    [
        ([REFUSED, OK], "failed", 1),
        ([answered(ERROR, 200), OK], "failed", 1),
        ([PAGE], "failed", 1),
        ([REFUSED, REFUSED], "inconclusive", 2),
        ([REFUSED, LATER], "inconclusive", 2),
        ([REFUSED, unanswered()], "inconclusive", 2),
        ([LATER, OK], "failed", 1),  # it breaks each time, and the plain request does not
        ([LATER, LATER], "inconclusive", 2),
        ([answered(b"", 503, retry_after="1")], "inconclusive", 1),  # no refusal: the control is not asked
        ([unanswered()], "inconclusive", 1),
        ([UNFETCHED, OK], "failed", 1),  # it names no URL
    ],
)
def test_a_refusal_counts_if_the_control_is_answered(answers: list[Exchange], verdict: str, about: int) -> None:
    chat, judge = asking(*answers)
    with pytest.raises(CaseEnded):
        chat.accepts({**chat.hello, "max_tokens": 1024}, control=chat.hello)
    (last,) = judge.judged[ONE]
    assert (judge.verdict_on(ONE), last.exchange) == (verdict, about)


def test_a_control_that_fails_too_is_told() -> None:
    chat, judge = asking(REFUSED, answered(b"broken", 500))
    with pytest.raises(CaseEnded, match=r"^the control is not answered either: .*500, broken"):
        chat.accepts(chat.hello, control=chat.hello)
    assert [found.kind for found in judge.findings(ONE)] == ["undecided"]


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([UNFETCHED], "inconclusive"),
        ([NO_URLS, OK], "failed"),
        ([NO_URLS, NO_URLS], "inconclusive"),
        ([REFUSED, OK], "failed"),
    ],
)
def test_media_that_cannot_be_fetched_decide_nothing(answers: list[Exchange], verdict: str) -> None:
    chat, judge = asking(*answers)
    with pytest.raises(CaseEnded):
        chat.accepts(chat.hello, control=chat.hello, by_url=True)
    assert judge.verdict_on(ONE) == verdict


def test_without_a_control_the_refusal_alone_counts() -> None:
    chat, judge = asking(REFUSED)
    with pytest.raises(CaseEnded):
        chat.accepts(chat.hello)
    assert judge.verdict_on(ONE) == "failed"


@pytest.mark.parametrize(
    ("answers", "by_url", "verdict"),
    [
        ([REFUSED, OK], False, "failed"),
        ([REFUSED, REFUSED], False, "inconclusive"),
        ([UNFETCHED], True, "inconclusive"),
    ],
)
def test_only_the_named_requirements_are_judged(answers: list[Exchange], by_url: bool, verdict: str) -> None:
    chat, judge = asking(*answers, requirements=(ONE, OTHER))
    with pytest.raises(CaseEnded):
        chat.accepts(chat.hello, OTHER, control=chat.hello, by_url=by_url)
    assert judge.findings(ONE) == []
    assert judge.verdict_on(OTHER) == verdict


@pytest.mark.parametrize(
    ("name", "is_service"),
    [
        ("system.ai.claude-sonnet-4-5", True),
        ("main.models.support", True),
        ("claude-sonnet-4-5", False),
        ("gpt-5.1", False),
        ("main.support", False),
        ("a.b.c.d", False),
        ("openai/gpt-5", False),
    ],
)
@pytest.mark.parametrize("kind", [Chat, Responses])
def test_names_are_judged_where_they_name_a_service(kind: type[Chat | Responses], name: str, is_service: bool) -> None:
    target = Target("proxy", {kind.name: "http://gateway.invalid/v1"}, models={"gpt-5": name})
    surface = kind(target, RecordingSender(Script([])), Judge((ONE,)), "gpt-5")
    if is_service:
        assert surface.by_service_name() is surface
    else:
        with pytest.raises(NotApplicable, match=name):
            surface.by_service_name()


def test_the_documented_names_are_names_of_services() -> None:
    chat, _ = asking()
    assert chat.by_service_name().model_name.startswith("system.ai.")
