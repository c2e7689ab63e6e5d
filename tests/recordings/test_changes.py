"""What comes and goes by chance is no change; what was always there and is not is one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.recordings.changes import Change, of_shapes
from conformance.recordings.schema import Known
from conformance.recordings.shapes import Shape

WHOLE = Known.of("chat", "ChatCompletion")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def completion(**members: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"object": "chat.completion", "created": 1, "choices": [choice], "usage": usage, **members}


def shape(*bodies: Any, known: Known = WHOLE) -> Shape:
    made = Shape(known)
    for number, body in enumerate(bodies):
        made.add(body, f"case-{number}")
    return made


def changes(old: list[Any], new: list[Any]) -> list[Change]:
    return list(of_shapes(shape(*old), shape(*new), "chat"))


def told(old: list[Any], new: list[Any]) -> list[tuple[str, str, str]]:
    return [(change.kind, change.where, change.what) for change in changes(old, new)]


@given(st.lists(JSON, min_size=1, max_size=4))
def test_the_same_answers_in_any_order_are_no_change(bodies: list[Any]) -> None:
    assert not changes(bodies, bodies[::-1])


@given(JSON, JSON)
def test_any_two_answers_can_be_compared(old: Any, new: Any) -> None:
    assert {change.kind for change in changes([old], [new])} <= {"breaking", "additive"}


def test_what_was_there_in_some_answers_may_go() -> None:
    assert not told([completion(id="x"), completion()], [completion()] * 3)


def test_a_member_of_which_the_spec_says_nothing_needs_to_be_seen_often() -> None:
    once, often = [completion(trace="x")], [completion(trace="x")] * 3
    assert not told(once, [completion()])
    assert told(often, [completion()] * 3) == [("breaking", "chat trace", "the member is gone")]
    assert not told(often, [completion(), completion(trace="y"), completion()])


def test_one_that_the_spec_requires_needs_to_be_seen_once() -> None:
    bare = completion()
    del bare["usage"]
    assert told([completion()], [bare]) == [("breaking", "chat usage", "the member is gone")]
    assert told([completion()] * 2, [completion(), bare]) == [
        ("breaking", "chat usage", "the member is missing at times")
    ]


def test_details_and_reasoning_come_and_go() -> None:
    details = completion(usage={**completion()["usage"], "prompt_tokens_details": {"cached_tokens": 0}})
    assert not told([details] * 9, [completion()] * 9)
    assert [kind for kind, *_ in told([completion()] * 9, [details] * 9)] == ["additive"]


def test_null_is_what_is_not_there() -> None:
    assert not told([completion(system_fingerprint=None)], [completion(system_fingerprint="fp")])
    assert not told([completion(system_fingerprint="fp")], [completion(system_fingerprint=None)])


def test_an_integer_is_a_number() -> None:
    assert not told([completion(created=7)], [completion(created=7.0)])


def test_a_type_that_the_spec_knows_beside_the_old_one_is_added() -> None:
    def saying(content: Any) -> dict[str, Any]:
        return completion(choices=[{"index": 0, "message": {"role": "assistant", "content": content}}])

    blocks = [{"type": "text", "text": "Hello."}]
    found = told([saying("a"), saying("b")], [saying("a"), saying(blocks)])
    assert ("additive", "chat choices[].message.content", "another type, which the spec knows") in found
    assert told([saying("a")], [saying(7)]) == [("breaking", "chat choices[].message.content", "another type")]
    found = told([saying("a")], [saying(blocks)])
    assert ("breaking", "chat choices[].message.content", "another type") in found


def test_of_what_came_or_went_the_top_alone_is_told() -> None:
    filled = completion(gateway={"a": {"b": 1}})
    assert told([completion()] * 3, [filled] * 3) == [("additive", "chat gateway", "a new member")]
    assert told([filled] * 3, [completion()] * 3) == [("breaking", "chat gateway", "the member is gone")]


def test_values_count_where_the_spec_lists_them() -> None:
    assert told([completion()], [completion(object="text_completion")]) == [
        ("breaking", "chat object", "a value that the spec does not know")
    ]
    assert not told([completion(model="a")], [completion(model="b")])


def test_a_value_that_the_spec_knows_is_added() -> None:
    known = Known("chat", ({"properties": {"status": {"type": "string", "enum": ["completed", "incomplete"]}}},))
    assert known.below("status").values == {"completed", "incomplete"}
    old, new = shape({"status": "completed"}, known=known), shape({"status": "incomplete"}, known=known)
    assert [(change.kind, change.new) for change in of_shapes(old, new, "responses")] == [("additive", "incomplete")]


def test_events_stand_below_their_types() -> None:
    known = Known.of("responses", "ResponseStreamEvent")
    created = {"type": "response.created", "sequence_number": 0}
    completed, other = {"type": "response.completed", "sequence_number": 1}, {"type": "gateway.note", "text": "x"}
    old, new = Shape(known), Shape(known)
    old.add_stream([created, completed], "a")
    new.add_stream([created, created, other], "a")
    assert [(change.kind, change.where, change.what) for change in of_shapes(old, new, "responses")] == [
        ("additive", "responses gateway.note", "a new event"),
        ("breaking", "responses response.completed", "no such event any more"),
    ]
