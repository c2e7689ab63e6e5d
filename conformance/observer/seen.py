"""What the caller of a client library gets, as plain JSON: the fields of an object, the events of a stream, an exception."""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Set
from enum import Enum
from hashlib import sha256
from typing import Any

from _pytest.outcomes import Failed

from conformance.observer.limit import Hang
from conformance.observer.loops import EventLoop

_SAY_NOTHING = frozenset(Failed.__mro__) | {Exception}
"""Types that exceptions are derived from, and that tell nothing of them: those of pytest too."""
_PLAIN = (str, bytes, bool, int, float, type(None), list, tuple, Mapping, Set)
_ATTRIBUTES = ("code", "param", "type", "request_id", "error_code")
"""What programs tell exceptions apart by, beside their type and status."""


def observe(call: Callable[[], Any], loop: EventLoop) -> dict[str, Any]:
    """Calls, and tells what came of it. An awaitable is awaited, a stream read to its end."""
    events: list[Any] = []
    try:
        value = call()
        if inspect.isawaitable(value):
            value = loop.run(value)
        if not _is_stream(value):
            named = {"type": _type(value), **_classes_field(_classes(value))}
            return {**named, "value": plain(value), **_dumped(value), **_none_field(_given_none(value))}
        name, classes, none = _type(value), set[str](), set[str]()

        def take(event: Any) -> None:
            events.append(plain(event))  # (what came before a stream breaks off is kept)
            classes.update(_classes(event))
            none.update(_given_none(event))

        if hasattr(value, "__aiter__"):
            loop.run(_read(value, take))
        else:
            for event in value:
                take(event)
        return {"type": name, **_classes_field(classes), "events": events, **_none_field(none)}
    except (Exception, Hang) as error:  # whatever a client raises is what its caller gets
        before = {"events": events} if events else {}
        return {"error": of_error(error), **before}


async def _read(stream: AsyncIterator[Any], take: Callable[[Any], None]) -> None:
    async for event in stream:
        take(event)


def _type(value: Any) -> str:
    """The name of a type; what a generic one was made with is no business of the caller's."""
    return type(value).__name__.partition("[")[0]


def _classes(value: Any, depth: int = 12) -> set[str]:
    """The names of the classes in a value that its public fields do not show, such as which kind of item a client made."""
    if isinstance(value, _PLAIN):
        inner: Any = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        return set().union(*(_classes(one, depth) for one in inner)) if inner else set()
    if isinstance(value, (Enum, type)) or not depth or not _has_fields(value):
        return set()
    fields = vars(value).items() if hasattr(value, "__dict__") else ()
    return {_type(value)}.union(*(_classes(one, depth - 1) for name, one in fields if not name.startswith("_")))


def _classes_field(classes: set[str]) -> dict[str, Any]:
    return {"classes": sorted(classes)} if classes else {}


def _none_field(none: set[str]) -> dict[str, Any]:
    return {"none": sorted(none)} if none else {}


def _has_fields(value: Any) -> bool:
    return hasattr(value, "model_dump") or hasattr(value, "as_dict") or dataclasses.is_dataclass(value)


def _is_stream(value: Any) -> bool:
    """Whether a value is to be read event by event. Objects of pydantic can be iterated too: over their fields."""
    if isinstance(value, _PLAIN) or hasattr(value, "model_dump") or hasattr(value, "as_dict"):
        return False
    return isinstance(value, (Iterator, AsyncIterator)) or hasattr(value, "__aiter__") or hasattr(value, "__iter__")


def plain(value: Any) -> Any:
    """An object as its public fields show it, without those that are None."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=repr)
    return _fields(value)


def _fields(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return plain(_dump(value, exclude_none=True))
    if hasattr(value, "as_dict"):
        return plain(value.as_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return f"<{len(value)} bytes, {sha256(value).hexdigest()[:12]}>"
    return f"<{type(value).__name__}>"


def _dump(value: Any, **options: bool) -> Any:
    try:
        return value.model_dump(warnings=False, **options)
    except (TypeError, ValueError):  # with pydantic 1 a client stands in for the method, without this option
        return value.model_dump(**options)


def _given_none(value: Any) -> set[str]:
    """The fields that an object of pydantic was given as None, where others are absent: in JSON they are null."""
    if not hasattr(value, "model_dump"):
        return set()
    try:
        return set(_none_paths(_dump(value, exclude_unset=True), ""))
    except Exception:  # whatever cannot be dumped shows where it is told as a whole
        return set()


def _none_paths(value: Any, where: str) -> Iterator[str]:
    if value is None:
        yield where
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _none_paths(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _none_paths(inner, f"{where}[*]")


def _dumped(value: Any) -> dict[str, Any]:
    """Whether an object comes back from the JSON that it makes of itself, as programs keep answers."""
    dump, read = getattr(value, "model_dump_json", None), getattr(type(value), "model_validate_json", None)
    if dump is None or read is None:
        return {}
    try:
        text = dump()
        return {"dump": "same" if read(text).model_dump_json() == text else "other"}
    except Exception as error:  # it is what whoever dumps it gets
        return {"dump": type(error).__name__}


def of_error(error: BaseException) -> dict[str, Any]:
    """An exception as a caller can handle it: its types, text, status and body, and what caused it."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in _SAY_NOTHING]
    found: dict[str, Any] = {"type": names[0] if names else type(error).__name__, "is_a": names, "text": text_of(error)}
    for name, places in (("status", ("status_code", "code", "status")), ("body", ("body", "details", "error_code"))):
        for place in places:
            value = _attribute(error, place)
            if isinstance(value, (int, str, dict, list)) and value not in ("", [], {}):
                found[name] = _body(value)
                break
    told = {name: _attribute(error, name) for name in _ATTRIBUTES}
    if told := {name: value for name, value in told.items() if isinstance(value, (int, str)) and value != ""}:
        found["attributes"] = told
    if cause := error.__cause__:
        found["cause"] = f"{type(cause).__module__.partition('.')[0]}.{type(cause).__name__}"
    return found


def text_of(told: object) -> str:
    """What an exception or a warning says; that it cannot say it is no other exception.

    Where the environment lies is left out: of two, each is elsewhere.
    """
    try:
        is_virtual = sys.prefix != sys.base_prefix
        return str(told).replace(f"{sys.prefix}{os.sep}", f"…{os.sep}") if is_virtual else str(told)
    except Exception as error:
        return f"<no text: str() raises {type(error).__name__}>"


def _attribute(error: BaseException, name: str) -> Any:
    try:
        return getattr(error, name, None)
    except Exception:  # a property that raises tells nothing
        return None


def _body(value: Any) -> Any:
    """What an exception holds; of what cannot be told, such as a dict that holds itself, the type."""
    try:
        return plain(value)
    except Exception:
        return f"<{type(value).__name__}>"
