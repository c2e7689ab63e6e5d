"""From what schemathesis made to a case of ours: the one member that it varies, put into the plain request.

Schemathesis fills a broken request with every optional member there is. Any of them may be refused as well, and then the
refusal tells nothing. So each case is the plain request of its operation, which has to be answered, with one member changed.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.corpus.annotations import fits, origins, origins_at
from conformance.corpus.case import GeneratedCase
from conformance.corpus.handmade import body_with_model
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS, Operation
from conformance.corpus.rules import forbidden_by, promised_by
from conformance.corpus.schemathesis_api import Found

MODEL = "system.ai.a-model"
"""Stands for the model where a body is held against its spec."""
_CAPS = ("max_tokens", "max_output_tokens")
_TURNS = ("messages", "input", "contents")
_HOLDERS = frozenset(
    {"text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"}
)
_CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}],
}
_LEFT_OUT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
"""A gateway may well answer these: they ask for nothing to be made."""
_ASKS_FOR = {"video_url": "gemini", "audio_url": "gemini", "input_audio": "gemini"}


def made(found: Found) -> GeneratedCase | None:
    """The case that `found` makes; None if it says nothing: not what it was before, or legal in another reading."""
    operation = OPERATIONS[found.operation]
    if not found.has_body or not isinstance(found.body, dict) or found.content_type != "application/json":
        return _of_the_whole_body(found)
    if found.method != "POST":
        return None if found.method in _LEFT_OUT_METHODS else _with_method(found)
    fields, without = _varied(found, operation)
    if not fields and not without:
        return None
    if "model" in (*fields, *without) and not _asks_about_the_model(found, operation, taken_out=bool(without)):
        return None
    case = GeneratedCase(
        found.operation, "positive" if found.positive else "negative", found.kind, found.place, fields, without
    )
    return _judged(case, found)


def _asks_about_the_model(found: Found, operation: Operation, *, taken_out: bool) -> bool:
    """Whether a broken name of the model breaks the request: names are the target's, and the pages print chat without one."""
    return not found.positive and operation.model_in_body and not (taken_out and operation.spec == "chat")


