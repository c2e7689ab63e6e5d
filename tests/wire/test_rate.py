"""Limits of rate: what is told is kept, what is not told is found out, and nobody waits for ever."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reference.policy import DOCUMENTED
from conformance.reference.rates import RateRules
from conformance.reference.server import running
from conformance.wire.client import Client
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.metering import estimated_tokens, model_of, throttled, used_tokens
from conformance.wire.pace import TokenBucket
from conformance.wire.rate import FIRST_OF_MODEL, RateLimiter, RateLimitingSender
from conformance.wire.retry import CircuitBreaker, RetryBudget, RetryingSender
from conformance.wire.sender import Limits, RateLimits

CHAT = "/ai-gateway/mlflow/v1/chat/completions"
BY_THE_MINUTE = b'{"message":"Requests-per-minute (RPM) rate limit exceeded for user"}'
TOKEN = "a-token-of-these-tests"


class Target:
    """Answers after a while what `answer` says of the number of a request; keeps when each was sent, and how many at once."""

    def __init__(self, answer: Callable[[int], Response | str], takes_s: float = 0.0) -> None:
        self._answer, self._takes_s = answer, takes_s
        self._lock = threading.Lock()
        self.sent = list[tuple[float, str, int | None]]()
        self.in_flight = list[int]()
        self._now = 0

    def send(self, request: Request, within_s: float = math.inf) -> Exchange:  # noqa: ARG002 (senders have it)
        with self._lock:
            self._now += 1
            self.in_flight.append(self._now)
            answer = self._answer(len(self.sent))
            status = None if isinstance(answer, str) else answer.status
            self.sent.append((time.monotonic(), model_of(request), status))
        time.sleep(self._takes_s)
        with self._lock:
            self._now -= 1
        return Exchange(request, failure=answer) if isinstance(answer, str) else Exchange(request, answer)


def fine(_number: int = 0, tokens: int = 10) -> Response:
    return Response(200, {}, (Chunk(b'{"usage":{"total_tokens": %d}}' % tokens, 0.1),))


def busy(after: str = "", body: bytes = b"{}") -> Response:
    return Response(429, {"retry-after": after} if after else {}, (Chunk(body, 0.1),))


def asking(model: str = "a") -> Request:
    return Request("POST", f"http://gateway.invalid{CHAT}", {}, b'{"model": "%s", "max_tokens": 5}' % model.encode())


def alive(run_s: float = math.inf) -> RetryBudget:
    return RetryBudget(100, run_s, has_succeeded=True)


def at_once(sender: RateLimitingSender, number: int, threads: int, model: str = "a") -> list[Exchange]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: sender.send(asking(model)), range(number)))


def test_what_is_told_is_kept() -> None:
    target, limiter = Target(fine), RateLimiter(RateLimits(requests_per_minute=60), minute_s=3)
    at_once(RateLimitingSender(target, limiter, alive()), 20, 8)
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(target.sent)]
    assert min(gaps[1:]) > 0.04, "they leave evenly"
    assert 0.95 < target.sent[-1][0] - target.sent[0][0] < 1.5
    assert limiter.log.waited_s == pytest.approx(1, abs=0.3)


@given(st.floats(1, 1e6), st.lists(st.integers(1, 5000), min_size=1, max_size=200))
def test_no_more_than_told_goes_in_any_minute(per_minute: float, amounts: list[int]) -> None:
    """But for what is larger than the bucket: that goes alone, and leaves a debt."""
    bucket, now, gone = TokenBucket(per_minute, 60.0, 0.0), 0.0, list[tuple[float, int]]()
    for amount in amounts:
        now += bucket.wait_s(amount, now)
        assert bucket.wait_s(amount, now) < 1e-6
        bucket.take(amount)
        gone.append((now, amount))
    for start, largest in gone:
        inside = [amount for at, amount in gone if start <= at < start + 60]
        assert sum(inside[:-1]) <= per_minute or inside == [largest] or sum(inside[:-1]) <= max(inside)


def test_tokens_are_estimated_before_and_corrected_after() -> None:
    limiter = RateLimiter(RateLimits(tokens_per_minute=600), minute_s=6)
    target = Target(lambda _: fine(tokens=40))
    started = time.monotonic()
    at_once(RateLimitingSender(target, limiter, alive()), 5, 1)
    assert time.monotonic() - started == pytest.approx(4 * 40 / 95, abs=0.4), "95 of 100 tokens a second, 40 for each"


def test_a_fast_limit_that_nobody_told_is_found_out_in_one_episode() -> None:
    """32 threads against a real gateway that takes 600 a minute, of which each lasts 3 s: one burst of 429s, and no more."""
    with running(replace(DOCUMENTED, rate=RateRules(requests=60, tells_when=False, minute_s=3)), token=TOKEN) as url:
        statuses = sent_to(url, RateLimiter(minute_s=3), 150, 32)
    refused = [number for number, status in enumerate(statuses) if status == 429]
    assert refused
    assert len(refused) <= 32, "those that were in flight at the same time"
    assert set(statuses[refused[-1] + 1 :]) == {200}
    assert len(statuses) - len(refused) == 150


def test_a_fast_limit_that_is_told_is_never_met() -> None:
    with running(replace(DOCUMENTED, rate=RateRules(requests=60, minute_s=3)), token=TOKEN) as url:
        statuses = sent_to(url, RateLimiter(RateLimits(requests_per_minute=60), minute_s=3), 100, 32)
    assert set(statuses) == {200}


def sent_to(url: str, limiter: RateLimiter, number: int, threads: int) -> list[int | None]:
    """The statuses of all that was sent, by when it was."""
    budget, seen = alive(), list[tuple[float, int | None]]()

    class Seen:
        def send(self, request: Request) -> Exchange:
            began = time.monotonic()
            exchange = CircuitBreaker(Client(Limits()), budget).send(request)
            seen.append((began, exchange.status))
            return exchange

    request = Request(
        "POST",
        url + CHAT,
        {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        b'{"model":"system.ai.claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}],"max_tokens":5}',
    )
    sender = RetryingSender(RateLimitingSender(Seen(), limiter, budget), Limits(), budget, is_limited=True)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: sender.send(request), range(number)))
    return [status for _, status in sorted(seen, key=lambda one: one[0])]


def test_an_answer_may_take_longer_than_a_minute() -> None:
    target, limiter = Target(lambda number: fine() if number else busy(), takes_s=0.05), RateLimiter(minute_s=0.01)
    found = at_once(RateLimitingSender(target, limiter, alive()), 3, 1)
    assert [each.status for each in found] == [429, 200, 200]


def test_429s_at_the_same_time_are_one_episode() -> None:
    target = Target(lambda number: fine() if number >= 8 else busy("1"), takes_s=0.1)
    limiter = RateLimiter()
    sender = RateLimitingSender(target, limiter, alive())
    at_once(sender, 20, 8)
    assert (limiter.log.throttled, limiter.log.episodes) == (8, 1)
    cut = next(change for change in limiter.log.changes if change.reason == "429")
    assert (cut.limit, cut.before, cut.after) == ("in flight", FIRST_OF_MODEL, 4)
    steps = limiter.log.timeline.steps
    assert (max(step.in_flight for step in steps), sum(step.throttled for step in steps)) == (8, 8)
    assert any(step.waiting for step in steps), "a second was waited for"


def test_nothing_is_sent_to_a_model_before_it_wants_to_be_asked_again() -> None:
    target, limiter = Target(lambda number: fine() if number else busy("1")), RateLimiter()
    sender = RateLimitingSender(target, limiter, alive())
    sender.send(asking())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sender.send, [asking(name) for name in "aabbcaab"]))
    refused = target.sent[0][0]
    assert all(at > refused + 1 for at, model, _ in target.sent[1:] if model == "a")
    assert all(at < refused + 0.5 for at, model, _ in target.sent if model != "a")


@pytest.mark.parametrize("answer", [Response(503, {}), Response(500, {}), "timeout"], ids=["503", "500", "timeout"])
def test_errors_and_timeouts_stop_growth_and_cut_nothing(answer: Response | str) -> None:
    target = Target(lambda number: fine() if number >= 8 else answer, takes_s=0.002)
    limiter = RateLimiter()
    at_once(RateLimitingSender(target, limiter, alive()), 200, 32)
    assert 1 < max(target.in_flight) <= FIRST_OF_MODEL, (
        "how many of the first get there at once is the machine's business"
    )
    assert [change for change in limiter.log.changes if change.after < change.before] == []


def test_only_a_limit_that_is_used_grows() -> None:
    target, limiter = Target(fine, takes_s=0.005), RateLimiter()
    sender = RateLimitingSender(target, limiter, alive())
    at_once(sender, 100, 4)
    assert limiter.log.changes == []
    at_once(sender, 300, 32)
    assert 12 < max(target.in_flight) <= 32
    assert [(change.model, change.limit, change.before) for change in limiter.log.changes[:1]] == [
        ("a", "in flight", FIRST_OF_MODEL)
    ]


def test_concurrency_that_is_told_is_never_passed() -> None:
    target = Target(fine, takes_s=0.002)
    at_once(RateLimitingSender(target, RateLimiter(RateLimits(concurrency=3)), alive()), 100, 16)
    assert max(target.in_flight) == 3


def test_a_wait_ends_with_the_time_of_the_run() -> None:
    target, limiter = Target(fine), RateLimiter(RateLimits(requests_per_minute=1))
    budget = alive(run_s=0.4)
    started = time.monotonic()
    found = at_once(RateLimitingSender(CircuitBreaker(target, budget), limiter, budget), 8, 8)
    assert time.monotonic() - started == pytest.approx(0.4, abs=0.2)
    assert sorted(each.failure for each in found)[1:] == ["not sent: the run has taken 0.4 s (--max-time)"] * 7


def test_who_waits_can_be_stopped() -> None:
    limiter = RateLimiter(RateLimits(requests_per_minute=1))
    sender = RateLimitingSender(Target(fine), limiter, alive())
    threading.Timer(0.2, lambda: limiter.stop("the run was interrupted")).start()
    started = time.monotonic()
    found = at_once(sender, 8, 8)
    assert time.monotonic() - started < 2
    assert sorted(each.failure for each in found)[1:] == ["not sent: the run was interrupted"] * 7


def test_waiting_for_a_limit_costs_the_budget_nothing() -> None:
    limiter, budget = RateLimiter(RateLimits(requests_per_minute=60), minute_s=3), alive()
    sender = RateLimitingSender(CircuitBreaker(Target(lambda _: "timeout"), budget), limiter, budget)
    at_once(sender, 8, 2)
    assert budget.wait_s(asking()) > 99.5


def test_an_hour_is_not_waited_for_and_the_others_go_on() -> None:
    target, limiter = Target(lambda number: fine() if number else busy("3600")), RateLimiter()
    sender = RateLimitingSender(target, limiter, alive())
    found = [sender.send(asking(model)) for model in "aab"]
    assert [each.status for each in found] == [429, None, 200]
    assert found[1].failure == "not sent: requests have cost a 429 that tells to come back to a in over 90 s"
    assert found[1].hopeless


@pytest.mark.parametrize("after", ["", "1"], ids=["without Retry-After", "with it"])
def test_429_for_ever_ends_as_a_target_that_is_down(after: str) -> None:
    """It has 3 s, and what is not sent any more takes no time."""
    target, limiter, budget = Target(lambda _: busy(after, BY_THE_MINUTE)), RateLimiter(), RetryBudget(3)
    sender = RetryingSender(
        RateLimitingSender(CircuitBreaker(target, budget), limiter, budget), Limits(), budget, is_limited=True
    )
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: sender.send(asking(f"model-{number % 3}")), range(60)))
    assert time.monotonic() - started < 8
    assert "not sent: requests" in found[-1].failure


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        (CHAT, b'{"model": "system.ai.gpt-5"}', "gpt-5"),
        ("/serving-endpoints/chat/completions", b'{"messages":[],"model":"databricks-gpt-5"}', "gpt-5"),
        ("/ai-gateway/gemini/v1beta/models/system.ai.gemini-3-1-pro:generateContent", b"{}", "gemini-3-1-pro"),
        ("/serving-endpoints/databricks-gpt-5/invocations", b'{"model": "x"}', "gpt-5"),
        (CHAT, b"{}", ""),
    ],
)
def test_the_model_of_a_request(path: str, body: bytes, model: str) -> None:
    assert model_of(Request("POST", f"http://h{path}?alt=sse", {}, body)) == model


def test_what_a_request_weighs() -> None:
    text = b'{"model":"a","max_tokens":100,"messages":"%s"}' % (b"word " * 400)
    assert estimated_tokens(Request("POST", "http://h/", {}, text)) == pytest.approx(600, abs=20)
    image = b'{"image":"%s","max_output_tokens":1}' % (b"A" * 10**6)
    assert estimated_tokens(Request("POST", "http://h/", {}, image)) < 20


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        (fine(tokens=77), 77),
        (Response(200, {}, (Chunk(b'{"u":{"totalTokenCount":5}}\n{"u":{"totalTokenCount":9}}', 0),)), 9),
        (Response(200, {}, (Chunk(b'{"total_tokens": null}', 0),)), 50),
        (Response(400, {}, (Chunk(b"{}", 0),)), 0),
        (None, 50),
    ],
)  # fmt: skip
def test_what_an_answer_has_used(answer: Response | None, used: int) -> None:
    assert used_tokens(Exchange(asking(), answer, "" if answer else "timeout"), 50) == used


@pytest.mark.parametrize(
    ("answer", "by_the_minute", "tokens"),
    [
        (busy("", BY_THE_MINUTE), True, False),
        (busy("", b"Exceeded workspace input tokens per minute rate limit for databricks-x."), True, True),
        (busy("30"), True, False),
        (busy("1", b"too many tokens in flight"), False, False),
    ],
)
def test_what_a_429_says(answer: Response, by_the_minute: bool, tokens: bool) -> None:
    found = throttled(Exchange(asking(), answer))
    assert found
    assert (found.by_the_minute, found.tokens) == (by_the_minute, tokens)
    assert throttled(Exchange(asking(), fine())) is None


def test_what_is_told_of_a_model_later_holds_for_it_alone() -> None:
    target = Target(fine)
    limiter = RateLimiter(minute_s=1.0)
    sender = RateLimitingSender(target, limiter, alive())
    at_once(sender, 2, 2)
    limiter.tell({"a": RateLimits(requests_per_minute=10)})
    started = time.monotonic()
    at_once(sender, 30, 8, model="b")
    assert time.monotonic() - started < 0.5
    at_once(sender, 20, 8)
    assert time.monotonic() - started > 1.0


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "many", "", "1e10"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match=f"--rpm {text}: give a number from 1 to 1000000000"):
        RateLimits().overridden(text, None)


def test_options_come_before_the_target_file_and_processes_share() -> None:
    limits = RateLimits(60, 1000, 4).overridden("30", None).shared_by(8)
    assert limits == RateLimits(3.75, 125, 1)
