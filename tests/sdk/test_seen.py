"""What the caller of a client gets, as it is observed: values, streams and exceptions of every kind, as plain JSON."""

import asyncio
import dataclasses
import json
from collections import UserDict
from collections.abc import AsyncIterator, Callable, Iterator
from enum import Enum
from types import MappingProxyType, SimpleNamespace
from typing import Any, Generic, TypeVar

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.observer.loops import EventLoop
from conformance.observer.seen import observe as seen_as_it_came
from conformance.observer.seen import of_error as error_as_it_came
from conformance.observer.seen import plain
from conformance.reference.tap import TOKEN
from conformance.sdk.seen import of_error as comparable
from conformance.sdk.seen import settled, with_errors

T = TypeVar("T")
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def seen(call: Callable[[], Any], loop: EventLoop) -> dict[str, Any]:
    """What is kept of a call, but for the names of classes, and what becomes of an object of pydantic as JSON."""
    found = settled(with_errors(seen_as_it_came(call, loop)))
    return {name: kept for name, kept in found.items() if name not in ("classes", "dump", "none")}


def of_error(error: BaseException) -> dict[str, Any]:
    """What is kept of an exception."""
    return comparable(error_as_it_came(error))


@pytest.fixture(scope="module")
def loop() -> Iterator[EventLoop]:
    made = EventLoop()
    yield made
    made.close()


class Colour(Enum):
    RED = "red"


class Reason(str, Enum):  # noqa: UP042 (as clients that know Python 3.10 have it)
    STOP = "stop"


class Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    text: str | None = None
    data: bytes | None = None
    colour: Colour = Colour.RED


class Boxed(pydantic.BaseModel, Generic[T]):
    inner: T


@dataclasses.dataclass
class Turn:
    role: str
    parts: list[Any]


class AsDict:
    def as_dict(self) -> dict[str, Any]:
        return {"content": "hi", "colour": Colour.RED}

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("it is no stream")


class Stream:
    """A stream as clients make them: an object that is iterated once, and may break in the middle."""

    def __init__(self, *events: Any, breaks: Exception | None = None) -> None:
        self._events, self._breaks = events, breaks

    def __iter__(self) -> Iterator[Any]:
        yield from self._events
        if self._breaks:
            raise self._breaks


class AsyncStream(Stream):
    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self._events:
            await asyncio.sleep(0)
            yield event
        if self._breaks:
            raise self._breaks