def _varied(found: Found, operation: Operation) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is set, and what is taken out, of the plain request."""
    member = found.place.partition(".")[0]
    if not member:
        return _capped({name: value for name, value in found.body.items() if name != "model"}, found), ()
    if member not in found.body:
        return {}, (member,) if member in (*operation.base, "model") else ()
    value = _one_holder(found.body[member], found.place) if operation.spec == "gemini" else found.body[member]
    if member in _TURNS and isinstance(value, list) and len(value) == 1:
        value = _conversation(value[0], operation)
    return _capped({member: value}, found), ()


def _one_holder(value: Any, place: str) -> Any:
    """A Gemini turn whose parts hold the one key that is varied: of all that a part may be, it may be only one."""
    key = place.partition("parts.[].")[2].partition(".")[0]
    if not key:
        return value
    if isinstance(value, list):
        return [_one_holder(member, place) for member in value]
    if not isinstance(value, dict) or not isinstance(value.get("parts"), list):
        return value
    beside = {} if key in _HOLDERS else {"text": "Say ok."}
    parts = [beside | {key: part[key]} if isinstance(part, dict) and key in part else part for part in value["parts"]]
    return value | {"parts": parts}


def _conversation(item: Any, operation: Operation) -> list[Any]:
    """The turns around one that is varied, so that nothing else is wrong with them."""
    role = item.get("role") if isinstance(item, dict) else "user"
    hello = next(operation.base[name] for name in _TURNS if name in operation.base)[0]
    match role:
        case "user":
            return [item]
        case "system" | "developer":
            return [item, hello]
        case "tool":
            return [hello, _CALL, item]
        case _:
            return [hello, item, hello]


def _capped(fields: dict[str, Any], found: Found) -> dict[str, Any]:
    """The same with a short answer asked for, unless it is the cap that is varied."""
    thinking = fields.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") == "enabled":
        budget = thinking.get("budget_tokens")
        if found.place != "thinking.budget_tokens" and isinstance(budget, int):
            fields["thinking"] = thinking | {"budget_tokens": min(budget, BUDGET)}
        return fields | {"max_tokens": BUDGET + CAP}
    for name in _CAPS:
        if found.place != name and isinstance(fields.get(name), int):
            fields[name] = min(fields[name], CAP)
    config = fields.get("generationConfig")
    if isinstance(config, dict) and found.place != "generationConfig.maxOutputTokens":
        fields["generationConfig"] = config | {"maxOutputTokens": CAP}
    return fields


def _judged(case: GeneratedCase, found: Found) -> GeneratedCase | None:
    """The case with what spec and catalogue say of it; None if it does not fit, or fits, as it should not."""
    operation, body = case.of, case.body()
    if operation.model_in_body and "model" not in case.without:
        body = {"model": MODEL} | body
    if fits(case.operation, body) != found.positive or (not found.positive and _is_absent(case.operation, body, found)):
        return None
    noted = origins(case.operation, body) if found.positive else origins_at(case.operation, found.pointer)
    known = {
        "family": family_of(case.set),
        "origin": noted,
        "promised_by": promised_by(operation, case.set) if found.positive and not noted else (),
        "forbidden_by": "" if found.positive else forbidden_by(operation, case.set),
    }
    if found.kind == "forbidden_value" and operation.shown and not known["forbidden_by"]:
        return None  # asks for nothing: that such a value is taken is legal
    return GeneratedCase(**{**vars(case), **known})


def _is_absent(operation: str, body: Mapping[str, Any], found: Found) -> bool:
    """Whether the body would fit if a null counted as an absent member, as it does for many a gateway."""
    if found.kind != "incorrect_type":
        return False
    return fits(operation, _without_null(body, found.place.split(".")))


def _without_null(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    name, *rest = path
    if isinstance(value, list):
        return [_without_null(member, rest if name == "[]" else path) for member in value]
    if not isinstance(value, dict) or name not in value:
        return value
    if not rest and value[name] is None:
        return {key: member for key, member in value.items() if key != name}
    return {**value, name: _without_null(value[name], rest)}


def family_of(fields: Mapping[str, Any]) -> str:
    """The family that the documents name for what is asked; empty where any model will do."""
    if "thinking" in fields:
        return "claude"
    if (effort := fields.get("reasoning_effort")) is not None:
        return "gpt-5-1" if effort == "none" else "gpt-oss"
    text = json.dumps(fields.get("messages", ""))
    return next((family for kind, family in _ASKS_FOR.items() if f'"{kind}"' in text), "")


def _of_the_whole_body(found: Found) -> GeneratedCase | None:
    """A body that is no object, that is missing, or that calls itself something else."""
    if found.positive:
        return None
    if not found.has_body:
        return GeneratedCase(found.operation, "negative", "empty_body", raw=b"")
    if found.content_type != "application/json":
        body = body_with_model(OPERATIONS[found.operation])
        return GeneratedCase(found.operation, "negative", found.kind, raw=body, content_type=found.content_type)
    raw = json.dumps(found.body, separators=(",", ":")).encode()
    return GeneratedCase(found.operation, "negative", found.kind, raw=raw)


def _with_method(found: Found) -> GeneratedCase:
    body = body_with_model(OPERATIONS[found.operation])
    return GeneratedCase(found.operation, "negative", "unspecified_http_method", raw=body, method=found.method)


def value_type(case: GeneratedCase) -> str:
    """The JSON type of the value that a case varies; `body` for a whole body, `absent` for what is taken out."""
    if case.raw is not None:
        return "body"
    found = list(_at(case.set, case.place.split("."))) if case.place else []
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(found[-1]), "null") if found else "absent"


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from _at(member, path[1:] if path[0] == "[]" else path)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
