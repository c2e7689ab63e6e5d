"""Unified authentication: profiles and OAuth, by the real databricks-sdk against a workspace of ours on loopback."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conformance.reference.server import running
from tests.commandline import PROGRAM
from tests.end_to_end.conftest import TOKEN, Command, Done
from tests.end_to_end.oauth import (
    CI_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    ID_TOKEN,
    Workspace,
    databrickscfg,
    robot,
    workspace,
)
from tests.end_to_end.proxy import Answer, proxy

SOME = ("--corpus", "none", "-k", "authentication or expected_response or data_uri")
LONGER = ("--corpus", "smoke", "--cheap", "--concurrency", "1")
"""What takes several seconds: one request after the other."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory of its own."""
    path = tmp_path / "home"
    path.mkdir()
    return path


def run(command: Command, home: Path, *arguments: str, profiles: str = "", **environment: str) -> Done:
    """A run without a plain token, by someone who has these profiles."""
    if profiles:
        (home / ".databrickscfg").write_text(profiles)
    return command("run", *arguments, **{"token": None, "HOME": str(home), **environment})  # type: ignore[arg-type]


def secrets_of(place: Workspace) -> list[str]:
    return [*place.given, CLIENT_SECRET, ID_TOKEN, CI_TOKEN]


def leaks(secrets: list[str], directory: Path, *texts: str) -> list[str]:
    """Which secrets, or what of them is longer than chance, is in the files below a directory or in the texts."""
    kept = [path.read_text(errors="replace") for path in directory.rglob("*") if path.is_file()]
    pieces = {secret[start : start + 16] for secret in secrets for start in range(len(secret) - 15)}
    return [piece for piece in pieces for text in (*kept, *texts) if piece in text]


def mistake(done: Done) -> str:
    """The one line of a run that did not begin."""
    assert done.code == 4, (done.out, done.err)
    assert not (done.report / "results.json").exists()
    lines = [line for line in (done.out + done.err).splitlines() if line.strip() and not line.startswith("=")]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_profile_of_a_personal_token(command: Command, home: Path, gateway: str) -> None:
    done = run(
        command, home, "--profile", "mine", *SOME, profiles=databrickscfg(mine={"host": gateway, "token": TOKEN})
    )
    assert done.code == 0, (done.out, done.err)
    assert "It authenticates by pat (the profile mine)." in done.out
    assert done.results["target"]["auth_type"] == "pat"
    assert done.results["target"]["surfaces"]["chat"] == f"{gateway}/ai-gateway/mlflow/v1"
    assert done.verdicts("passed").keys() >= {"AUTH-BASIC", "AUTH-BEARER", "AUTH-REFUSED"}
    assert "<dt>Authentication</dt>" in (done.report / "report.html").read_text()


def test_a_machine_signs_in_and_its_tokens_are_nowhere(command: Command, home: Path, tmp_path: Path) -> None:
    def echoing(_path: str, _sent: bytes, answer: Answer) -> Answer:
        said = " ".join([*(token for token, _ in list(place.used)), CLIENT_SECRET])  # what a gateway has been shown
        try:
            body = json.loads(answer.body)
        except ValueError:
            return answer
        return Answer(answer.status, answer.headers, json.dumps({**body, "echo": said}).encode())

    noisy = (
        "-vv",
        "-rA",
        "-l",
        "--tb=long",
        "--log-level=DEBUG",
        "--log-file=log",
        "--log-cli-level=DEBUG",
        "-plogging",
    )
    with workspace() as place, proxy(place.url, echoing) as target:
        profiles = databrickscfg(robot=robot(place.url))
        done = run(
            command, home, "--profile", "robot", "--base-url", target.url, *SOME, *noisy, "--junitxml", "junit.xml",
            profiles=profiles,
        )  # fmt: skip
    assert done.code == 0, (done.out, done.err)
    assert "It authenticates by oauth-m2m (the profile robot)." in done.out
    assert len(place.given) > 10, "the SDK renews a token forty seconds before its end: each request has another one"
    assert "[redacted]" in (done.report / "exchanges.jsonl").read_text()
    assert (tmp_path / "log").exists()
    (home / ".databrickscfg").unlink()
    assert not leaks([*place.given, CLIENT_SECRET], tmp_path, done.out, done.err)


