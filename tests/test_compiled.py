"""YAML that ships is kept as it was read: for the very bytes alone, where Python keeps modules too, and never relied on."""

import marshal
import sys
from pathlib import Path

import pytest

from conformance import compiled


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory in which compiled modules would be kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    assert compiled.directory(compiled.__file__) is None
    Path(compiled.cache_from_source(compiled.__file__)).parent.mkdir(parents=True)
    found = compiled.directory(compiled.__file__)
    assert found
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "some.yaml"
    path.write_text("{a: 1, 200: [x, null]}", encoding="utf-8")
    return path


def test_what_is_kept_is_what_was_read(kept: Path, source: Path) -> None:
    first = compiled.yaml_document(source)
    assert first == {"a": 1, 200: ["x", None]}
    [file] = kept.iterdir()
    assert compiled.yaml_document(source) == first
    file.write_bytes(marshal.dumps((marshal.loads(file.read_bytes())[0], {"a": 2})))
    assert compiled.yaml_document(source) == {"a": 2}, "it is what is kept that was read"


def test_another_source_is_read_anew(kept: Path, source: Path) -> None:
    compiled.yaml_document(source)
    source.write_text("a: 3", encoding="utf-8")
    assert compiled.yaml_document(source) == {"a": 3}
    assert len(list(kept.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", marshal.dumps(7), marshal.dumps(("x",))])
def test_what_is_kept_and_corrupt_is_made_again(kept: Path, source: Path, content: bytes) -> None:
    compiled.yaml_document(source)
    [file] = kept.iterdir()
    file.write_bytes(content)
    assert compiled.yaml_document(source) == {"a": 1, 200: ["x", None]}


def test_nothing_is_kept_where_python_keeps_nothing(kept: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compiled.yaml_document(source) == {"a": 1, 200: ["x", None]}
    assert not list(kept.iterdir())
