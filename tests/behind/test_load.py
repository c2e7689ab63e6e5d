"""A load on a proxy: each answer is told from the others', times and bounds are kept, and every mistake is a line."""

import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.behind.load import Bounds, Load, judged, mark_of
from conformance.behind.load_numbers import Numbers, Times, numbers_of, percentile
from conformance.behind.load_requests import sides
from conformance.behind.memory import Memory, resident_kb
from conformance.cli import main
from conformance.errors import UsageError
from conformance.reference.proxies import PROXIES
from conformance.reference.proxies.application import proxying
from conformance.reference.proxies.declared import TRANSPARENT, Quirk
from conformance.reference.upstream import Upstream
from conformance.targets.target import Target, from_base_url
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.upstream import MARK
from tests import commandline

TOKEN = "dapi-canary-1234567890"
CHAT = "http://127.0.0.1:1/ai-gateway/mlflow/v1/chat/completions"
HAS_PROC = Path("/proc/self/status").exists()


@contextlib.contextmanager
def standing(
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app, quirk: Quirk = TRANSPARENT
) -> Iterator[tuple[Upstream, str]]:
    """The reference proxy before its upstream, with an application around it, and the proxy's URL."""
    with Upstream().listening() as upstream, proxying(upstream.url, quirk, around=around) as url:
        yield upstream, url


def loaded(upstream: Upstream, target: Target, bounds: Bounds) -> Numbers:
    """The numbers of a load."""
    load = Load(bounds, sides(target, lambda: {"authorization": f"Bearer {TOKEN}"}, upstream.url))
    with upstream.under_load():
        load.run()
    return numbers_of(load, target.name, interrupted=False)


