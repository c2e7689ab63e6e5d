"""What the caller of a client library gets, as plain JSON: the fields of an object, the events of a stream, an exception."""

import asyncio
import dataclasses
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Set
from enum import Enum
from typing import Any

from conformance.sdk.normal import blob, complaint, steady

_PLAIN = (str, bytes, bool, int, float, type(None), list, tuple, Mapping, Set)
_MOST_EVENTS = 200


def seen(call: Callable[[], Any], runner: asyncio.Runner) -> dict[str, Any]:
    """Calls, and tells what came of it. An awaitable is awaited, a stream read to its end."""
    events = list[Any]()
    try:
        value = call()
        if inspect.isawaitable(value):
            value = runner.run(_awaited(value))
        if not _is_stream(value):
            return {"type": _type(value), "value": steady(plain(value))}
        name = _type(value)
        if hasattr(value, "__aiter__"):
            runner.run(_read(value, events))
        else:
            for event in value:
                events.append(plain(event))
        return {"type": name, "events": steady(events[:_MOST_EVENTS]), "count": len(events)}
    except Exception as error:  # whatever a client raises is what its caller gets
        before = {"events": steady(events[:_MOST_EVENTS]), "count": len(events)} if events else {}
        return {"error": of_error(error), **before}


async def _awaited(value: Any) -> Any:
    return await value


async def _read(stream: AsyncIterator[Any], events: list[Any]) -> None:
    async for event in stream:
        events.append(plain(event))  # noqa: PERF401 (what came before a stream breaks off is kept)


def _type(value: Any) -> str:
    """The name of a type; what a generic one was made with is no business of the caller's."""
    return type(value).__name__.partition("[")[0]


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
        "text": complaint(str(error)),
    }
    for name, places in (("status", ("status_code", "code", "status")), ("body", ("body", "details", "error_code"))):
        for place in places:
            value = getattr(error, place, None)
            if isinstance(value, int | str | dict | list) and value not in ("", [], {}):
                found[name] = steady(plain(value))
                break
    if cause := error.__cause__:
        found["cause"] = f"{type(cause).__module__.partition('.')[0]}.{type(cause).__name__}"
    return found
