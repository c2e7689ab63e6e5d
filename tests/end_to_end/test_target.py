"""Target files: written by looking at real servers, checked, and kept to by a run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.policy import DOCUMENTED
from conformance.reference.server import running
from conformance.targets.target import from_file
from tests.end_to_end.conftest import TOKEN, Command
from tests.end_to_end.renaming import Renaming

MODELS = {
    "anthropic/claude-sonnet-4-5": "system.ai.claude-sonnet-4-5",
    "gpt-5": "system.ai.gpt-5",
    "gemini-3-1-pro": "system.ai.gemini-3-1-pro",
}
LISTINGS = {
    # As LiteLLM lists models: a provider may stand before a name, and some names are the proxy's own.
    "/v1/models": {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": 1677610602, "owned_by": "openai"}
            for name in ("anthropic/claude-sonnet-4-5", "openai/gpt-5", "gpt-5", "team-model", "two\nlines = 1", 7)
        ],
    },
    "/v1beta/models": {"models": [{"name": "models/gemini-3-1-pro", "displayName": "Gemini"}]},
}


@contextmanager
def proxied(*, refuse: Callable[[Any], Response | None] = lambda _: None, needs_token: bool = True) -> Iterator[str]:
    """The URL of a proxy in front of the reference gateway."""

    def in_front(gateway: ASGIApp) -> ASGIApp:
        return Renaming(gateway, MODELS, LISTINGS, refuse)

    policy = replace(DOCUMENTED, credentials_needed=needs_token)
    with running(policy, token=TOKEN if needs_token else None, middleware=in_front) as url:
        yield url


@contextmanager
def answering(app: ASGIApp) -> Iterator[str]:
    """The URL of an application that has nothing to do with the reference gateway."""
    with running(middleware=lambda _gateway: app) as url:
        yield url


def init(command: Command, url: str, *more: str, **options: Any) -> Any:
    return command("target", "init", url, *more, report=False, **options)


def test_what_a_look_finds_is_a_target_file(command: Command, tmp_path: Path) -> None:
    with proxied() as url:
        done = init(command, url)
        assert (done.code, done.err) == (0, "")
        path = tmp_path / "target.toml"
        target = from_file(path)
        assert target.surfaces == {"chat": f"{url}/v1", "responses": f"{url}/v1", "gemini": f"{url}/v1beta"}
        assert target.models == {"claude-sonnet-4-5": "anthropic/claude-sonnet-4-5", "gpt-5": "gpt-5"}
        assert target.surface_models == {"gemini": {"gemini-3-1-pro": "gemini-3-1-pro"}}
        assert (target.auth, target.token_env) == ("token", "DATABRICKS_TOKEN")
        text = path.read_text()
        assert "# It refuses requests without a credential." in text
        assert '#   "team-model"\n' in text, "what is listed and no documented model is there to be matched by hand"
        assert "lines = 1" not in text, "a name that no model has reaches no file"
        assert '# serving = "' in text
        assert "# [not_offered]" in text
        assert TOKEN not in text + done.out

        checked = command("target", "check", "target.toml", report=False)
        assert checked.code == 0
        assert "  models         3 of 22 documented ones, each of which has to be there" in checked.out
        assert "claude-sonnet-4-5 = anthropic/claude-sonnet-4-5" in checked.out
        assert "serving: [surfaces] has none" in checked.out

        run = command("run", "--target", "target.toml", "--smoke")
        assert run.code == 0, run.out
        assert ": conformant, of a part: in what was selected (smoke); chat and responses and gemini alone; " in run.out
        assert run.results["target"]["models_by_surface"] == {"gemini": {"gemini-3-1-pro": "gemini-3-1-pro"}}


def test_a_file_is_never_overwritten(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine")
    done = init(command, "http://127.0.0.1:9", "--output", "mine.toml")
    assert (done.code, done.err) == (
        4,
        "gateway-conformance: mine.toml exists, and is not overwritten: give another --output\n",
    )
    assert (tmp_path / "mine.toml").read_text() == "mine"
    assert "there is no directory" in init(command, "http://127.0.0.1:9", "--output", "no/where.toml").err


def is_refused(done: Any, where: Path, says: str) -> None:
    """A mistake is one line and exit code 4, and nothing is written."""
    assert done.code == 4
    assert says in done.err
    assert done.err.count("\n") == 1
    assert list(where.iterdir()) == []


def test_what_cannot_be_reached_is_told(command: Command, tmp_path: Path) -> None:
    is_refused(
        init(command, "http://127.0.0.1:9"),
        tmp_path,
        "nothing to look at below http://127.0.0.1:9: it cannot be reached",
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:4000", "is no URL: give where the gateway lies"),
        ("http://user:hunter2@127.0.0.1:4000", "URL holds a credential"),
        ("http://127.0.0.1:4000/v1?key=hunter2", "URL has a query"),
    ],
)
def test_a_wrong_url(url: str, says: str, command: Command, tmp_path: Path) -> None:
    done = init(command, url)
    is_refused(done, tmp_path, says)
    assert "hunter2" not in done.out + done.err


def test_what_answers_nothing_that_is_known_is_told(command: Command, tmp_path: Path) -> None:
    with answering(JSONResponse({"detail": "Not Found"}, 404)) as url:
        is_refused(
            init(command, url),
            tmp_path,
            f"nothing to write of {url}: no path of a surface that is known answers below it",
        )


def test_what_answers_at_any_path_alike_is_told(command: Command, tmp_path: Path) -> None:
    with answering(JSONResponse({"error": {"message": "messages is missing"}}, 400)) as url:
        is_refused(init(command, url), tmp_path, "answers at any path alike")


def test_a_redirect_is_not_followed(command: Command, tmp_path: Path) -> None:
    asked = list[str]()

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        await JSONResponse({"data": [{"id": "gpt-5"}]})(scope, receive, send)

    with answering(elsewhere) as other, answering(RedirectResponse(f"{other}/v1", 307)) as url:
        is_refused(init(command, url), tmp_path, "no path of a surface that is known answers")
    assert asked == [], "neither a request nor its token goes to another host"


@pytest.mark.parametrize(
    ("token", "more", "says"),
    [
        (None, (), "a request without a token is refused (401); set a token: --token-env NAME, or --profile NAME"),
        (None, ("--token-env", "MY_TOKEN"), "no token: set the environment variable MY_TOKEN"),
        ("another", (), "refused (401); check DATABRICKS_TOKEN"),
    ],
)
def test_a_credential_that_is_missing_or_wrong(
    token: str | None, more: tuple[str, ...], says: str, command: Command, tmp_path: Path
) -> None:
    with proxied() as url:
        is_refused(init(command, url, *more, token=token), tmp_path, says)


def test_a_target_without_authentication(command: Command, tmp_path: Path) -> None:
    with proxied(needs_token=False) as url:
        assert init(command, url, token=None).code == 0
        assert init(command, url, "--token-env", "MINE", "--output", "named.toml", MINE=TOKEN).code == 0
    assert from_file(tmp_path / "target.toml").auth == "none"
    named = tmp_path / "named.toml"
    assert from_file(named).token_env == "MINE", "whoever names a token means it"
    assert (
        '# It answered a request without a credential. If that is meant, write auth = "none" instead.'
        in named.read_text()
    )
    assert TOKEN not in named.read_text()


def test_a_workspace_has_the_documented_paths_and_names(command: Command, gateway: str, tmp_path: Path) -> None:
    assert init(command, f"{gateway}/ai-gateway/mlflow/v1").code == 0
    target = from_file(tmp_path / "target.toml")
    assert target.workspace == gateway
    assert set(target.surfaces) == {"chat", "responses", "gemini", "serving"}
    assert target.models is None


def test_a_file_that_is_wrong_is_one_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text('name = "p"\n[surfaces]\nchat = "http://127.0.0.1:4000/v1"\n[not_offered]\nchat = "no"\n')
    done = command("target", "check", "wrong.toml", report=False)
    assert (done.code, done.out) == (4, "")
    assert done.err == (
        "gateway-conformance: target file wrong.toml: [not_offered]: chat is a surface: take it out of [surfaces] instead\n"
    )


def without_media(body: Any) -> Response | None:
    """A proxy that knows text and images alone, and does not stream."""
    text = json.dumps(body)
    if any(word in text for word in ('"video_url"', '"audio_url"', '"input_audio"', '"mimeType"')):
        return JSONResponse({"error": {"message": "unknown part", "type": "invalid_request_error"}}, 422)
    if isinstance(body, dict) and body.get("stream"):
        return JSONResponse({"error": {"message": "no streams", "type": "invalid_request_error"}}, 400)
    return None


FILE = """
name = "my-proxy"
[surfaces]
chat = "{url}/v1"
[models]
claude-sonnet-4-5 = "anthropic/claude-sonnet-4-5"
[models.chat]
gemini-3-1-pro = "gemini-3-1-pro"
[limits]
"""
NOT_OFFERED = """
[not_offered]
video = "text and images only"
audio = "text and images only"
stream = "answers come whole"
"""


def test_what_is_not_offered_neither_fails_nor_is_sent_nor_is_kept_silent(command: Command, tmp_path: Path) -> None:
    sent = list[Any]()

    def refuse(body: Any) -> Response | None:
        sent.append(body)
        return without_media(body)

    with proxied(refuse=refuse) as url:
        (tmp_path / "all.toml").write_text(FILE.format(url=url))
        (tmp_path / "some.toml").write_text(FILE.format(url=url) + NOT_OFFERED)
        options = ("--corpus", "smoke", "--level", "must", "-k", "not image and not vision")
        claimed = command("run", "--target", "all.toml", *options)
        assert claimed.code == 1
        assert {"AV-CHAT-URL", "AV-CHAT-B64", "CHAT-STREAM-SSE"} <= set(claimed.verdicts("failed"))
        sent.clear()
        done = command("record", "--target", "some.toml", "--cassettes", "kept", *options)
    assert done.code == 0, done.out
    assert not any(map(without_media, sent)), "nothing that it does not offer was sent"
    not_offered = "not offered: video (text and images only), audio (text and images only), stream (answers come whole)"
    assert not_offered in done.out
    results = done.results
    assert results["target"]["not_offered"]["stream"] == "answers come whole"
    assert results["scope"][-1] == not_offered
    rows = {row["id"]: row for row in results["requirements"]}
    media = "; ".join(f"not offered: {name} (text and images only)" for name in ("audio", "video"))
    for name in ("AV-CHAT-URL", "AV-CHAT-B64", "AV-CHAT-MIXED"):
        assert (rows[name]["verdict"], rows[name]["note"]) == ("not_applicable", media)
    stream = rows["CHAT-STREAM-SSE"]
    assert (stream["verdict"], stream["note"]) == ("not_applicable", "not offered: stream (answers come whole)")
    assert rows["CHAT-PATH"]["verdict"] == "passed"
    assert not_offered in (done.report / "report.html").read_text()
    assert not_offered in (done.report / "junit.xml").read_text()

    again = command("run", "--cassettes", "kept", *options, token=None)
    assert again.code == 0, again.out
    assert again.results["scope"][-1] == not_offered
    assert {row["id"]: row["verdict"] for row in again.results["requirements"]} == {
        name: row["verdict"] for name, row in rows.items()
    }
