"""Asking again: as told, and no longer than a run can afford. What is asked is a list of answers, given in turn."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import repeat

import pytest

from conformance.wire.exchange import Exchange, Request, Response
from conformance.wire.retry import CircuitBreaker, RetryBudget, RetryingSender
from conformance.wire.sender import Limits, RecordingSender

URL = "http://gateway.invalid/v1/responses"
LIMITS = Limits(max_attempts=3, max_retry_wait_s=20, retry_budget_s=100)
FINE: tuple[int, dict[str, str]] = (200, {})
SILENT = "timeout"


class Answering:
    """Gives one answer after the other, the last one for ever: a status and headers, or the failure to get one."""

    def __init__(self, *answers: tuple[int, dict[str, str]] | str) -> None:
        self._answers = [*answers, *repeat(answers[-1], 1000)]
        self.slept = list[float]()

    def send(self, request: Request) -> Exchange:
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            return Exchange(request, failure=answer, hopeless="given up" in answer)
        return Exchange(request, Response(*answer))


def asking(wire: Answering, budget: RetryBudget | None = None) -> tuple[RetryingSender, RecordingSender]:
    budget = budget or RetryBudget(LIMITS.retry_budget_s)
    recorder = RecordingSender(CircuitBreaker(wire, budget))
    return RetryingSender(recorder, LIMITS, budget, wire.slept.append), recorder


def busy(after: str, status: int = 429) -> tuple[int, dict[str, str]]:
    return status, {"retry-after": after} if after else {}


def request(url: str = URL) -> Request:
    return Request("POST", url, {}, b"{}")


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def test_twice_busy_and_then_fine() -> None:
    wire = Answering(busy("2"), busy("2", 503), FINE)
    sender, recorder = asking(wire)
    assert sender.send(request()).status == 200
    assert (wire.slept, len(recorder.exchanges)) == ([2, 2], 3)


@pytest.mark.parametrize("after", ["3600", "21", "9" * 5000, ""], ids=["an hour", "21 s", "an eternity", "a date"])
def test_an_hour_is_not_slept(after: str) -> None:
    wire = Answering(busy(after or http_date(3600)))
    sender, recorder = asking(wire)
    assert sender.send(request()).status == 429
    assert (wire.slept, len(recorder.exchanges)) == ([], 1)


@pytest.mark.parametrize(
    "after",
    [
        "",
        "soon",
        "-1",
        "1.5",
        "²",
        "Mon, 99 Foo 2026",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "\x00",
        "a, b",
        "nan",
        "1e400",
    ],
)
def test_what_tells_no_time_is_waited_for_as_usual(after: str) -> None:
    wire = Answering(busy(after), busy(after), FINE)
    assert asking(wire)[0].send(request()).status == 200
    assert wire.slept == [1, 2]


def test_a_date_is_waited_for() -> None:
    wire = Answering(busy(http_date(10)), busy(http_date(-10)), busy("Thu, 01 Jan 1970 00:00:00 -0000"))
    asking(wire)[0].send(request())
    assert 8 < wire.slept[0] <= 10
    assert wire.slept[1:] == [0]


def test_what_would_end_the_same_way_is_not_asked_again() -> None:
    sender, recorder = asking(Answering("given up after 17 MB", FINE))
    assert sender.send(request()).failure == "given up after 17 MB"
    assert len(recorder.exchanges) == 1


def test_a_dead_target_is_waited_for_three_times_and_no_more() -> None:
    wire = Answering(SILENT)
    sender, recorder = asking(wire)
    for _ in range(10):
        sender.send(request())
    assert wire.slept == [1, 2] * 3
    assert len(recorder.exchanges) == 3 * 3 + 7


def test_any_answer_makes_it_alive_again() -> None:
    wire = Answering(*[SILENT] * 9, FINE, SILENT)
    sender, _ = asking(wire)
    for _ in range(4):
        sender.send(request())
    wire.slept.clear()
    sender.send(request())
    assert wire.slept == [1, 2]


def test_one_that_says_when_to_come_back_is_waited_for_as_long_as_a_run_can_afford() -> None:
    wire = Answering(busy("20"))
    sender, recorder = asking(wire)
    for _ in range(5):
        assert sender.send(request()).status == 429
    assert wire.slept == [20] * 4
    assert len(recorder.exchanges) == 3 + 3 + 1 + 1 + 1


def test_where_all_is_lost_nothing_more_is_sent() -> None:
    budget, wire = RetryBudget(100), Answering(SILENT, FINE)
    budget.spend(request(), 100)
    sender, recorder = asking(wire, budget)
    [last] = {sender.send(request()).failure for _ in range(10)}
    assert last == (
        "not sent: requests to this URL have cost 100 s (--patience) without an answer, and nothing more is sent there"
    )
    assert len(recorder.exchanges) == 10
    assert wire.send(request()).failure == SILENT, "nothing had been asked before"


def test_what_is_lost_is_counted_by_url_without_its_query() -> None:
    budget = RetryBudget(5)
    budget.spend(request(f"{URL}?a=1"), 5)
    sender, _ = asking(Answering(FINE), budget)
    assert sender.send(request(f"{URL}?b=2")).failure.startswith("not sent")
    assert sender.send(request("http://gateway.invalid/v1/chat")).status == 200


def test_an_answer_makes_up_for_what_was_lost() -> None:
    budget = RetryBudget(5)
    budget.spend(request(), 4)
    asking(Answering(FINE), budget)[0].send(request())
    assert budget.remaining_s(request()) == 5


def test_no_more_is_slept_than_may_be_lost() -> None:
    budget = RetryBudget(5)
    budget.spend(request(), 4.5)
    wire = Answering(busy("1"))
    asking(wire, budget)[0].send(request())
    assert wire.slept == []


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("option", ["timeout", "total-timeout", "max-body", "patience"])
def test_an_option_that_is_no_limit(option: str, value: float) -> None:
    given = {"timeout": 1.0, "total_timeout": 1.0, "max_body": 1.0, "patience": 1.0}
    with pytest.raises(ValueError, match=f"--{option} {value:g}: give a number"):
        Limits.from_options(**given | {option.replace("-", "_"): value})


def test_what_the_options_mean() -> None:
    limits = Limits.from_options(timeout=1, total_timeout=2, max_body=3, patience=4)
    assert (limits.read_s, limits.total_s, limits.body_bytes, limits.retry_budget_s) == (1, 2, 3_000_000, 4)
