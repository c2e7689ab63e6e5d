"""Asking again: as told, and no longer than a run can afford. What is asked is a list of answers, given in turn."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
        self.granted = list[float]()
        """Seconds that each exchange was given."""

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:
        self.granted.append(within_s)
        answer = self._answers.pop(0)
        if isinstance(answer, str):
            return Exchange(request, failure=answer, hopeless="given up" in answer)
        return Exchange(request, Response(*answer))


def asking(wire: Answering, budget: RetryBudget | None = None) -> tuple[RetryingSender, RecordingSender]:
    budget = budget or alive()
    recorder = RecordingSender(CircuitBreaker(wire, budget))
    return RetryingSender(recorder, LIMITS, budget, wire.slept.append), recorder


def alive(budget_s: float = LIMITS.retry_budget_s, run_s: float = math.inf) -> RetryBudget:
    """The budget of a run in which something has been answered."""
    return RetryBudget(budget_s, run_s, has_succeeded=True)


def lost(budget: RetryBudget, *seconds: float, url: str = URL) -> RetryBudget:
    """The budget after exchanges without an answer that have taken so long."""
    for each in seconds:
        budget.note(Exchange(request(url), failure=SILENT), each)
    return budget


def busy(after: str, status: int = 429) -> tuple[int, dict[str, str]]:
    return status, {"retry-after": after} if after else {}


def request(url: str = URL, body: bytes = b"{}") -> Request:
    return Request("POST", url, {}, body)


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


@pytest.mark.parametrize("answer", [SILENT, busy("")], ids=["nothing", "429"])
def test_what_has_helped_none_of_five_requests_is_seldom_tried_again(answer: tuple[int, dict[str, str]] | str) -> None:
    wire = Answering(answer)
    sender, recorder = asking(wire)
    for _ in range(25):
        sender.send(request())
    assert wire.slept == [1, 2] * 6
    assert len(recorder.exchanges) == 25 + 2 * 6


def test_answers_to_others_do_not_make_retries_worth_while() -> None:
    wire = Answering(*[busy(""), busy(""), busy(""), FINE] * 5, *[busy(""), FINE] * 5)
    sender, _ = asking(wire)
    for _ in range(20):
        sender.send(request())
    assert wire.slept == [1, 2] * 5


def test_a_retry_that_helps_makes_them_worth_while_again() -> None:
    wire = Answering(*[SILENT] * (5 * 3 + 15), SILENT, FINE, SILENT)
    sender, _ = asking(wire)
    for _ in range(21):
        sender.send(request())
    wire.slept.clear()
    sender.send(request())
    assert wire.slept == [1, 2]


def test_a_limit_of_rate_that_is_met_now_and_then_is_always_waited_for() -> None:
    wire = Answering(*[busy("1"), FINE] * 50)
    sender, _ = asking(wire)
    assert {sender.send(request()).status for _ in range(50)} == {200}
    assert wire.slept == [1] * 50


def test_one_that_says_when_to_come_back_is_waited_for_as_long_as_a_run_can_afford() -> None:
    wire = Answering(busy("20"))
    sender, recorder = asking(wire)
    for _ in range(5):
        sender.send(request())
    assert wire.slept == [20] * 4
    assert len(recorder.exchanges) == 3 + 3 + 1 + 1 + 1


def test_where_all_is_lost_nothing_more_is_sent_to_any_url() -> None:
    wire = Answering(FINE)
    sender, recorder = asking(wire, lost(alive(), *[20] * 5))
    found = {sender.send(request(url)).failure for url in (URL, "http://gateway.invalid/v1/chat")}
    assert found == {"not sent: requests have cost 100 s (--patience) without a success, and nothing more is sent"}
    assert (len(recorder.exchanges), wire.granted) == (2, [])


def test_a_url_that_is_down_alone_is_given_up_alone() -> None:
    budget, other = alive(), "http://gateway.invalid/v1/chat"
    wire = Answering(FINE)
    for _ in range(5):
        lost(
            budget, 20.001, url=f"{URL}?a=1"
        )  # the clock's digits end somewhere: five times 20 may be a little less than 100
        asking(wire, budget)[0].send(request(other))
    sender, _ = asking(wire, budget)
    assert sender.send(request(f"{URL}?b=2")).failure.endswith(
        "requests to this URL have cost 100 s (--patience) without a success, and nothing more is sent there"
    )
    assert sender.send(request(other)).status == 200
    assert sender.send(request(body=b'{"stream":true}')).status == 200, "streams are another matter"


def test_one_long_exchange_alone_spends_no_budget() -> None:
    sender, _ = asking(Answering(FINE), lost(alive(), 300))
    assert sender.send(request()).status == 200


def test_a_success_makes_up_for_what_was_lost() -> None:
    budget = lost(alive(), 90)
    asking(Answering(FINE), budget)[0].send(request())
    assert budget.wait_s(request()) == 100


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_costs_nothing_and_makes_up_for_nothing(status: int) -> None:
    budget = lost(alive(), 90)
    asking(Answering((status, {})), budget)[0].send(request())
    assert budget.wait_s(request()) == 10


def test_no_more_is_slept_than_may_be_lost() -> None:
    wire = Answering(busy("1"))
    asking(wire, lost(alive(5), 4.5))[0].send(request())
    assert wire.slept == []


def test_before_the_first_success_an_exchange_gets_what_is_left() -> None:
    wire, budget = Answering((400, {}), FINE, FINE), lost(RetryBudget(1000), 15, 15)
    sender, _ = asking(wire, budget)
    for _ in range(3):
        sender.send(request())
    assert wire.granted == [30, 30, math.inf]


@pytest.mark.parametrize(("budget_s", "cost"), [(1000, "60 s"), (5, "5 s (--patience)")])
def test_a_target_that_never_answers_is_soon_given_up(budget_s: float, cost: str) -> None:
    sender, _ = asking(Answering(FINE), lost(RetryBudget(budget_s), 60, 40))
    assert sender.send(request()).failure == f"not sent: requests have cost {cost}, and none has succeeded"


def test_where_the_target_hung_the_next_exchange_is_short_and_the_last_try() -> None:
    wire = Answering(SILENT)
    sender, recorder = asking(wire, lost(alive(1000), 120))
    sender.send(request())
    assert (wire.granted, len(recorder.exchanges)) == ([30, 30, 30], 3)
    wire = Answering(SILENT)
    sender, recorder = asking(wire, lost(alive(1000), 120, 30))
    sender.send(request())
    assert wire.granted == [30]


def test_where_nothing_has_succeeded_yet_it_counts_that_the_target_hung_elsewhere() -> None:
    wire, budget = Answering(FINE), alive(1000)
    sender, _ = asking(wire, lost(budget, 120))
    streamed = request(body=b'{"stream": true}')
    sender.send(streamed)
    sender.send(streamed)
    assert wire.granted == [30, math.inf]
    budget.note(Exchange(streamed, Response(200, {})), 50)
    sender.send(request("http://gateway.invalid/v1/chat"))
    assert wire.granted[2:] == [100], "as slow as what has succeeded"


def test_where_answers_are_slow_the_short_limit_is_no_shorter_than_they_need() -> None:
    wire, budget = Answering(SILENT), alive()
    budget.note(Exchange(request(), Response(200, {})), 50)
    asking(wire, lost(budget, 120, 120))[0].send(request())
    assert wire.granted == [100]


def test_an_answer_gives_a_place_its_time_again() -> None:
    wire = Answering(FINE)
    sender, _ = asking(wire, lost(alive(), 120))
    sender.send(request())
    sender.send(request())
    assert wire.granted == [30, math.inf]


def test_nothing_is_sent_after_the_end_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wire = Answering(FINE, busy("10"))
    sender, _ = asking(wire, alive(run_s=60))
    now = 155.0
    sender.send(request())
    assert wire.granted == [5]
    assert sender.send(request()).status == 429
    assert wire.slept == [], "after the wait the run would be over"
    now = 160.0
    assert sender.send(request()).failure == "not sent: the run has taken 60 s (--max-time)"


def test_an_exchange_that_the_end_of_the_run_has_cut_says_so() -> None:
    class Waiting(Answering):
        def send(self, request: Request, within_s: float = math.inf) -> Exchange:
            time.sleep(within_s)
            return super().send(request)

    sender, _ = asking(Waiting(SILENT), alive(run_s=0.05))
    assert sender.send(request()).failure == "cut off: the run has taken 0.05 s (--max-time)"


@pytest.mark.parametrize(
    ("lost_s", "granted_s", "says"),
    [
        (59.9, 0.1, "cut off: requests have cost 60 s, and none has succeeded"),  # too little for any target
        (39.0, 21.0, SILENT),  # a target that has said nothing for so long hangs
    ],
)
def test_an_exchange_that_the_end_of_the_patience_has_cut_says_so(
    monkeypatch: pytest.MonkeyPatch, lost_s: float, granted_s: float, says: str
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)

    class Waiting(Answering):
        def send(self, request: Request, within_s: float = math.inf) -> Exchange:
            nonlocal now
            now += within_s
            return super().send(request, within_s)

    budget = RetryBudget(1000)
    budget.note_wait(request(), lost_s)
    now += lost_s
    wire = Waiting(SILENT)
    assert CircuitBreaker(wire, budget).send(request()).failure == says
    assert wire.granted == [pytest.approx(granted_s)]


def test_another_process_of_the_run_goes_on_from_what_the_first_has_spent() -> None:
    first, second = lost(RetryBudget(1000, 20), 50), RetryBudget(1000, 10**6)
    second.resume(first.state())
    assert second.wait_s(request()) == 10
    assert first.exchange_s(request()) == 10
    second.note(Exchange(request(), Response(200, {})), 1)
    assert second.exchange_s(request()) == pytest.approx(20, abs=1)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("option", ["timeout", "total-timeout", "max-body", "patience", "max-time"])
def test_an_option_that_is_no_limit(option: str, value: float) -> None:
    given = {"timeout": 1.0, "total_timeout": 1.0, "max_body": 1.0, "patience": 1.0, "max_time": 1.0}
    with pytest.raises(ValueError, match=f"--{option} {value:g}: give a number"):
        Limits.from_options(**given | {option.replace("-", "_"): value})


def test_what_the_options_mean() -> None:
    limits = Limits.from_options(timeout=1, total_timeout=2, max_body=3, patience=4, max_time=5)
    assert (limits.read_s, limits.total_s, limits.body_bytes, limits.retry_budget_s) == (1, 2, 3_000_000, 4)
    assert limits.run_s == 5


def test_threads_that_hang_at_the_same_time_have_lost_the_time_once() -> None:
    budget, ready = alive(1000), threading.Barrier(8)

    def hang(_number: int) -> None:
        ready.wait()
        lost(budget, 20)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hang, range(8)))
    assert budget.wait_s(request()) == pytest.approx(1000 - 20, abs=1)
    assert not budget.hangs(request()), "together they are one exchange in a row"
    assert budget.exchange_s(request()) == 30


def test_what_hangs_while_others_are_answered_has_lost_nothing_before_their_answer() -> None:
    budget = alive(1000)
    budget.note(Exchange(request(), Response(200, {})), 0.1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lost, budget, 300).result()
    assert budget.wait_s(request()) == pytest.approx(1000, abs=1)


def test_retries_that_are_in_vain_at_the_same_time_count_once() -> None:
    wire, ready = Answering(SILENT), threading.Barrier(8)
    budget = alive(10**6)

    def ask(_number: int) -> None:
        sender = RetryingSender(CircuitBreaker(wire, budget), LIMITS, budget, lambda _: time.sleep(0.01))
        ready.wait()
        sender.send(request())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert budget.retries_help


def test_many_threads_leave_one_budget() -> None:
    """Whatever they note at the same time: the circuit opens once there is reason to, and a success closes it."""
    budget = alive()

    def note(number: int) -> None:
        for place in range(50):
            lost(budget, 0.001, url=f"{URL}/{(number + place) % 7}")
            budget.exchange_s(request(f"{URL}/{place}"))
            budget.hangs(request())

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(note, range(32)))
    assert budget.open_circuit_reason(request()) == ""
    lost(budget, *[20] * 6)
    assert "nothing more is sent" in budget.open_circuit_reason(request())
    budget.note(Exchange(request("http://gateway.invalid/other"), Response(200, {})), 1)
    assert budget.open_circuit_reason(request("http://gateway.invalid/other")) == ""
