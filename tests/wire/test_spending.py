"""What a run may spend is never passed, whatever is sent at the same time."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.spending import Spending, SpendingLimits, SpendingSender


def request(cap: int) -> Request:
    return Request("POST", "http://x/chat/completions", {}, json.dumps({"model": "m", "max_tokens": cap}).encode())


class Answering:
    """Answers with what a request may have at most, or less, and counts."""

    def __init__(self, part: float = 1.0, failure: str = "") -> None:
        self.sent, self.tokens = 0, 0
        self._part, self._failure, self._lock = part, failure, threading.Lock()

    def send(self, asked: Request) -> Exchange:
        used = int(json.loads(asked.body)["max_tokens"] * self._part)
        time.sleep(0.0005)
        with self._lock:
            self.sent += 1
            self.tokens += used
        if self._failure:
            return Exchange(asked, failure=self._failure)
        body = json.dumps({"usage": {"total_tokens": used}}).encode()
        return Exchange(asked, Response(200, {}, (Chunk(body, 0.0),)))


def test_no_request_more_than_was_said() -> None:
    target = Answering()
    sender = SpendingSender(target, Spending(SpendingLimits(requests=20)))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: sender.send(request(1)), range(100)))
    assert target.sent == 20
    assert (
        sum(exchange.failure == "not sent: the run has sent 20 requests (--max-requests)" for exchange in found) == 80
    )


@settings(max_examples=25, deadline=None)
@given(caps=st.lists(st.integers(1, 400), max_size=40), most=st.integers(1, 3000), part=st.floats(0.1, 1.0))
def test_no_token_more_than_was_said(caps: list[int], most: int, part: float) -> None:
    target = Answering(part)
    sender = SpendingSender(target, Spending(SpendingLimits(tokens=most)))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(sender.send, map(request, caps)))
    assert target.tokens <= most
    kept = [exchange for exchange in found if exchange.response is None]
    assert all("--max-tokens" in exchange.failure for exchange in kept)
    if sum(len(request(cap).body) // 4 + cap for cap in caps) <= most:
        assert not kept, "nothing is kept back that can be afforded"


def test_what_was_not_sent_costs_nothing() -> None:
    target = Answering(failure="not sent: the run was ended")
    sender = SpendingSender(target, Spending(SpendingLimits(requests=1, tokens=500)))
    assert [sender.send(request(300)).failure for _ in range(3)] == ["not sent: the run was ended"] * 3


def test_what_is_not_answered_costs_what_it_might() -> None:
    sender = SpendingSender(Answering(failure="timeout"), Spending(SpendingLimits(tokens=500)))
    assert sender.send(request(300)).failure == "timeout"
    assert "--max-tokens" in sender.send(request(300)).failure
