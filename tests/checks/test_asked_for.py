"""What a request asks for, by what stands in it: in the forms of all three surfaces."""

from typing import Any

import pytest
from hypothesis import given

from conformance.checks.asked_for import features
from conformance.requirements import features as known

from .test_never_raises import JSON

IMAGE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, set()),
        ({"messages": [{"role": "user", "content": "image_url"}]}, set()),
        ({"stream": True}, {"stream"}),
        ({"stream": False}, set()),
        ({"messages": [IMAGE]}, {"images"}),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:…"}]}]}, {"images"}),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "audio/mp3", "data": ""}}]}]}, {"audio"}),
        ({"contents": [{"parts": [{"fileData": {"mimeType": "video/mp4", "fileUri": "x"}}]}]}, {"video"}),
        ({"messages": [{"content": [{"type": "video_url"}, {"type": "audio_url"}]}]}, {"video", "audio"}),
        ({"messages": [{"content": [{"type": "input_audio"}]}]}, {"audio"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"thinking"}),
        ({"thinking": {"type": "disabled"}}, {"thinking"}),
        ({"thinking": None}, set()),
        ({"generationConfig": {"thinkingConfig": {}}}, {"thinking"}),
        ({"reasoning_effort": "none"}, {"effort"}),
        ({"reasoning": {"effort": "low"}}, {"effort"}),
        ({"reasoning": {}}, set()),
        ({"tools": []}, set()),
        ({"tools": [{"type": "function", "name": "f"}]}, {"tools", "function"}),
        ({"tools": [{"functionDeclarations": []}]}, {"tools", "function"}),
        ({"tools": [{"googleSearch": {}}]}, {"tools", "googleSearch"}),
        ({"tools": [{"type": "custom"}, {"type": "mcp"}, 7, {}]}, {"tools", "custom_tools", "mcp"}),
    ],
)
def test_a_request_asks_for_what_stands_in_it(body: Any, found: set[str]) -> None:
    assert set(features("/v1/chat/completions", body)) == found


def test_google_says_in_the_path_that_it_streams() -> None:
    assert set(features("/models/m:streamGenerateContent?alt=sse", {"contents": []})) == {"stream"}
    assert set(features("/models/m:streamGenerateContent", None)) == set()


@pytest.mark.parametrize("tool", ["apply_patch", "shell", "image_generation", "mcp", "web_search"])
def test_tools_are_features_by_their_types(tool: str) -> None:
    assert tool in known()
    assert set(features("/responses", {"tools": [{"type": tool}]})) == {"tools", tool}


@given(JSON)
def test_any_body_may_be_looked_at(body: Any) -> None:
    set(features("/responses", body))
    set(features("/responses", {"messages": body, "tools": body, "thinking": body, "reasoning": body}))


def test_no_body_is_too_deep() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert set(features("/responses", {"input": deep})) == set()