def test_a_run_outlives_its_tokens(command: Command, home: Path) -> None:
    # The SDK thinks that a token is good for three seconds, and the workspace takes it for five.
    with workspace(lives_s=43, takes_s=5, latency_s=0.04) as place:
        done = run(command, home, "--profile", "robot", *LONGER, profiles=databrickscfg(robot=robot(place.url)))
    assert done.code == 0, (done.out, done.err)
    assert done.results["complete"]
    first, *later = place.given.values()
    assert later, "one token was enough"
    assert later[-1] - first > 5, "the first token has outlived the run"
    assert max(age for _, age in place.used) < 5


def test_workers_sign_in_each_for_itself(command: Command, home: Path) -> None:
    with workspace(lives_s=3600) as place:
        done = run(
            command, home, "--profile", "robot", "-n", "2", *SOME, profiles=databrickscfg(robot=robot(place.url))
        )
    assert done.code == 0, (done.out, done.err)
    assert len(place.given) == 3
    assert done.results["target"]["auth_type"] == "oauth-m2m"


def test_the_environment_alone_names_workspace_and_credential(command: Command, home: Path) -> None:
    with workspace() as place:
        machine = {"DATABRICKS_CLIENT_ID": CLIENT_ID, "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET}
        done = run(command, home, "--live", *SOME, DATABRICKS_HOST=place.url, **machine)
    assert done.code == 0, (done.out, done.err)
    assert "It authenticates by oauth-m2m (the environment)." in done.out


def test_a_ci_system_signs_in_by_its_own_token(command: Command, home: Path) -> None:
    with workspace() as place:
        job = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{place.url}/github?a=b", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": CI_TOKEN}
        done = run(command, home, "--base-url", place.url, *SOME, DATABRICKS_CLIENT_ID=CLIENT_ID, **job)
    assert done.code == 0, (done.out, done.err)
    assert "It authenticates by github-oidc (the environment)." in done.out
    assert not leaks(secrets_of(place), done.report, done.out, done.err)


def test_a_target_file_names_a_profile(command: Command, home: Path, tmp_path: Path) -> None:
    with workspace() as place:
        text = f'name = "mine"\nprofile = "robot"\n[surfaces]\nchat = "{place.url}/ai-gateway/mlflow/v1"\n'
        (tmp_path / "target.toml").write_text(text)
        done = run(command, home, "--target", "target.toml", *SOME, profiles=databrickscfg(robot=robot(place.url)))
    assert done.code == 0, (done.out, done.err)
    assert "It authenticates by oauth-m2m (the profile robot)." in done.out


def test_basic_is_not_promised_to_an_oauth_token(command: Command, home: Path) -> None:
    with workspace(takes_basic=False) as place:
        profiles = databrickscfg(robot=robot(place.url))
        _holds_basic_inapplicable(run(command, home, "--profile", "robot", *SOME, profiles=profiles), "oauth-m2m")
        _holds_basic_inapplicable(
            run(command, home, "--base-url", place.url, *SOME, token=place.token()), "oauth-token"
        )
        record = ("record", "--profile", "robot", "--cassettes", "kept", *SOME)
        _holds_basic_inapplicable(command(*record, token=None, HOME=str(home)), "oauth-m2m")
    _holds_basic_inapplicable(run(command, home, "--cassettes", "kept", *SOME), "oauth-m2m")


def _holds_basic_inapplicable(done: Done, auth_type: str) -> None:
    assert done.code == 0, (done.out, done.err)
    row = next(row for row in done.results["requirements"] if row["id"] == "AUTH-BASIC")
    assert row["verdict"] == "not_applicable"
    assert "say nothing of an OAuth access token" in row["note"]
    assert done.results["target"]["auth_type"] == auth_type


def test_basic_that_is_refused_to_a_plain_token_is_a_failure(command: Command, home: Path) -> None:
    with workspace(takes_basic=False) as place:
        place.given["dapi0123456789"] = time.monotonic()
        done = run(command, home, "--base-url", place.url, *SOME, token="dapi0123456789")
    assert "AUTH-BASIC" in done.verdicts("failed")


def test_recordings_of_two_kinds_of_credential_are_not_mixed(command: Command, home: Path) -> None:
    with workspace() as place:
        place.given["dapi0123456789"] = time.monotonic()
        (home / ".databrickscfg").write_text(databrickscfg(robot=robot(place.url)))
        record = ("record", "--base-url", place.url, "--cassettes", "kept", *SOME)
        assert command(*record, token="dapi0123456789").code == 0
        done = command(*record, "--profile", "robot", token=None, HOME=str(home))
    assert done.code == 4
    assert "recordings that authenticated by a token, now it is oauth-m2m" in done.err


