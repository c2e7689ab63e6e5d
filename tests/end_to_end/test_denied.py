"""A denied answer is no evidence: whichever request of a case a policy denies, no verdict but inconclusive comes of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance import resources
from conformance.report.conclusion import requirement_rows
from conformance.requirements import catalogue
from conformance.runs import inprocess

DENIED = {
    "id": "blocked",
    "object": "chat.completion",
    "created": 0,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A policy blocked it."},
            "finish_reason": "content_filter",
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
}
NO_PRIVILEGE = {"error_code": "PERMISSION_DENIED", "message": "The endpoint is disabled due to a set rate limit of 0."}
MOST = 10
"""Requests of a case of which each is denied in turn: few cases have more, and those ask the same over and over."""


def verdicts(cassettes: Path) -> dict[str, str]:
    """The verdicts on recordings, by requirement."""
    found = inprocess.judge({"cassettes": cassettes, "corpus": "none"})
    assert not found.errors
    rows = requirement_rows(catalogue().values(), found.results.values(), set(catalogue()))
    return {row.id: row.verdict for row in rows}


def answered_otherwise(cassettes: Path, number: int, status: int, body: Any) -> None:
    """Makes the answer to the request of that number another one, in each cassette."""
    for path in cassettes.rglob("*.json"):
        document = json.loads(path.read_text())
        interactions = document.get("interactions", [])
        if len(interactions) > number and "bearer" in str(interactions[number]["request"]["headers"]["authorization"]):
            response = interactions[number]["response"]
            response["status"]["code"] = status
            response["headers"]["content-type"] = ["application/json"]
            response["body"]["string"] = json.dumps(body)
            response.pop("chunks", None)
            path.write_text(json.dumps(document))


@pytest.mark.parametrize(("status", "body"), [(200, DENIED), (403, NO_PRIVILEGE)], ids=["policy", "limit"])
@pytest.mark.parametrize("number", range(MOST))
def test_a_request_that_is_denied_decides_nothing(number: int, status: int, body: Any, tmp_path: Path) -> None:
    cassettes = tmp_path / "cassettes"
    shutil.copytree(resources.directory("cassettes"), cassettes)
    answered_otherwise(cassettes, number, status, body)
    before, now = verdicts(resources.directory("cassettes")), verdicts(cassettes)
    moved = {name: (before[name], verdict) for name, verdict in now.items() if verdict != before[name]}
    assert moved or number
    # Where every model is kept from the caller at once, what only drawn requests decide is about none that is left.
    allowed = {"inconclusive"} if status == 200 else {"inconclusive", "not_applicable"}
    assert {verdict for _, verdict in moved.values()} <= allowed, moved
