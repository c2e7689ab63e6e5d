"""What the model says next, written down beforehand: for those who try an agent of theirs on the reference gateway."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.reference.calls import Json
from conformance.reference.tools import Tool, ToolCall

_MAY_BE = 'a text, a call {"tool": NAME, "arguments": {…}}, or a list of calls that are made at once'


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of the tool of this name; `arguments` is a JSON object."""

    name: str
    arguments: dict[str, Json]

    def of(self, offered: Sequence[Tool]) -> ToolCall:
        """The call of the tool that has this name. One that is not offered is called all the same, as models do."""
        named = (tool for tool in offered if tool.name == self.name and tool.kind != "mcp")
        tool = next(named, Tool("function", self.name))
        if tool.kind == "custom" and isinstance(text := self.arguments.get("input"), str):
            return ToolCall(tool, text)
        return ToolCall(tool, json.dumps(self.arguments, ensure_ascii=False, separators=(",", ":")))


class Script:
    """Entries that the model takes one after the other, whatever it is asked and by whomever; each is taken once.

    An entry is a text, a call `{"tool": NAME, "arguments": {...}}`, or a list of calls that are made at once. The arguments
    are a JSON object, none if they are left out; of a custom tool it is `{"input": TEXT}`.
    """

    def __init__(self, entries: Json) -> None:
        """Takes a list as JSON has it. Raises ValueError, of one line, which says what is no entry."""
        if not isinstance(entries, list):
            raise ValueError(f"a script is a list, not {_shown(entries)}; each entry is {_MAY_BE}")  # noqa: TRY004  # it is data that is wrong
        self._left = deque(_entry(entry, f"entry {number} of the script") for number, entry in enumerate(entries, 1))

    def next(self, offered: Sequence[Tool]) -> str | tuple[ToolCall, ...] | None:
        """The next text, or the calls of the next entry, of tools that a request offers. None when all are taken."""
        try:
            entry = self._left.popleft()  # without a look at what is left, for another thread may take it
        except IndexError:
            return None
        return entry if isinstance(entry, str) else tuple(call.of(offered) for call in entry)


def _entry(entry: Json, where: str) -> str | tuple[_Call, ...]:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, list) and entry:
        return tuple(_call(call, f"call {number} in {where}") for number, call in enumerate(entry, 1))
    return (_call(entry, where),)


def _call(call: Json, where: str) -> _Call:
    match call:
        case {"tool": str(name), **others} if name and others.keys() <= {"arguments"}:
            arguments = others.get("arguments", {})
            if isinstance(arguments, dict) and _is_json(arguments):
                return _Call(name, arguments)
            raise ValueError(f"{where}: arguments must be a JSON object, not {_shown(arguments)}")
    may_be = 'a call {"tool": NAME, "arguments": {…}}' if where.startswith("call") else _MAY_BE
    raise ValueError(f"{where} must be {may_be}, not {_shown(call)}")


def _is_json(value: Json) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _shown(value: Json) -> str:
    """A value in a line, cut where it is long."""
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