def test_a_credential_that_is_revoked_in_the_middle_is_no_failure(command: Command, home: Path) -> None:
    # The SDK takes its token for good, and the workspace does not any more.
    with workspace(lives_s=3600, takes_s=4, latency_s=0.04) as place:
        profiles = databrickscfg(robot=robot(place.url))
        _says_that_it_expired(run(command, home, "--profile", "robot", *LONGER, profiles=profiles), "the profile robot")
        asked = len(place.used)
        _says_that_it_expired(
            run(command, home, "--base-url", place.url, *LONGER, token=place.token()), "DATABRICKS_TOKEN"
        )
    assert asked < 150, "nothing more is sent"


def _says_that_it_expired(done: Done, origin: str) -> None:
    assert done.code == 2, (done.out, done.err)
    assert not done.verdicts("failed")
    reason = f"the credential of {origin} is refused now (401), and was taken before: it has expired or was revoked"
    assert reason in done.out
    assert any(reason in said for said in done.results["incomplete"])


def test_a_token_that_cannot_be_renewed_is_no_failure(command: Command, home: Path) -> None:
    with workspace(lives_s=42, most_tokens=2, latency_s=0.04) as place:
        done = run(command, home, "--profile", "robot", *LONGER, profiles=databrickscfg(robot=robot(place.url)))
    assert done.code == 2, (done.out, done.err)
    assert not done.verdicts("failed")
    reason = "the credential cannot be renewed: the profile robot gives no token (oauth-m2m): invalid_client: Client [redacted]"
    assert any(reason in said for said in done.results["incomplete"]), done.results["incomplete"]


