"""Bad input: one clear line, exit 4, no traceback, nothing half written."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx2
import pytest

from conformance import resources
from tests.commandline import PROGRAM
from tests.end_to_end.conftest import TOKEN, Command, Done

TARGET = 'name = "t"\nauth = "none"\n[surfaces]\nchat = "http://127.0.0.1:9/v1"\n'


def mistake(done: Done) -> str:
    """The one line of a command that ended in a mistake of the user."""
    assert done.code == 4, (done.code, done.out, done.err)
    assert "Traceback" not in done.out + done.err
    lines = [line for line in (done.out + done.err).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert lines[0].startswith("gateway-conformance: "), lines
    assert done.err == f"{lines[0]}\n"
    assert not list(done.report.parent.glob("report*"))
    assert TOKEN not in lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--live"], "give --base-url https://<workspace>, --target FILE.toml or --profile NAME"),
        (["run", "--base-url", "nonsense"], "is no URL"),
        (["run", "--base-url", "http://127.0.0.1:9", "--target", "x.toml"], "exclude each other"),
        (["run", "--target", "none.toml"], "none.toml: No such file"),
        (["run", "--base-url", "http://127.0.0.1:9"], "cannot be reached (ConnectError"),
        (["run", "--base-url", "http://no-such-host.invalid"], "no gateway to judge"),
        (["run", "--surface", "chta"], "unknown surface 'chta'; did you mean chat?"),
        (["run", "--level", "MUSTY"], "unknown level 'MUSTY'; did you mean MUST?"),
        (["run", "--requirement", "RESP-400-STOER"], "did you mean RESP-400-STORE?"),
        (["run", "--cassettes", "nowhere"], "no recordings in nowhere"),
        (["run", "--cassettes", "x", "--base-url", "http://127.0.0.1:9"], "a live run replays nothing"),
        (["record", "--cassettes", "x"], "give --base-url"),
        (["record", "--cassettes", "x", "--base-url", "http://127.0.0.1:9", "-n", "2"], "leave out -n"),
        (["run", "--base-url", "http://[::1"], "is no URL"),
        (["run", "--base-url", "http://127.0.0.1:99999"], "is no URL"),
        (["run", "/"], "/ is not among the cases"),
        (["run", "--timeout", "never"], "'never' is not a valid float"),
        (
            ["run", "--base-url", "http://127.0.0.1:9", "--timeout", "0"],
            "--timeout 0: give a number from 0.01 to 1e+06",
        ),
        (["run", "--base-url", "http://127.0.0.1:9", "--total-timeout", "nan"], "--total-timeout nan: give a number"),
        (["run", "--base-url", "http://127.0.0.1:9", "--max-body", "-1"], "--max-body -1: give a number"),
        (["run", "--base-url", "http://127.0.0.1:9", "--patience", "inf"], "--patience inf: give a number"),
        (["run", "--reprot-dir", "x"], "unknown option '--reprot-dir'; did you mean --report-dir?"),
        (["run", "--maxfial=2"], "unknown option '--maxfial'; did you mean --maxfail?"),
        (["run", "--maxfail=x"], "gateway-conformance: argument --maxfail: invalid int value: 'x'"),
        (["run", "-Z"], "unknown option '-Z'; see `gateway-conformance run --help`"),
        (["run", "--surface", "chat", "--surface", "gemini"], "--surface is given 2 times: it takes one value"),
        *(
            (["run", name, ""], f"{name} is given an empty value: leave it out, or say what")
            for name in ("--surface", "--level", "--requirement", "--target", "--conformance-profile")
        ),
        (["run", "--surface="], "--surface is given an empty value: leave it out, or say what"),
        (["run", "--surface", " , "], "--surface ' , ' names none: leave it out, or give some of chat, responses"),
        (["run", "--requirement", ","], "--requirement ',' names none: leave it out, or give some of "),
        (["run", "-k", "store", "-kvision"], "-k is given more than once"),
        (["run", "--tx", "ssh=x", "chat/test_vision.py"], "chosen by -k, -m or --requirement, not by files"),
    ],
)
def test_wrong_arguments(command: Command, arguments: list[str], says: str) -> None:
    assert says in mistake(command(*arguments))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["explain", "RESP-400-STOER"], "did you mean RESP-400-STORE?"),
        (["serve", "--fault", "responses-store-acepted"], "responses-store-accepted"),
        (["plan", "--level", ""], "--level is given an empty value"),
        (["models", "--base-url", ""], "--base-url is given an empty value"),
        (["serve", "--port", "99999"], "99999 is not in the range"),
        (["sdk", "--reprot-dir", "x"], "unknown option '--reprot-dir'; did you mean --report-dir?"),
        (["lits"], "unknown command 'lits'; did you mean list?"),
        (["serve", "--fault", "a", "--fault", "b"], "--fault is given 2 times: it takes one value"),
        (["verify", "--max-ag", "3"], "unknown option '--max-ag'; did you mean --max-age?"),
        (["compare", "openai==1.109.1", "openai==2.54.0", "--html", "a", "--html", "b"], "--html is given 2 times"),
    ],
)
def test_wrong_arguments_of_other_commands(command: Command, arguments: list[str], says: str) -> None:
    assert says in mistake(command(*arguments, report=False))


def test_a_python_that_cannot_be_started(command: Command) -> None:
    done = command("run", "--tx", "popen//python=no-such-python")
    assert done.code == 4, done.out
    assert "no Python can be started with --tx (FileNotFoundError" in done.err
    assert "Traceback" not in done.out + done.err
    assert not done.report.exists()


def test_port_in_use(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"{port}" in mistake(command("serve", "--port", str(port), report=False))


def test_unknown_key_of_a_target_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(TARGET.replace("auth", "atuh"))
    assert "unknown key 'atuh' in the file; did you mean 'auth'?" in mistake(command("run", "--target", "t.toml"))


@pytest.mark.parametrize(("token", "says"), [(None, "no token: set"), ("", "DATABRICKS_TOKEN is empty")])
def test_no_token(command: Command, gateway: str, token: str | None, says: str) -> None:
    assert says in mistake(command("run", "--base-url", gateway, token=token))


def test_wrong_token(command: Command, gateway: str) -> None:
    assert "the token is refused (401)" in mistake(command("run", "--base-url", gateway, token="dapi-of-somebody-else"))


def test_a_report_directory_that_cannot_be_written(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = command("run", "--report-dir", "file/report", report=False)
    assert "cannot write the report to file/report: Not a directory" in mistake(done)


def test_recordings_that_cannot_be_written(command: Command, gateway: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = command("record", "--base-url", gateway, "--cassettes", "file/kept")
    assert "cannot record to file/kept: Not a directory" in mistake(done)


def test_recordings_of_two_targets_are_not_mixed(command: Command, gateway: str, tmp_path: Path) -> None:
    copied(tmp_path)
    done = command("record", "--base-url", f"{gateway}/variants/crlf-split", "--cassettes", "cassettes")
    assert "cassettes holds recordings of another target, reference gateway" in mistake(done)


def test_the_wrong_place(command: Command, gateway: str) -> None:
    assert "the path is not there (404)" in mistake(command("run", "--base-url", f"{gateway}/somewhere"))


@contextmanager
def listening(server: HTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class WebPage(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = b"<html><script>alert(1)</script>Welcome</html>"
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def test_a_web_page(command: Command) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), WebPage)) as port:
        assert "answers with a web page (200), not an API" in mistake(
            command("run", "--base-url", f"http://127.0.0.1:{port}")
        )


def test_tls_failure(command: Command, tmp_path: Path) -> None:
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "1",
    ]
    if not shutil.which("openssl"):
        pytest.fail("this test makes a certificate with openssl, which is not there")
    subprocess.run([*words, "-subj", "/CN=127.0.0.1"], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = HTTPServer(("127.0.0.1", 0), WebPage)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with listening(server) as port:
        assert "TLS failed" in mistake(command("run", "--base-url", f"https://127.0.0.1:{port}"))


def copied(tmp_path: Path) -> Path:
    directory = tmp_path / "cassettes"
    shutil.copytree(resources.directory("cassettes"), directory)
    return directory


@pytest.mark.parametrize(
    "text", ["", "{", '{"target": 7, "recorded_from": "live"}', '{"target": {}, "recorded_from": "x"}']
)
def test_a_corrupt_manifest(command: Command, tmp_path: Path, text: str) -> None:
    (copied(tmp_path) / "manifest.json").write_text(text)
    assert "manifest.json" in mistake(command("run", "--cassettes", "cassettes"))


@pytest.mark.parametrize("harm", ["corrupt", "missing"])
def test_a_harmed_cassette_is_named_and_the_rest_is_judged(command: Command, tmp_path: Path, harm: str) -> None:
    path = copied(tmp_path) / "responses" / "unsupported_parameters.refused-store.json"
    if harm == "corrupt":
        path.write_text(path.read_text()[:500])
    else:
        path.unlink()
    done = command("run", "--cassettes", "cassettes", "--surface", "responses")
    assert done.code == 4
    assert "Traceback" not in done.out + done.err
    assert not done.results["complete"]
    [error] = done.results["errors"]
    assert "responses/unsupported_parameters.refused-store" in error
    assert "gateway-conformance record" in error
    verdicts = done.verdicts("passed", "inconclusive")
    assert verdicts["RESP-400-STORE"] == "inconclusive"
    assert verdicts["RESP-400-BACKGROUND"] == "passed"


class Tired(WebPage):
    """A chat gateway that answers a few requests and then drops every connection."""

    left = 3

    def do_POST(self) -> None:
        type(self).left -= 1
        self.rfile.read(int(self.headers["content-length"]))
        self.close_connection = True
        if self.left < 0:
            return
        answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_a_target_that_breaks_off_in_the_middle_is_inconclusive(command: Command) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), Tired)) as port:
        url = f"http://127.0.0.1:{port}"
        done = command("run", "--base-url", url, "--surface", "chat", "-k", "data_uri and gemma")
    assert done.code == 2, done.out
    assert done.results["verdict"] == "inconclusive"
    assert done.verdicts("passed", "failed", "inconclusive") == {"IMG-DATAURI": "inconclusive"}
    assert "the connection was closed before any answer" in done.out
    assert "Traceback" not in done.out + done.err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_is_incomplete_and_never_passed(tmp_path: Path, gateway: str, how: signal.Signals) -> None:
    class Slow(WebPage):
        """Passes every request on to the reference gateway, after a while."""

        def do_POST(self) -> None:
            threading.Event().wait(0.15)
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name: self.headers[name] for name in ("content-type", "authorization") if self.headers[name]}
            with httpx2.Client(trust_env=False) as client:
                answer = client.post(gateway + self.path, content=body, headers=headers)
            self.send_response(answer.status_code)
            self.send_header("content-type", answer.headers.get("content-type", ""))
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    with listening(HTTPServer(("127.0.0.1", 0), Slow)) as port:
        # Whoever starts the tests in the background has them, and what they start, ignore SIGINT.
        program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        program += PROGRAM
        words = [sys.executable, "-c", program, "run", "--report-dir", "report"]
        running = subprocess.Popen(
            [*words, "--base-url", f"http://127.0.0.1:{port}", "--surface", "chat", "-vv"],
            cwd=tmp_path, env=os.environ | {"DATABRICKS_TOKEN": TOKEN}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with running:
            try:
                assert running.stdout
                while "PASSED" not in running.stdout.readline():
                    assert running.poll() is None
                running.send_signal(how)
                printed, _ = running.communicate(timeout=30)
            finally:
                running.kill()
    assert running.returncode == 2
    assert "inconclusive, and INCOMPLETE" in printed
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert (results["verdict"], results["complete"]) == ("inconclusive", False)
    junit = ET.parse(tmp_path / "report" / "junit.xml").getroot()
    told = [error.get("type") for error in junit.iter("error")]
    assert told.count("incomplete") == 1
    assert set(told) <= {"incomplete", "inconclusive"}, "a case that was under way is undecided"
    assert junit.get("errors") == str(len(told))
