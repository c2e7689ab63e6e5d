"""What an earlier proof says about the next one: only what it settles for certain may be left out."""

import json
from pathlib import Path

import pytest

from conformance.prove import baseline
from conformance.prove.baseline import Baseline
from conformance.prove.judging import Judgement, without_volatile
from conformance.prove.proof import GATEWAYS, REFERENCE, chosen, touched
from conformance.reference.variant import Fault, Variant

FAULT = Fault("f", "", declared_in="reference/faults/chat.py", breaks={"CHAT-PATH": "x"}, undecides=("CHAT-RESP-ID",))
VARIANT = Variant("v", "", declared_in="reference/variants/chat.py")
CASES = frozenset({"chat/streaming.stream-claude"})


FILES = {"chat/streaming.stream-claude": "chat/test_streaming.py"}


def but_for(*paths: str) -> Baseline:
    """A proof of these very sources, but for some that were otherwise then."""
    return Baseline({"f": CASES, "v": CASES}, FILES, baseline.sources() | dict.fromkeys(paths, "other"))


def test_what_is_unchanged_is_settled() -> None:
    assert not but_for().is_outdated(FAULT)
    assert not but_for().is_outdated(VARIANT)


@pytest.mark.parametrize(
    "path",
    [
        "reference/gateway.py", "reference/policy.py", "reference/faults/declared.py", "reference/faults/__init__.py",
        "cases/surface.py", "cases/conftest.py", "media/red-64.png", "requirements/models.yaml", "reference/gone.py",
    ],
)  # fmt: skip
def test_what_all_share_makes_everything_new(path: str) -> None:
    assert but_for(path).is_outdated(FAULT)
    assert but_for(path).is_outdated(VARIANT)


def test_a_declaration_makes_its_own_gateways_new() -> None:
    changed = but_for("reference/faults/chat.py")
    assert changed.is_outdated(FAULT)
    assert not changed.is_outdated(VARIANT)


def test_a_file_of_cases_concerns_whoever_touched_it() -> None:
    assert but_for("cases/chat/test_streaming.py").is_outdated(VARIANT)
    assert not but_for("cases/chat/test_vision.py", "cases/test_gone.py").is_outdated(VARIANT)


def test_a_new_gateway_is_settled_by_nothing() -> None:
    assert but_for().is_outdated(Variant("new", "", declared_in="reference/variants/chat.py"))


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"gateways": 7}', '{"gateways": {"f": {}}}', "\udcff"])
def test_a_matrix_that_cannot_be_read_settles_nothing(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "matrix.json"
    if content is not None:
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    assert Baseline.read(path) == Baseline()
    assert Baseline.read(path).is_outdated(FAULT)


def test_every_declaration_stands_in_a_file_of_declarations() -> None:
    declarations = {path for path in baseline.sources() if baseline.is_declaration(path)}
    assert {gateway.declared_in for gateway in GATEWAYS.values()} <= declarations


def test_a_matrix_reads_back_as_it_was_written() -> None:
    text = baseline.to_json({"a": {"x": ["ä", 1], "y": {}}, "b": {}}, {"c": [{"d": None}], "e": []})
    assert json.loads(text) == {"a": {"x": ["ä", 1], "y": {}}, "b": {}, "c": [{"d": None}], "e": []}
    assert len(text.splitlines()) < 20


def test_what_is_proved() -> None:
    settled = Baseline(dict.fromkeys(GATEWAYS, CASES), FILES, baseline.sources())
    assert chosen((), settled, changed=False, sample=0) == list(GATEWAYS)
    assert chosen(("crlf-split",), settled, changed=False, sample=0) == ["crlf-split"]
    assert chosen((), settled, changed=True, sample=0) == []
    assert len(drawn := chosen((), settled, changed=True, sample=7)) == 7
    assert chosen((), settled, changed=False, sample=7) == drawn
    assert chosen((), Baseline(), changed=True, sample=0) == list(GATEWAYS)
    assert len(chosen((), settled, changed=False, sample=10_000)) == len(GATEWAYS)


def test_a_case_is_touched_if_its_answers_differ_from_those_of_the_reference() -> None:
    reference = Judgement(answers={"a": "1", "b": "2"})
    assert touched(Judgement(answers={"a": "1", "b": "3", "c": "4"}), reference) == ["b", "c"]
    assert REFERENCE not in GATEWAYS


@pytest.mark.parametrize(
    ("body", "kept_body"),
    [
        (b'{"id":"chatcmpl_0123456789abcdef01234567","created":1795327816}', b'{"id":"chatcmpl_...","created":...}'),
        (b'{"created_at":1795327816,"responseId":"a-b_c"}', b'{"created_at":...,"responseId":"..."}'),
        (b'{"created":1795327816000}', b'{"created":1795327816000}'),  # milliseconds are a fault
        (b'{"created":"1795327816"}', b'{"created":"1795327816"}'),
        (b"There is no POST /faults/x-y/ai-gateway/v1 here.", b"There is no POST /ai-gateway/v1 here."),
        (b'{"content":"I read: hello."}', b'{"content":"I read: hello."}'),
    ],
)
def test_what_is_new_each_time_does_not_count(body: bytes, kept_body: bytes) -> None:
    assert without_volatile(body) == kept_body