@contextmanager
def listening(backlog: int = 5) -> Iterator[str]:
    """A port where connections are taken and nothing is said."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_host_that_does_not_answer_is_told_within_ten_seconds(command: Command, home: Path) -> None:
    with listening() as silent:
        for values in (robot(silent), {"host": silent, "token": TOKEN}):
            started = time.monotonic()
            said = mistake(run(command, home, "--profile", "lost", profiles=databrickscfg(lost=values)))
            assert f"no gateway to judge at {silent}: it cannot be reached" in said
            assert time.monotonic() - started < 10


def test_a_token_endpoint_that_hangs_is_told_within_ten_seconds(command: Command, home: Path) -> None:
    with workspace(hangs=True) as place:
        started = time.monotonic()
        said = mistake(run(command, home, "--profile", "robot", profiles=databrickscfg(robot=robot(place.url))))
        assert time.monotonic() - started < 15, "eight seconds, and the import of the SDK on a busy machine"
    assert "the profile robot gives no token within 8 s" in said


WRONG = {
    "unknown": ({"staging": {"host": "{url}"}}, "stagign", "unknown profile 'stagign'; did you mean staging?"),
    "no host": ({"a": {"token": TOKEN}}, "a", "has no host: put it there, or give --base-url"),
    "no credential": ({"a": {"host": "{url}"}}, "a", "the profile a holds no credential"),
    "several": (
        {"a": {"host": "{url}", "token": TOKEN, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}},
        "a",
        "hold several credentials (oauth and pat): take one away, or set auth_type",
    ),
    "a password": (
        {"a": {"host": "{url}", "username": "somebody", "password": TOKEN}},
        "a",
        "the profile a authenticates by basic, which gives no bearer token",
    ),
    "a wrong secret": (
        {"a": {"host": "{url}", "client_id": CLIENT_ID, "client_secret": "CANARY-of-another-robot"}},
        "a",
        "the profile a gives no token",
    ),
    "a refused token": (
        {"a": {"host": "{url}", "token": TOKEN}},
        "a",
        "the token is refused (401); check the profile a",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_profile_is_one_line(command: Command, home: Path, wrong: str) -> None:
    profiles, name, says = WRONG[wrong]
    with workspace() as place:
        text = databrickscfg(**profiles).replace("{url}", place.url)
        done = run(command, home, "--profile", name, profiles=text)
    assert says in mistake(done)
    assert "Config:" not in done.out + done.err
    assert not leaks([TOKEN, CLIENT_SECRET, "CANARY-of-another-robot"], done.report, done.out, done.err)


def test_a_file_that_is_not_there_or_cannot_be_read_is_one_line(command: Command, home: Path) -> None:
    assert "there is no " in (said := mistake(run(command, home, "--profile", "a")))
    assert ".databrickscfg; make it with `databricks configure`" in said
    done = run(command, home, "--profile", "a", profiles=f"[a]\nhost = https://x.example\n{TOKEN}\n")
    assert ".databrickscfg, line 3 is not what a file of profiles holds" in mistake(done)
    assert not leaks([TOKEN], done.report, done.out, done.err)


def test_a_variable_that_contradicts_a_profile_is_told(command: Command, home: Path, gateway: str) -> None:
    """databricks-sdk would send the token of one workspace to the other."""
    profiles = databrickscfg(a={"host": gateway, "token": TOKEN})
    said = mistake(run(command, home, "--profile", "a", profiles=profiles, DATABRICKS_HOST="https://other.example"))
    assert "DATABRICKS_HOST is set and says otherwise than host of the profile a" in said
    said = mistake(run(command, home, "--profile", "a", profiles=profiles, token="dapi-of-another-workspace"))
    assert "DATABRICKS_TOKEN is set and says otherwise than token of the profile a" in said


def test_a_credential_of_the_environment_goes_to_its_own_host_alone(command: Command, home: Path, gateway: str) -> None:
    profiles = databrickscfg(a={"host": "https://other.example", "token": TOKEN})
    done = run(command, home, "--base-url", gateway, profiles=profiles, DATABRICKS_CONFIG_PROFILE="a")
    assert f"the credential in the environment is for https://other.example, the target is {gateway}" in mistake(done)


def test_no_redirect_is_followed_and_no_netrc_read(command: Command, home: Path) -> None:
    seen = list[dict[str, str]]()

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        place_of_it = f"http://127.0.0.1:{elsewhere.server_port}"
        (home / ".netrc").write_text("machine 127.0.0.1\nlogin somebody\npassword CANARY-of-the-netrc\n")
        with workspace(redirects_to=f"{place_of_it}/oidc/v1/token") as place:
            said = mistake(run(command, home, "--profile", "robot", profiles=databrickscfg(robot=robot(place.url))))
            assert "the profile robot gives no token (oauth-m2m): Exceeded 0 redirects" in said
        assert not seen
        job = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{place_of_it}/?a=b", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": CI_TOKEN}
        with workspace() as place:
            run(command, home, "--base-url", place.url, DATABRICKS_CLIENT_ID=CLIENT_ID, **job)
        elsewhere.shutdown()
    assert [headers.get("Authorization") for headers in seen[:1]] == [f"Bearer {CI_TOKEN}"]


def in_process(
    before: str, after: str, *arguments: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command, with more to do in its process before and after it."""
    program = f"import sys\n{before}\ntry:\n    {PROGRAM}\nfinally:\n    {after or 'pass'}"
    words = [sys.executable, "-c", program, *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS", "PYTEST"))}
    return subprocess.run(words, capture_output=True, text=True, cwd=cwd, env=kept | environment, check=False)


def test_a_plain_token_imports_no_sdk(tmp_path: Path, gateway: str) -> None:
    told = "print([name for name in sys.modules if name.startswith(('databricks', 'requests'))])"
    words = ("run", "--base-url", gateway, *SOME, "--report-dir", "report")
    done = in_process("", told, *words, cwd=tmp_path, DATABRICKS_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "It authenticates by token (DATABRICKS_TOKEN)." in done.stdout


def test_a_missing_extra_is_one_line(tmp_path: Path, home: Path) -> None:
    (home / ".databrickscfg").write_text(databrickscfg(a={"host": "https://x.example", "token": TOKEN}))
    gone = "sys.modules['databricks'] = None"
    done = in_process(gone, "", "run", "--profile", "a", cwd=tmp_path, HOME=str(home))
    assert done.returncode == 4
    assert "the profile a needs databricks-sdk: pip install 'gateway-conformance[databricks]'" in done.stderr
    with running(token=TOKEN) as url:
        done = in_process(gone, "", "run", "--base-url", url, cwd=tmp_path, HOME=str(home))
    assert done.returncode == 4
    assert "no token: set the environment variable DATABRICKS_TOKEN" in done.stderr
