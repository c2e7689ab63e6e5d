"""Request bodies cut to what a reader needs."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.skeleton import DEEPEST, LONGEST_LIST, LONGEST_OBJECT, LONGEST_TEXT, cut, skeleton

URI = "data:image/png;base64," + "A" * 500


def test_images_are_counted_and_sized() -> None:
    part = {"type": "image_url", "image_url": {"url": URI}}
    body = {"model": "m", "messages": [{"role": "user", "content": [part] * 501}]}
    content = skeleton(json.dumps(body).encode())["messages"][0]["content"]
    assert content[0]["image_url"]["url"] == "data:image/png;base64,… 500 characters"
    assert len(content) == LONGEST_LIST + 1
    assert content[-1] == "… 495 more of 501"


def test_media_can_be_told_by_a_hash() -> None:
    inline = {"inlineData": {"mimeType": "audio/mp3", "data": "B" * 500}}
    shown = skeleton(json.dumps({"url": URI, "parts": [inline], "data": "short"}).encode(), hashed=True)
    assert shown["url"] == f"data:image/png;base64,… 500 characters, sha256 {sha256(b'A' * 500).hexdigest()[:12]}"
    told = f"… 500 characters, sha256 {sha256(b'B' * 500).hexdigest()[:12]}"
    assert shown["parts"] == [{"inlineData": {"mimeType": "audio/mp3", "data": told}}]
    assert shown["data"] == "short"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * LONGEST_TEXT + "… 121 characters"),
        ([0] * LONGEST_LIST, [0] * LONGEST_LIST),
        ([0] * (LONGEST_LIST + 1), [*[0] * LONGEST_LIST, "… 1 more of 7"]),
        ({"k" * 200: 1}, {"k" * LONGEST_TEXT + "… 200 characters": 1}),
        ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
        (None, None),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_cut(value: Any, shown: Any) -> None:
    assert cut(value) == shown


def test_large_objects_and_deep_ones() -> None:
    assert cut({str(n): n for n in range(LONGEST_OBJECT + 5)})["…"] == "5 more of 45"
    deep: Any = "bottom"
    for _ in range(DEEPEST + 50):
        deep = [deep]
    text = json.dumps(cut(deep), ensure_ascii=False)
    assert text == "[" * DEEPEST + '"…"' + "]" * DEEPEST


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b'{"model": ', '{"model": '),
        (b"\xff" * 3, "\ufffd" * 3),
        (b"<" * 5000, "<" * LONGEST_TEXT + "… 240 characters"),
        (b"[" * 5000, "[" * LONGEST_TEXT + "… 240 characters"),
    ],
)
def test_a_body_that_is_no_json(body: bytes, shown: str) -> None:
    assert skeleton(body) == shown


TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)
JSON = st.recursive(st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))


@given(JSON)
def test_a_skeleton_is_json_and_cutting_it_is_stable(value: Any) -> None:
    shown = skeleton(json.dumps(value).encode())
    assert shown == cut(value)
    assert json.loads(json.dumps(shown)) == shown


@given(st.binary(max_size=400))
def test_any_body_has_a_skeleton(body: bytes) -> None:
    json.dumps(skeleton(body), ensure_ascii=False).encode()