def behind(*words: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(main, ["behind", *map(str, words)], env={"DATABRICKS_TOKEN": TOKEN, "COLUMNS": "200"})


def every_tenth_fails(app: ASGIApp) -> ASGIApp:
    """Answers 500 to every tenth question, with the caller's credential in it."""
    asked = 0

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        if asked % 10:
            await app(scope, receive, send)
            return
        shown = dict(scope["headers"]).get(b"authorization", b"").decode()
        body = json.dumps({"message": f"number {asked} broke for {shown}"}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return failing


def silent(_app: ASGIApp) -> ASGIApp:
    """Never answers."""

    async def hanging(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(3)

    return hanging


def test_transparent() -> None:
    with standing() as (upstream, url):
        numbers = loaded(upstream, from_base_url(url), Bounds(8, 60))
        assert upstream.take() == []  # nothing of a load is kept
    assert numbers.kinds == ("chat", "chat, streamed", "responses", "responses, streamed", "gemini", "gemini, streamed")
    assert (numbers.proxy.own, numbers.proxy.crossed, numbers.proxy.lost) == (60, 0, 0)
    assert (numbers.upstream.own, numbers.upstream.crossed, numbers.upstream.lost) == (60, 0, 0)
    assert numbers.is_sound
    assert numbers.proxy.first_byte
    assert numbers.proxy.latency
    assert numbers.proxy.latency.median_ms > 0
    assert numbers.added.latency == numbers.proxy.latency.less(numbers.upstream.latency or Times(0, 0))


def test_crossed() -> None:
    with standing(quirk=PROXIES["proxy-crosses-answers"].quirk) as (upstream, url):
        numbers = loaded(upstream, from_base_url(url), Bounds(4, 24))
    assert (numbers.proxy.crossed, numbers.proxy.lost) == (24 - numbers.proxy.own, 0)
    assert numbers.proxy.crossed >= 12
    assert numbers.upstream.own == 24
    assert "was answered with mark-" in numbers.proxy.reasons[0].first
    assert not numbers.is_sound


def test_lost() -> None:
    with standing(every_tenth_fails) as (upstream, url):
        numbers = loaded(upstream, from_base_url(url), Bounds(4, 50))
    assert (numbers.proxy.own, numbers.proxy.lost, numbers.upstream.lost) == (45, 5, 0)
    (reason,) = numbers.proxy.reasons
    assert reason.times == 5
    assert "500" in reason.first
    assert "broke" in reason.first


def test_nothing_is_answered() -> None:
    with standing(silent) as (upstream, url):
        began = time.monotonic()
        numbers = loaded(upstream, from_base_url(url), Bounds(2, 8, seconds=1))
    assert time.monotonic() - began < 4
    assert (numbers.proxy.own, numbers.proxy.lost) == (0, 2)
    assert numbers.proxy.reasons[0].first.startswith("lost: no whole answer within 1 s")
    assert numbers.proxy.latency is numbers.added.latency is None
    assert json.loads(numbers.to_json())["proxy"]["throughput_per_s"] is None


def free_port() -> int:
    with Upstream().listening() as upstream:
        return upstream.port


def test_command(tmp_path: Path) -> None:
    port = free_port()
    with proxying(f"http://127.0.0.1:{port}", around=every_tenth_fails) as url:
        words = (
            "--base-url",
            url,
            "--upstream-port",
            port,
            "--load",
            4,
            "--load-requests",
            40,
            "--report-dir",
            tmp_path / "report",
        )
        ended = behind(*words, "--proxy-pid", os.getpid())
    assert ended.exit_code == 1, ended.output
    assert "answers lost" in ended.output
    assert "broke for" in ended.output
    written = (tmp_path / "report" / "load.json").read_text()
    assert TOKEN not in ended.output + written
    numbers = json.loads(written)
    assert numbers["version"] == 1
    assert numbers["proxy"]["lost"] == 4
    assert ("memory of the process" in ended.output) == HAS_PROC == (numbers["memory"] is not None)


def test_exit_code_of_a_sound_proxy() -> None:
    port = free_port()
    with proxying(f"http://127.0.0.1:{port}") as url:
        ended = behind(
            "--base-url", url, "--upstream-port", port, "--load", 2, "--load-requests", 4, "--surface", "chat"
        )
    assert ended.exit_code == 0, ended.output


def test_interrupted(tmp_path: Path) -> None:
    port = free_port()
    # Whoever starts the tests in the background has them, and what they start, ignore SIGINT.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);" + commandline.PROGRAM
    with proxying(f"http://127.0.0.1:{port}") as url:
        words = ["behind", "--base-url", url, "--upstream-port", str(port), "--load", "2", "--load-requests", "100000"]
        with subprocess.Popen(
            [sys.executable, "-c", program, *words, "--surface", "chat", "--report-dir", "report"], cwd=tmp_path, text=True,
            env=os.environ | {"DATABRICKS_TOKEN": TOKEN}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            assert process.stdout
            while "asks its upstream" not in (line := process.stdout.readline()):
                assert line
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=20)[0]
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert "interrupted: this is what was measured so far" in rest
    assert json.loads((tmp_path / "report" / "load.json").read_text())["interrupted"] is True


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--load", 0], "--load"),
        (["--load", 257], "--load"),
        (["--load", 4, "--load-requests", 100_001], "--load-requests"),
        (["--load", 4, "--load-seconds", 601], "--load-seconds"),
        (["--load", 4, "--load-seconds", "nan"], "--load-seconds"),
        (["--load-requests", 5], "--load-requests is about a load: give --load N too"),
        (["--proxy-pid", 5], "--proxy-pid is about a load: give --load N too"),
        (["--load", 4, "--level", "MUST"], "--level is about cases"),
        (["--load", 4, "-k", "PROXY"], "-k is for pytest"),
        (["--load", 4, "--upstream-fault", "all"], "--upstream-fault is about cases"),
        (["--load", 4, "--surface", "serving"], "none of the surfaces"),
        (["--load", 4, "--proxy", "http://127.0.0.1:9"], "leave out --proxy"),
    ],
)  # fmt: skip
def test_mistakes(words: list[object], told: str) -> None:
    ended = behind("--base-url", "http://127.0.0.1:9", "--upstream-port", 0, *words)
    assert ended.exit_code == 4, ended.output
    assert told in ended.output.splitlines()[-1]
    assert "Traceback" not in ended.output


def test_nowhere_to_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ("--base-url", "http://127.0.0.1:9", "--upstream-port", 0, "--load", 4, "--report-dir", tmp_path / "file")
    ended = behind(*words)
    assert ended.exit_code == 4
    assert "cannot write to" in ended.output.splitlines()[-1]


def test_elsewhere() -> None:
    ended = behind("--base-url", "https://workspace.example", "--upstream-port", 0, "--load", 4)
    assert ended.exit_code == 4
    assert "for a proxy on this machine alone, and chat of workspace.example" in ended.output.splitlines()[-1]


@pytest.mark.skipif(not HAS_PROC, reason="this system has no /proc")
def test_no_such_process() -> None:
    ended = behind("--base-url", "http://127.0.0.1:9", "--upstream-port", 0, "--load", 4, "--proxy-pid", 2**22 + 5)
    assert ended.exit_code == 4
    assert "there is no such process" in ended.output.splitlines()[-1]


def test_memory(tmp_path: Path) -> None:
    def has(pid: str, kb: int) -> None:
        (tmp_path / pid).mkdir(exist_ok=True)
        (tmp_path / pid / "status").write_text(f"Name:\tproxy\nVmHWM:\t  999 kB\nVmRSS:\t  {kb} kB\n")

    assert Memory.of(7, tmp_path) is None  # no /proc at all
    has("self", 1)
    with pytest.raises(UsageError, match="--proxy-pid 7: there is no such process"):
        Memory.of(7, tmp_path)
    has("7", 100)
    memory = Memory.of(7, tmp_path)
    assert memory
    for kb in (300, 200):
        has("7", kb)
        memory.look()
    memory.end()
    assert (memory.before_kb, memory.most_kb, memory.after_kb) == (100, 300, 200)
    (tmp_path / "7" / "status").unlink()
    memory.end()
    assert (memory.most_kb, memory.after_kb, resident_kb(7, tmp_path)) == (300, None, None)


def said(text: str, status: int = 200) -> Exchange:
    message = {"role": "assistant", "content": text}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
    response = Response(status, {"content-type": "application/json"}, (Chunk(body, 0.1),))
    return Exchange(Request("POST", CHAT, {}), response)


def streamed(*pieces: str, ends: bool = True) -> Exchange:
    choices = [{"index": 0, "delta": {"content": piece}} for piece in pieces]
    events = [
        {"choices": [one]}
        for one in (*choices, *([{"index": 0, "delta": {}, "finish_reason": "stop"}] if ends else []))
    ]
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    return Exchange(
        Request("POST", CHAT, {}), Response(200, {"content-type": "text/event-stream"}, (Chunk(body, 0.1),))
    )


@pytest.mark.parametrize(
    ("exchange", "told"),
    [
        (said("I read mark-a00001."), "own"),
        (said("I read mark-a00002."), "crossed"),
        (said("I read mark-a00001 and mark-a00002."), "crossed"),
        (said("Hello."), "lost"),
        (said("mark-a00001", status=503), "lost"),
        (streamed("I read mark-a0", "0001."), "own"),
        (streamed("I read mark-a0", "0002."), "crossed"),
        (streamed("I read mark-a0", "0002.", ends=False), "crossed"),
        (streamed("I read mark-a0", "0001.", ends=False), "lost"),
        (Exchange(Request("POST", CHAT, {}), None, "reset"), "lost"),
    ],
)
def test_whose_answer(exchange: Exchange, told: str) -> None:
    assert judged(exchange, "mark-a00001")[0] == told


@given(st.integers(0, 2**20), st.sets(st.integers(0, 99_999), min_size=2, max_size=20))
def test_marks_differ(start: int, numbers: set[int]) -> None:
    marks = {mark_of(start + number) for number in numbers}
    assert len(marks) == len(numbers)
    assert all(MARK.fullmatch(mark.encode()) for mark in marks)


@given(st.lists(st.floats(0, 1000), min_size=2, max_size=300))
def test_percentiles(values: list[float]) -> None:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    for share in (50, 95):
        assert percentile(values, share / 100) == pytest.approx(cuts[share - 1], abs=1e-9)
    assert min(values) <= percentile(values, 0.95) <= max(values)


@given(st.integers(1, 256), st.integers(1, 100_000))
def test_rounds(at_once: int, requests: int) -> None:
    a_round = Bounds(at_once, requests).a_round
    assert a_round >= at_once
    assert a_round == at_once or a_round * 3 < requests + 3 * a_round


def test_one_of_one() -> None:
    assert percentile([3.0], 0.95) == 3.0
    assert Times.of([]) is None
