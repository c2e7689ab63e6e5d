"""Limits of rate and times in the report: told in a line, in a table, and by whose clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conformance.report.html import page
from conformance.report.pace import limits_line, limits_of, together
from conformance.report.results import ExchangeTimes, KeptLimits, Results
from conformance.report.terminal import summary
from conformance.report.timing import times_of, timing
from conformance.report.views.pace import Scale
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.rate import LimitChange, RateLog
from conformance.wire.sender import RateLimits
from conformance.wire.timeline import Step
from tests.report.made import case, results
from tests.report.parsed import HOSTILE, assert_inert

LOG = RateLog(
    RateLimits(requests_per_minute=60),
    throttled=9,
    episodes=2,
    waited_s=31.2,
    most_in_flight=8,
    changes=[LimitChange(1.23, HOSTILE, "in flight", 8, 4, "429"), LimitChange(1.24, "", "pause", 0, 2.5, "429")],
)


def run(limits: KeptLimits | None, *, recorded: bool = False) -> Results:
    """The results of a run with these limits, and the times of one model, which is called something hostile."""
    times = ExchangeTimes(surface="chat", model=HOSTILE, streamed=True, first_s=0.5, total_s=2.0, gaps_s=(0.1, 0.3))
    found = results(case("chat/paths.path", {"CHAT-PATH": "passed"}))
    return replace(found, limits=limits, timing=timing([times], recorded=recorded))


def test_limits_are_told_in_one_line() -> None:
    lines = [line for line, _ in summary(run(limits_of(LOG)), None)]
    told = "at most 60 requests a minute, slowed 2 times by 429s (9), waited 31 s, at most 8 in flight"
    assert f"limits: {told}" in lines


@pytest.mark.parametrize(
    "limits", [None, limits_of(RateLog(RateLimits(), most_in_flight=8))], ids=["replay", "none met"]
)
def test_what_held_nothing_back_is_not_told(limits: KeptLimits | None) -> None:
    assert not [line for line, _ in summary(run(limits), None) if line.startswith("limits")]


def test_the_page_shows_each_change_and_the_times_and_obeys_no_name() -> None:
    text = page(run(limits_of(LOG)), [])
    assert_inert(text)
    for shown in ("in flight: 8 → 4", "nothing sent for 2.5 s", "0.200 · 0.290", "0.500 · 0.500"):
        assert shown in text


def test_times_of_a_recording_say_so() -> None:
    assert "the times of the recording" in page(run(None, recorded=True), [])
    assert "the times of the recording" not in page(run(None), [])


def test_processes_of_one_run_are_told_together() -> None:
    told = limits_line(together([limits_of(LOG), limits_of(LOG)]))
    assert told == "at most 60 requests a minute, slowed 4 times by 429s (18), waited 31 s, at most 16 in flight"


def answered(*at: float, status: int = 200, media_type: str = "text/event-stream") -> Exchange:
    response = Response(status, {"content-type": media_type}, tuple(Chunk(b"x", each) for each in at))
    return Exchange(Request("POST", "http://h/", {}), response)


def test_when_an_answer_came() -> None:
    found = times_of(answered(0.5, 0.7, 1.0), "chat", "a")
    assert found == ExchangeTimes(surface="chat", model="a", streamed=True, first_s=0.5, total_s=1.0, gaps_s=(0.2, 0.3))
    whole = times_of(answered(0.5, 0.7, media_type="application/json"), "chat", "a")
    assert whole
    assert (whole.streamed, whole.gaps_s) == (False, ())
    many = times_of(answered(*(number / 10 for number in range(1, 500))), "chat", "a")
    assert many
    assert len(many.gaps_s) == 20


@pytest.mark.parametrize(
    "exchange", [answered(0.5, status=400), answered(), answered(0.0)], ids=["400", "empty", "unknown"]
)
def test_of_what_nothing_is_claimed(exchange: Exchange) -> None:
    assert times_of(exchange, "chat", "a") is None


def test_surfaces_models_and_ways_are_apart() -> None:
    each = [
        ExchangeTimes(surface=surface, model=model, streamed=streamed, first_s=first, total_s=first)
        for surface, model, streamed, first in (
            ("chat", "a", False, 1.0), ("chat", "a", False, 3.0), ("chat", "a", True, 5.0), ("chat", "b", False, 7.0),
            ("gemini", "a", False, 9.0),
        )
    ]  # fmt: skip
    rows = timing(each, recorded=False).rows
    assert [(row.surface, row.model, row.streamed, row.exchanges, row.first_s.median) for row in rows] == [
        ("chat", "a", False, 2, 2.0),
        ("chat", "a", True, 1, 5.0),
        ("chat", "b", False, 1, 7.0),
        ("gemini", "a", False, 1, 9.0),
    ]


def over_time(*steps: tuple[int, int, int]) -> RateLog:
    """The log of a run whose steps these are: in flight, waiting, answered with 429."""
    log = RateLog(RateLimits())
    log.timeline.steps = [Step(*step) for step in steps]
    return log


def test_the_run_is_shown_over_time() -> None:
    steps = [(8, 0, 0)] * 20 + [(4, 3, 0)] * 5 + [(4, 0, 2)] + [(2, 0, 0)] * 4
    text = page(run(limits_of(over_time(*steps))), [])
    assert_inert(text)
    assert 'aria-label="At most 8 requests in flight over 8 s; 2 answers with 429."' in text
    assert '<rect class="waited" x="20" y="0" width="5"' in text
    assert '<rect class="throttled" x="25"' in text
    assert "<svg viewBox" not in page(run(limits_of(over_time(*steps[:3]))), []), "what was over at once is no picture"


def test_a_long_run_is_thinned_and_loses_no_429() -> None:
    steps = [(number % 7, number % 2, number % 100 == 0) for number in range(7000)]
    found = limits_of(over_time(*steps)).timeline
    assert found
    assert len(found.in_flight) <= 240
    assert sum(found.throttled) == 70
    assert max(found.in_flight) == 6
    assert found.step_s * len(found.in_flight) == pytest.approx(7000 * 0.25, rel=0.02)


def test_processes_are_added_up_over_time() -> None:
    short, long = (limits_of(over_time(*[(3, 0, 1)] * steps)) for steps in (10, 480))
    found = together([short, long]).timeline
    assert found
    assert found.step_s == 0.5
    assert found.in_flight[:6] == (6, 6, 6, 6, 6, 3)
    assert sum(found.throttled) == 490


@given(st.lists(st.floats(0, 500, allow_nan=False), min_size=1))
def test_every_time_stands_on_the_scale(seconds: list[float]) -> None:
    scale = Scale.over(seconds)
    places = [scale.place(one) for one in sorted(seconds)]
    assert places == sorted(places)
    assert all(0 <= place <= scale.width for place in places)
    assert len(scale.ticks) >= 2