async def awaited(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


STREAMS = pytest.mark.parametrize("kind", [Stream, AsyncStream])
NEVER: Callable[..., Any] = pytest.fail


@pytest.mark.parametrize(
    ("value", "type_", "told"),
    [
        ("hi", "str", "hi"),
        (None, "NoneType", None),
        (3, "int", 3),
        (("a", 1), "tuple", ["a", 1]),
        ({"b": {"c": Reason.STOP}}, "dict", {"b": {"c": "stop"}}),
        (MappingProxyType({"x-a": "b"}), "mappingproxy", {"x-a": "b"}),
        (UserDict({1: 2}), "UserDict", {"1": 2}),
        ({"b", "a"}, "set", ["a", "b"]),
        (Colour.RED, "Colour", "red"),
        (Part.model_validate({"text": "hi", "more": [1]}), "Part", {"text": "hi", "colour": "red", "more": [1]}),
        (Boxed[int](inner=3), "Boxed", {"inner": 3}),
        (AsDict(), "AsDict", {"content": "hi", "colour": "red"}),
        (Turn("user", [Part(text="a"), Turn("b", [])]), "Turn",
         {"role": "user", "parts": [{"text": "a", "colour": "red"}, {"role": "b", "parts": []}]}),
        (SimpleNamespace(a=1), "SimpleNamespace", "<SimpleNamespace>"),
        (Turn, "type", "<type>"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_is_told_by_its_type_and_its_public_fields(loop: EventLoop, value: Any, type_: str, told: Any) -> None:
    assert seen(lambda: value, loop) == {"type": type_, "value": told}
    assert seen(lambda: awaited(value), loop) == {"type": type_, "value": told}


@settings(deadline=None)
@given(value=JSON)
def test_json_is_plain_already(value: Any) -> None:
    assert plain(value) == value
    assert json.loads(json.dumps(plain(value))) == value


@given(one=st.binary(max_size=50), other=st.binary(max_size=50))
def test_bytes_are_told_apart_and_not_kept(one: bytes, other: bytes) -> None:
    assert plain(one).startswith(f"<{len(one)} bytes, ")
    assert (plain(one) == plain(other)) == (one == other)
    assert plain(Part(data=one))["data"] == plain(one)


@STREAMS
@settings(deadline=None)
@given(events=st.lists(st.text("abc ", max_size=5), max_size=8))
def test_a_stream_is_read_to_its_end(loop: EventLoop, kind: type[Stream], events: list[str]) -> None:
    expected = {"type": kind.__name__, "events": events, "count": len(events)}
    assert seen(lambda: kind(*events), loop) == expected
    assert seen(lambda: awaited(kind(*events)), loop) == expected


@STREAMS
def test_events_are_told_as_values_are(loop: EventLoop, kind: type[Stream]) -> None:
    found = seen(lambda: kind(Part(text="a"), AsDict(), b"x", None), loop)
    told = [{"text": "a", "colour": "red"}, {"content": "hi", "colour": "red"}, plain(b"x"), None]
    assert found["events"] == told


def test_generators_are_streams(loop: EventLoop) -> None:
    async def later() -> AsyncIterator[int]:
        yield 1

    assert seen(lambda: (number for number in range(2)), loop) == {"type": "generator", "events": [0, 1], "count": 2}
    assert seen(later, loop) == {"type": "async_generator", "events": [1], "count": 1}


@STREAMS
def test_what_came_before_a_stream_broke_is_told(loop: EventLoop, kind: type[Stream]) -> None:
    found = seen(lambda: kind("a", "b", breaks=ValueError("cut")), loop)
    assert found == {
        "error": {"type": "ValueError", "is_a": ["ValueError"], "text": "cut"},
        "events": ["a", "b"],
        "count": 2,
    }
    assert seen(lambda: kind(breaks=ValueError("cut")), loop).keys() == {"error"}


@STREAMS
def test_a_long_stream_is_counted(loop: EventLoop, kind: type[Stream]) -> None:
    found = seen(lambda: kind(*range(1000)), loop)
    assert found["count"] == 1000
    assert found["events"] == list(range(len(found["events"])))
    assert seen(lambda: kind(*range(999)), loop) != found


def test_an_exception_is_what_the_caller_gets(loop: EventLoop) -> None:
    def fails() -> Any:
        raise TypeError("no such argument")

    expected = {"error": {"type": "TypeError", "is_a": ["TypeError"], "text": "no such argument"}}
    assert seen(fails, loop) == expected
    assert seen(lambda: awaited(TypeError("no such argument")), loop) == expected


def test_a_case_that_fails_itself_is_no_observation(loop: EventLoop) -> None:
    with pytest.raises(pytest.fail.Exception):
        seen(lambda: NEVER("the case is wrong"), loop)


class APIError(Exception):
    def __init__(self, text: str = "", **told: Any) -> None:
        super().__init__(text)
        self.__dict__ |= told


class NotFound(APIError):
    pass


@pytest.mark.parametrize(
    ("told", "status", "body"),
    [
        ({"status_code": 404, "body": {"error_code": "X"}}, 404, {"error_code": "X"}),
        ({"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [1]}, 429, [1]),
        ({"status_code": None, "code": 0, "error_code": "INTERNAL"}, 0, "INTERNAL"),
        ({"code": "", "status": "NOT_FOUND", "body": {}, "details": {"a": Colour.RED}}, "NOT_FOUND", {"a": "red"}),
        ({"status_code": 400, "body": None}, 400, None),
        ({"body": object()}, None, None),
    ],
)  # fmt: skip
def test_status_and_body_are_where_clients_put_them(told: dict[str, Any], status: Any, body: Any) -> None:
    found = of_error(NotFound("gone", **told))
    assert (found["type"], found["is_a"], found["text"]) == ("NotFound", ["NotFound", "APIError"], "gone")
    assert (found.get("status"), found.get("body")) == (status, body)


def test_the_cause_is_told_with_the_library_that_raised_it(loop: EventLoop) -> None:
    def fails() -> Any:
        try:
            return json.loads("{")
        except ValueError as error:
            raise APIError("cannot read") from error

    assert seen(fails, loop)["error"]["cause"] == "json.JSONDecodeError"
    assert "cause" not in of_error(APIError("alone"))


def test_an_exception_of_no_other_type_has_a_name() -> None:
    assert of_error(Exception("x")) == {"type": "Exception", "is_a": [], "text": "x"}


@STREAMS
def test_half_a_character_can_be_written_down(loop: EventLoop, kind: type[Stream]) -> None:
    """A stream may end an event in the middle of a character; a long text of these is hashed."""
    halves = ["\ud83d", "\ude00" * 600]
    found = seen(lambda: kind(*halves), loop)
    assert json.dumps(found, ensure_ascii=False).encode()
    assert found["events"][0] == "\\ud83d"
    assert seen(lambda: kind(*halves, breaks=ValueError("\ud83d")), loop)["error"]["text"] == "\\ud83d"


class Outer(pydantic.BaseModel):
    parts: list[Any]
    _private: Any = Boxed[int](inner=1)


@pytest.mark.parametrize(
    ("value", "classes"),
    [
        ({"a": [1, "b"]}, []),
        (SimpleNamespace(a=Turn("user", [])), []),
        (Turn("user", [AsDict(), {"deep": Boxed[str](inner="x")}]), ["AsDict", "Boxed", "Turn"]),
        (Outer(parts=[Turn("a", []), Colour.RED, Turn]), ["Outer", "Turn"]),
    ],
)
def test_the_classes_inside_a_value_are_told(value: Any, classes: list[str], loop: EventLoop) -> None:
    assert seen_as_it_came(lambda: value, loop).get("classes", []) == classes
    streamed = seen_as_it_came(lambda: iter([value, value]), loop)
    assert (streamed.get("classes", []), streamed["events"]) == (classes, [plain(value)] * 2)


def test_a_value_that_holds_itself_ends(loop: EventLoop) -> None:
    turn = Turn("user", [])
    turn.parts.append(turn)
    assert seen_as_it_came(lambda: turn, loop)["error"]["type"] == "RecursionError"


@pytest.mark.parametrize("length", [10, 5000])
def test_an_exception_that_tells_the_token_is_noted(length: int) -> None:
    found = of_error(ValueError("x" * length + f"Authorization: Bearer {TOKEN}"))
    assert found["holds_credential"] is True
    assert TOKEN not in json.dumps(found)
    assert "holds_credential" not in of_error(ValueError("x" * length))


def test_what_programs_tell_exceptions_apart_by_is_noted() -> None:
    error = ValueError("no")
    error.code, error.param, error.request_id, error.type = "bad", "max_tokens", "req_1", None  # type: ignore[attr-defined]
    assert of_error(error)["attributes"] == {"code": "bad", "param": "max_tokens", "request_id": "<request_id>"}
