"""What a run was doing when."""

from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.timeline import STEP_S, Timeline


def test_a_step_holds_the_most_of_it_and_what_lasts_from_the_one_before() -> None:
    timeline = Timeline()
    timeline.note(0.0, in_flight=1, waiting=0)
    timeline.note(0.1, in_flight=3, waiting=1)
    timeline.note(0.2, in_flight=2, waiting=0)
    timeline.note(STEP_S * 3.5, in_flight=0, waiting=0, throttled=1)
    told = [(step.in_flight, step.waiting, step.throttled) for step in timeline.steps]
    assert told == [(3, 1, 0), (2, 0, 0), (2, 0, 0), (2, 0, 1)], "two were under way until the last was answered"


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50), st.integers(0, 50), st.integers(0, 1))))
def test_no_429_is_lost_and_nothing_is_told_that_was_not(notes: list[tuple[float, int, int, int]]) -> None:
    timeline = Timeline()
    for at_s, in_flight, waiting, throttled in sorted(notes):
        timeline.note(at_s, in_flight=in_flight, waiting=waiting, throttled=throttled)
    assert sum(step.throttled for step in timeline.steps) == sum(note[3] for note in notes)
    assert max((step.in_flight for step in timeline.steps), default=0) == max((note[1] for note in notes), default=0)
    assert len(timeline.steps) <= 100 / STEP_S + 1
