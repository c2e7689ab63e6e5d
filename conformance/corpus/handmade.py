"""What no schema can say and no generator makes: bodies that are hard to read as JSON, and a bound between two fields.

The plain request of the operation stands in each, as far as it can.
"""

import json
from collections.abc import Iterator

from conformance.corpus.case import GeneratedCase
from conformance.corpus.operations import BUDGET, CAP, OPERATIONS, Operation
from conformance.corpus.rules import promised_by

_DEEP = 5_000
MODEL_HERE = b"%MODEL%"
"""Stands for the target's name of the model in a body that is sent as it is."""
_CAPS = {"chat": "max_tokens", "responses": "max_output_tokens", "gemini": "maxOutputTokens"}
_JSON = ("RFC 8259",)
"""Whose matter it is how such a body is read: no page says."""


def handmade() -> Iterator[GeneratedCase]:
    """The plain request of every operation, then what is wrong with requests on the surfaces' own paths."""
    yield from (_plain(operation, operation.family) for operation in OPERATIONS.values())
    chat = [operation for operation in OPERATIONS.values() if operation.spec == "chat"]
    yield from (
        _plain(operation, family) for operation in chat for family in ("claude", "gpt-oss", "gpt-5-1", "gemini")
    )
    for name in ("createChatCompletion", "createResponse", "generateContent"):
        yield from _broken(name)
        yield from _odd_but_legal(name)
    yield from _budgets()


def _plain(operation: Operation, family: str) -> GeneratedCase:
    promised = promised_by(operation, operation.base)
    return GeneratedCase(operation.name, "positive", "plain", family=family, promised_by=promised)


def body_with_model(operation: Operation) -> bytes:
    """The plain request as text, with a place for the model where the body names it."""
    named = {"model": MODEL_HERE.decode()} if operation.model_in_body else {}
    return json.dumps(named | operation.base, separators=(",", ":")).encode()


def _broken(name: str) -> Iterator[GeneratedCase]:
    operation = OPERATIONS[name]
    plain = body_with_model(operation).decode()
    member = next(iter(operation.base))
    raws: dict[str, bytes] = {
        "malformed_json": plain[:-1].encode(),
        "single_quotes": plain.replace('"', "'").encode(),
        "trailing_comma": (plain[:-1] + ",}").encode(),
        "trailing_bytes": plain.encode() + b"}]",
        "two_documents": plain.encode() * 2,
        "comment": b"/* plain */" + plain.encode(),
        "empty_body": b"",
        "blank_body": b" \r\n\t",
        "null_bytes": b"\0" * 16,
        "not_utf8": plain.encode().replace(b"Say ok.", b"Say \xff\xfe."),
        "not_a_number": (plain[:-1] + ',"top_p":NaN}').encode(),
        "infinity": (plain[:-1] + ',"temperature":Infinity}').encode(),
        "form_body": b"model=%MODEL%&messages=b",
        "xml_body": b"<?xml version='1.0'?><request/>",
        "deep_array": b"[" * _DEEP + b"]" * _DEEP,
        "deep_member": f'{{"model":"%MODEL%","{member}":'.encode() + b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"}",
        "unclosed_deep_array": b"[" * _DEEP,
    }
    for kind, raw in raws.items():
        yield GeneratedCase(name, "negative", kind, raw=raw)
    yield GeneratedCase(name, "negative", "negative_number", raw=_with_number(operation, "-1e308"))
    for kind, content_type in (
        ("xml_content_type", "application/xml"),
        ("binary_content_type", "application/octet-stream"),
    ):
        yield GeneratedCase(name, "negative", kind, raw=plain.encode(), content_type=content_type)
    for kind, raw in _readers_differ(operation, plain).items():
        yield GeneratedCase(name, "negative", kind, raw=raw, origin=_JSON)


def _readers_differ(operation: Operation, plain: str) -> dict[str, bytes]:
    """Bodies that one reader of JSON takes and another refuses; both are right, but none may break on them."""
    return {
        "duplicate_member": (plain[:-1] + "," + plain[1:]).encode(),
        "duplicate_cap": _with_number(operation, f'{CAP},"{_CAPS[operation.spec]}":{CAP + 1}'),
        "lone_surrogate": plain.replace("Say ok.", "Say \\ud800.").encode(),
        "surrogate_in_a_name": (plain[:-1] + ',"\\udfff":1}').encode(),
        "byte_order_mark": "\ufeff".encode() + plain.encode(),
        "huge_integer": _with_number(operation, "1" + "0" * 400),
        "huge_exponent": _with_number(operation, "1e400"),
        "long_fraction": _with_number(operation, f"{CAP}." + "0" * 400),
    }


def _with_number(operation: Operation, number: str) -> bytes:
    """The plain request with another number for its cap, one that Python would write otherwise."""
    cap = f'"{_CAPS[operation.spec]}":'
    return body_with_model(operation).replace(f"{cap}{CAP}".encode(), f"{cap}{number}".encode())


def _odd_but_legal(name: str) -> Iterator[GeneratedCase]:
    """Texts that JSON can hold and that a gateway has to carry: they fit the spec."""
    texts = {
        "astral_text": "Say ok. \U0001f600\U00020000",
        "escaped_controls": "Say ok.\u0000\u001b[2J\u2028",
        "right_to_left": "Say ok. \u202e\u0627\u0644",
        "long_text": "ok " * 2_000,
        "quotes_and_markup": "Say ok. \"'<script>${x}%s{{7*7}}\\",
        "combining_text": "Say o\u0308k\u0301\u0302.",
        "blank_text": " ",
    }
    spec = OPERATIONS[name].spec
    for kind, text in texts.items():
        member, place = {
            "chat": ("messages", "messages.[].content"),
            "responses": ("input", "input.[].content"),
            "gemini": ("contents", "contents.[].parts.[].text"),
        }[spec]
        turn = {"role": "user", "parts": [{"text": text}]} if spec == "gemini" else {"role": "user", "content": text}
        yield GeneratedCase(name, "positive", kind, place, {member: [turn]})


def _budgets() -> Iterator[GeneratedCase]:
    """budget_tokens has to be less than max_tokens. [Reasoning > Types of reasoning models]"""
    for kind, cap in (("budget_equals_cap", BUDGET), ("budget_above_cap", BUDGET - 1), ("budget_far_above_cap", 64)):
        thinking = {"type": "enabled", "budget_tokens": BUDGET}
        yield GeneratedCase(
            "createChatCompletion", "negative", kind, "thinking.budget_tokens", {"thinking": thinking, "max_tokens": cap},
            family="claude", forbidden_by="REASON-BUDGET-LT-MAX",
        )  # fmt: skip
