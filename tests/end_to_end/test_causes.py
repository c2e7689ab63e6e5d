"""Gateways that are broken in one way, on real sockets: however many requirements suffer, there is one headline, or two."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.report.causes import causes
from conformance.report.conclusion import requirement_rows
from conformance.report.results import Cause
from conformance.requirements import catalogue
from conformance.runs import inprocess
from tests.end_to_end.conftest import TOKEN
from tests.end_to_end.proxy import Answer, Change, proxy


def error(status: int, code: str | int, message: str) -> Answer:
    """An error as Databricks words it."""
    return Answer(
        status, {"content-type": "application/json"}, json.dumps({"error_code": code, "message": message}).encode()
    )


def thinking_refused(_path: str, sent: bytes, answer: Answer) -> Answer:
    """Refuses whoever asks for thinking, in one text."""
    refused = error(400, "BAD_REQUEST", "thinking: Extra inputs are not permitted")
    return refused if b"budget_tokens" in sent else answer


def every_400_as_429(_path: str, _sent: bytes, answer: Answer) -> Answer:
    """Says of each mistake that there were too many requests."""
    return Answer(429, answer.headers, answer.body) if answer.status == 400 else answer


def all_429(_path: str, sent: bytes, _answer: Answer) -> Answer:
    """Is busy, and says in other words each time of whom there were too many requests."""
    return error(429, "REQUEST_LIMIT_EXCEEDED", f"Exceeded the rate limit for databricks-model-{len(sent)}")


def all_503(_path: str, _sent: bytes, _answer: Answer) -> Answer:
    """Is down."""
    return error(503, "TEMPORARILY_UNAVAILABLE", "upstream is down")


def one_family_breaks(path: str, sent: bytes, answer: Answer) -> Answer:
    """Cannot reach what is behind Gemini's models."""
    return (
        error(500, "INTERNAL_ERROR", f"no connection, request {len(sent)}a")
        if b"gemini-" in sent + path.encode()
        else answer
    )


def streams_end_in_an_error(_path: str, sent: bytes, answer: Answer) -> Answer:
    """Breaks each stream off with an error event."""
    if "event-stream" not in answer.headers.get("content-type", ""):
        return answer
    begun = answer.body.split(b"\n\n")[:2]
    last = b'data: {"error":{"message":"502: upstream closed, request %d"}}\n\n' % len(sent)
    return Answer(200, answer.headers, b"\n\n".join([*begun, last]))


def answers_without_usage(_path: str, _sent: bytes, answer: Answer) -> Answer:
    """Leaves usage out of each answer of chat."""
    if answer.status != 200 or b'"chat.completion"' not in answer.body:
        return answer
    body = json.loads(answer.body)
    return Answer(200, answer.headers, json.dumps({name: body[name] for name in body if name != "usage"}).encode())


def one_surface_takes_no_token(path: str, _sent: bytes, answer: Answer) -> Answer:
    """Refuses every credential on the Gemini surface."""
    return error(401, 401, "Credential was not sent or was of an unsupported type.") if "/gemini/" in path else answer


def one_model_is_missing(_path: str, sent: bytes, answer: Answer) -> Answer:
    """Does not know one model."""
    return error(404, "NOT_FOUND", "'system.ai.gpt-5' does not exist") if b'"system.ai.gpt-5"' in sent else answer


@pytest.fixture
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)


def by_url(url: str) -> inprocess.Options:
    """The target as a workspace has it."""
    return {"base_url": url}


def in_short_minutes(url: str) -> inprocess.Options:
    """The same, where to wait after a 429 costs nothing: what that comes to is no part of what is told."""
    return {"base_url": url, "minute": "0.5"}


def with_patience(url: str) -> inprocess.Options:
    """The same, where every request is sent: none is given up half way because the patience ends there."""
    return {"base_url": url, "patience": "20"}


def found(gateway: str, change: Change, options: Callable[[str], inprocess.Options] = by_url) -> tuple[Cause, ...]:
    """The causes that a run against the changed gateway tells."""
    with proxy(gateway, change) as listening:
        given: inprocess.Options = {"cheap": True, "corpus": "smoke", "patience": "1"}
        cases = inprocess.judge({**given, **options(listening.url)}).results
    ordered = sorted(cases.values(), key=lambda case: case.id)
    return causes(requirement_rows(catalogue().values(), ordered, set(catalogue())), ordered)


@pytest.mark.usefixtures("_token")
@pytest.mark.parametrize(
    ("change", "headlines", "least", "says"),
    [
        (thinking_refused, 1, 10, "400, BAD_REQUEST thinking: Extra inputs are not permitted"),
        (every_400_as_429, 1, 15, "429, "),
        (
            all_429,
            1,
            100,
            "not sent: requests to the target have cost 1 s of waiting for 429s to end, without a success",
        ),
        (all_503, 1, 100, "every request: 503, TEMPORARILY_UNAVAILABLE upstream is down"),
        (one_family_breaks, 1, 20, "500, INTERNAL_ERROR no connection, request "),
        (streams_end_in_an_error, 2, 8, "the stream ends in an error: 502: upstream closed, request "),
        (
            one_surface_takes_no_token,
            1,
            10,
            "gemini/v1beta/models/…:generateContent is refused: 401, 401 Credential was not sent",
        ),
        (answers_without_usage, 3, 8, "usage"),
    ],
)
def test_one_defect_is_told_once(gateway: str, change: Change, headlines: int, least: int, says: str) -> None:
    told = found(gateway, change, {every_400_as_429: in_short_minutes, all_503: with_patience}.get(change, by_url))
    assert len(told) <= headlines
    assert says in told[0].summary
    assert len(told[0].requirements) >= least
    assert told[0].exchange


@pytest.mark.usefixtures("_token")
def test_a_model_that_the_target_file_names_and_the_target_lacks_is_one_cause(gateway: str, tmp_path: Path) -> None:
    def by_file(url: str) -> inprocess.Options:
        file = tmp_path / "target.toml"
        surfaces = {"chat": "/ai-gateway/mlflow/v1", "responses": "/ai-gateway/mlflow/v1"}
        models = ("claude-sonnet-4-5", "gpt-5", "gemini-3-1-pro")
        lines = [
            'name = "proxy"',
            "[surfaces]",
            *(f'{name} = "{url}{path}"' for name, path in surfaces.items()),
            "[models]",
            *(f'{name} = "system.ai.{name}"' for name in models),
        ]
        file.write_text("\n".join(lines))
        return {"target": file}

    (told,) = found(gateway, one_model_is_missing, by_file)
    assert told.summary == "the target lacks system.ai.gpt-5: 404, NOT_FOUND 'system.ai.gpt-5' does not exist"
    assert told.verdict == "failed"
    assert len(told.requirements) > 10
