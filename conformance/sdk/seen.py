"""What the caller of a client library gets, as plain JSON: the fields of an object, the events of a stream, an exception."""

import asyncio
import dataclasses
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Set
from enum import Enum
from typing import Any

from conformance.sdk.normal import blob, exception_text, normalised
from conformance.sdk.tap import TOKEN

_PLAIN = (str, bytes, bool, int, float, type(None), list, tuple, Mapping, Set)
_MOST_EVENTS = 200
_ATTRIBUTES = ("code", "param", "type", "request_id", "error_code")
"""What programs tell exceptions apart by, beside their type and status."""


def observe(call: Callable[[], Any], runner: asyncio.Runner) -> dict[str, Any]:
    """Calls, and tells what came of it. An awaitable is awaited, a stream read to its end."""
    events = list[Any]()
    try:
        value = call()
        if inspect.isawaitable(value):
            value = runner.run(_awaited(value))
        if not _is_stream(value):
            return {"type": _type(value), **_classes_field(_classes(value)), "value": plain(value)}
        name, classes = _type(value), set[str]()
        if hasattr(value, "__aiter__"):
            runner.run(_read(value, events, classes))
        else:
            for event in value:
                events.append(plain(event))
                classes |= _classes(event)
        return {"type": name, **_classes_field(classes), "events": events}
    except Exception as error:  # whatever a client raises is what its caller gets
        before = {"events": events} if events else {}
        return {"error": of_error(error), **before}


def settled(got: dict[str, Any]) -> dict[str, Any]:
    """What came of a call, to compare by: without what differs by chance, and no more than so many events."""
    kept = {**got, **({"value": normalised(got["value"])} if "value" in got else {})}
    if "events" in got:
        kept |= {"events": normalised(got["events"][:_MOST_EVENTS]), "count": len(got["events"])}
    return kept


async def _awaited(value: Any) -> Any:
    return await value


async def _read(stream: AsyncIterator[Any], events: list[Any], classes: set[str]) -> None:
    async for event in stream:
        events.append(plain(event))  # (what came before a stream breaks off is kept)
        classes |= _classes(event)


def _type(value: Any) -> str:
    """The name of a type; what a generic one was made with is no business of the caller's."""
    return type(value).__name__.partition("[")[0]


def _classes(value: Any, depth: int = 12) -> set[str]:
    """The names of the classes in a value that its public fields do not show, such as which kind of item a client made."""
    if isinstance(value, _PLAIN):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        return set().union(*(_classes(one, depth) for one in inner)) if inner else set()
    if isinstance(value, Enum | type) or not depth or not _has_fields(value):
        return set()
    fields = vars(value).items() if hasattr(value, "__dict__") else ()
    return {_type(value)}.union(*(_classes(one, depth - 1) for name, one in fields if not name.startswith("_")))


def _classes_field(classes: set[str]) -> dict[str, Any]:
    return {"classes": sorted(classes)} if classes else {}


def _has_fields(value: Any) -> bool:
    return hasattr(value, "model_dump") or hasattr(value, "as_dict") or dataclasses.is_dataclass(value)


def _is_stream(value: Any) -> bool:
    """Whether a value is to be read event by event. Objects of pydantic can be iterated too: over their fields."""
    if isinstance(value, _PLAIN) or hasattr(value, "model_dump") or hasattr(value, "as_dict"):
        return False
    return isinstance(value, Iterator | AsyncIterator) or hasattr(value, "__aiter__") or hasattr(value, "__iter__")


def plain(value: Any) -> Any:
    """An object as its public fields show it; what is absent and what is None are the same to most callers."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=repr)
    return _fields(value)


def _fields(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(exclude_none=True, warnings=False))
    if hasattr(value, "as_dict"):
        return plain(value.as_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return blob(value) if isinstance(value, bytes) else f"<{type(value).__name__}>"


def of_error(error: BaseException) -> dict[str, Any]:
    """An exception as a caller can handle it: its types, text, status and body, and what caused it."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException, Exception)]
    found: dict[str, Any] = {
        "type": names[0] if names else type(error).__name__,
        "is_a": names,
        "text": exception_text(str(error)),
    }
    if TOKEN in str(error):
        found["holds_credential"] = True
    for name, places in (("status", ("status_code", "code", "status")), ("body", ("body", "details", "error_code"))):
        for place in places:
            value = getattr(error, place, None)
            if isinstance(value, int | str | dict | list) and value not in ("", [], {}):
                found[name] = normalised(plain(value))
                break
    told = {name: getattr(error, name, None) for name in _ATTRIBUTES}
    if told := {name: value for name, value in told.items() if isinstance(value, int | str) and value != ""}:
        found["attributes"] = normalised(told)
    if cause := error.__cause__:
        found["cause"] = f"{type(cause).__module__.partition('.')[0]}.{type(cause).__name__}"
    return found
