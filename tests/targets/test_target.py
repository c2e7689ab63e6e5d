"""Targets from a base URL and from TOML files: what they mean, and one clear line for each mistake."""

from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.targets.credentials import NoCredential
from conformance.targets.target import DEFAULT_MEDIA, Target, from_base_url, from_file

GOOD = """
name = "my-proxy"
token_env = "MY_PROXY_TOKEN"
headers = {"x-team" = "search"}
[surfaces]
chat = "http://127.0.0.1:4000/v1/"
gemini = "http://127.0.0.1:4000/v1beta"
[models]
claude-sonnet-4-5 = "claude-sonnet"
gpt-5 = "gpt-5"
[media]
video_url = "https://media.example/clip.mp4"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "target.toml"
    path.write_text(text)
    return path


def test_a_base_url_has_the_documented_paths_and_names() -> None:
    target = from_base_url("https://my-workspace.example/")
    assert target.surfaces == {
        "chat": "https://my-workspace.example/ai-gateway/mlflow/v1",
        "responses": "https://my-workspace.example/ai-gateway/mlflow/v1",
        "gemini": "https://my-workspace.example/ai-gateway/gemini/v1beta",
        "serving": "https://my-workspace.example/serving-endpoints",
    }
    assert target.model_name("gpt-5", "responses") == "system.ai.gpt-5"
    assert target.model_name("gpt-5", "serving") == "databricks-gpt-5"
    assert not target.names_models()


def test_a_file_gives_each_surface_its_own(tmp_path: Path) -> None:
    target = from_file(written(tmp_path, GOOD))
    assert target.surfaces == {"chat": "http://127.0.0.1:4000/v1", "gemini": "http://127.0.0.1:4000/v1beta"}
    assert target.headers == {"x-team": "search"}
    assert target.model_name("claude-sonnet-4-5", "chat") == "claude-sonnet"
    assert target.model_name("llama-4-maverick", "chat") is None
    assert target.model_of_family("gpt-5") == "gpt-5"
    assert target.model_of_family("llama") is None
    assert target.media == {**DEFAULT_MEDIA, "video_url": "https://media.example/clip.mp4"}


def test_a_surface_may_call_a_model_otherwise(tmp_path: Path) -> None:
    target = from_file(
        written(tmp_path, GOOD.replace("[media]", '[models.gemini]\ngemini-3-1-pro = "pro"\ngpt-5 = "g5"\n[media]'))
    )
    assert [target.model_name("gpt-5", surface) for surface in ("chat", "gemini")] == ["gpt-5", "g5"]
    assert target.model_name("gemini-3-1-pro", "chat") is None
    assert target.model_name("gemini-3-1-pro", "gemini") == "pro"
    assert target.model_of_family("gemini", "chat") is None
    assert target.model_of_family("gemini", "gemini") == target.model_of_family("gemini") == "gemini-3-1-pro"
    assert "gemini-3-1-pro" not in target.absent_models()
    assert target.candidates("gemini") == ("gemini-3-1-pro",)


def test_with_tables_of_surfaces_alone_nothing_else_is_there(tmp_path: Path) -> None:
    text = GOOD.replace("[models]\n", "[models.gemini]\n")
    target = from_file(written(tmp_path, text))
    assert target.names_models()
    assert target.model_name("gpt-5", "chat") is None
    assert target.model_name("gpt-5", "gemini") == "gpt-5"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[surfaces]", "[surface]"), "unknown key 'surface' in the file; did you mean 'surfaces'?"),
        (("token_env", "tokenenv"), "unknown key 'tokenenv' in the file; did you mean 'token_env'?"),
        (('chat = "http', 'chats = "http'), "unknown key 'chats' in surfaces; did you mean 'chat'?"),
        (('name = "my-proxy"', ""), '"name" is a required property'),
        (("http://127.0.0.1:4000/v1/", "127.0.0.1:4000"), "surfaces.chat must be a URL"),
        (("http://127.0.0.1:4000/v1/", "http://h/v1?key=1"), "surfaces.chat must be a URL without a query"),
        (("http://127.0.0.1:4000/v1/", "http://me:hunter2@h/v1"), "surfaces.chat holds a credential: take it out"),
        (("http://127.0.0.1:4000/v1/", "http://hunter2@h/v1?key=1"), "surfaces.chat holds a credential: take it out"),
        (("gpt-5 =", "gpt-six ="), "[models] names 'gpt-six', which no document names; did you mean"),
        (('"search"', "7"), "headers.x-team: 7 is not of type"),
        (("token_env =", 'auth = "none"\ntoken_env ='), "exclude each other"),
        (("video_url = ", "film_url = "), "unknown key 'film_url' in media"),
        (("[media]", "[limits]\nrequest_per_minute = 3\n[media]"), "did you mean 'requests_per_minute'?"),
        (
            ("[media]", "[limits]\ntokens_per_minute = 0\n[media]"),
            "limits.tokens_per_minute: 0 is less than the minimum of 1",
        ),
        (("[surfaces]", "[surfaces"), "is no TOML"),
        (
            ("[media]", '[models.response]\ngpt-5 = "x"\n[media]'),
            "[models.response] is no table of a surface; did you mean 'responses'",
        ),
        (
            ("[media]", '[models.responses]\ngpt-5 = "x"\n[media]'),
            "[surfaces] has no responses: add it, or leave out both",
        ),
        (
            ("[media]", '[models.gemini]\ngpt-six = "x"\n[media]'),
            "[models.gemini] names 'gpt-six', which no document names",
        ),
        (("[media]", "[models.gemini]\ngpt-5 = 5\n[media]"), "models.gemini.gpt-5: 5 is not of type"),
        (
            ("[media]", '[not_offered]\nvideos = "no"\n[media]'),
            "[not_offered]: unknown feature 'videos'; did you mean 'video'?",
        ),
        (("[media]", '[not_offered]\nvideo = " "\n[media]'), "not_offered.video must be the reason, in words"),
        (("[media]", "[not_offered]\nvideo = true\n[media]"), "not_offered.video must be the reason, in words"),
        (
            ("[media]", '[not_offered]\nresponses = "no"\n[media]'),
            "[not_offered]: responses is a surface: take it out of [surfaces] instead",
        ),
        (
            ("[media]", '[not_offered]\nerrors = "no"\n[media]'),
            "[not_offered]: errors cannot be left out: clients live by them",
        ),
        (
            ("[media]", '[not_offered]\nauthentication = "no"\n[media]'),
            'cannot be left out: a target without any says auth = "none"',
        ),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    assert change[0] in GOOD
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(UsageError) as error:
        from_file(path)
    assert says in str(error.value)
    assert "hunter2" not in str(error.value)
    assert str(error.value).startswith(f"target file {path}")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        from_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("my-workspace.example", "is no URL"),
        ("ftp://my-workspace.example", "is no URL"),
        ("https://user:secret@my-workspace.example", "holds a credential"),
        ("https://my-workspace.example?o=1", "query or a fragment"),
        ("https://my-workspace.example/ai-gateway/mlflow/v1", "ends in /ai-gateway/mlflow/v1: give the workspace root"),
    ],
)
def test_a_wrong_base_url(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        from_base_url(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("a b", "blanks"),
        ("ä", "blanks"),
    ],
)
def test_a_missing_token(monkeypatch: pytest.MonkeyPatch, value: str, says: str) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", value)
    with pytest.raises(UsageError, match=says):
        from_base_url("https://my-workspace.example").credential()


def test_a_target_without_authentication_needs_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN", raising=False)
    text = GOOD.replace('token_env = "MY_PROXY_TOKEN"', 'auth = "none"')
    assert from_file(written(tmp_path, text)).credential() == NoCredential()


def test_one_model_for_several_families_is_told() -> None:
    surfaces = {"chat": "https://gateway.example"}
    target = Target(
        "proxy",
        surfaces,
        models={"claude-sonnet-4-5": "one", "gpt-5": "one", "gpt-5-mini": "other", "gpt-5-nano": "other"},
    )
    (told,) = target.contradictions()
    assert told.startswith("one stands for claude-sonnet-4-5, gpt-5: ")
    assert Target("workspace", surfaces).contradictions() == ()


def test_a_surface_has_contradictions_of_its_own() -> None:
    surfaces = {"chat": "https://gateway.example", "responses": "https://gateway.example"}
    models = {"claude-sonnet-4-5": "one", "gpt-5": "two"}
    target = Target("proxy", surfaces, models=models, surface_models={"responses": {"gpt-5": "one"}})
    assert [told.partition(":")[0] for told in target.contradictions()] == ["one stands for claude-sonnet-4-5, gpt-5"]
    assert Target("proxy", surfaces, models=models).contradictions() == ()


def test_what_it_sends_along_is_a_secret_whatever_the_header_is_called() -> None:
    told = {"x-team": "acme-gateway", "x-model": "our-gpt-5.5", "accept": "text/plain; q=1"}
    secret = {"x-acme-sig": "0b5e55edf00d", "cf-access-client-id": "7e57c0de.access"}
    target = Target("acme-gateway", {"chat": "http://x"}, headers=told | secret, models={"gpt-5-5": "our-gpt-5.5"})
    assert target.secret_headers() == {*secret.values()}
