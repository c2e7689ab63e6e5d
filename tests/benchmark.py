"""Ratios, not times: what a user waits for, beside the least that Python, pytest and the wire need on the same machine.

Run it with `tox run -e bench`. Each figure is the best of several runs, taken in turns, since machines are noisy.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

from conformance.reference.proxies.application import proxying
from conformance.reference.server import running
from conformance.reference.upstream import Upstream
from conformance.runs.pairing import PairingSender
from conformance.wire.client import Client
from conformance.wire.exchange import Request
from conformance.wire.sender import Limits
from tests.commandline import COMMAND

ROUNDS = 5
TOKEN = {**os.environ, "DATABRICKS_TOKEN": "benchmark-token"}
PYTEST = [sys.executable, "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider"]
COMMAND = [*COMMAND]


def seconds(words: list[str], cwd: str) -> float:
    """Wall time of a command that must succeed."""
    started = time.perf_counter()
    subprocess.run(words, cwd=cwd, check=True, capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})
    return time.perf_counter() - started


def best(*commands: Callable[[], float]) -> list[float]:
    """The best time of each command, taken in turns."""
    rounds = [[command() for command in commands] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


LIVE = """
import sys, time
import httpx2
from conformance.runs import session
from conformance.wire.client import Client

sent, send = [], Client.send

def keep(self, request, *within):
    sent.append(request)
    return send(self, request, *within)

Client.send = keep
started = time.perf_counter()
target = ["--gateway-base-url", sys.argv[1], "--gateway-report-dir", sys.argv[2]]
code = session.run([session.ALL_CASES, *target])
took = time.perf_counter() - started
assert code == 0, code
with httpx2.Client(trust_env=False) as bare:
    started = time.perf_counter()
    for request in sent:
        bare.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    loop = time.perf_counter() - started
print(len(sent), took, loop)
"""
"""A live run, then the same bytes again in a bare loop: both in one process, against one server."""


def live(url: str, directory: str) -> tuple[int, float, float]:
    """The number of requests, and the seconds of a live run and of the bare loop."""
    words = [sys.executable, "-c", LIVE, url, f"{directory}/live"]
    done = subprocess.run(words, cwd=directory, check=True, capture_output=True, text=True, env=TOKEN)
    number, took, loop = done.stdout.split()[-3:]
    return int(number), float(took), float(loop)


LATE = """
import asyncio, os, sys
import uvicorn
from conformance.reference.app import create_app

app = create_app(token=os.environ["DATABRICKS_TOKEN"])

async def late(scope, receive, send):
    if scope["type"] == "http":
        await asyncio.sleep(float(sys.argv[2]))
    await app(scope, receive, send)

uvicorn.run(late, port=int(sys.argv[1]), log_level="error")
"""
"""The reference gateway, each answer so many seconds late."""
LATENCY = 1.0


@contextmanager
def late(directory: str) -> Iterator[str]:
    """The URL of a gateway whose answers come late."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-c", LATE, str(port), str(LATENCY)], cwd=directory, env=TOKEN) as server:
        try:
            for _ in range(100):
                time.sleep(0.1)
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def run_ahead(url: str, concurrency: int, directory: str) -> None:
    """Prints how a run with so many requests at once compares with the least that the latency allows."""
    report = Path(directory) / f"ahead-{concurrency}"
    words = [*COMMAND, "run", "--base-url", url, "--concurrency", str(concurrency), "--report-dir", str(report)]
    started = time.perf_counter()
    peak = peak_megabytes(words, directory)
    took = time.perf_counter() - started
    found = json.loads((report / "results.json").read_text())
    chains = [len(case["exchanges"]) for case in found["cases"]]
    least = max(found["requests"] / concurrency, *chains) * LATENCY
    beside = f"{took / least:.2f} times {least:.0f} s, allowed 1.15; {peak:.0f} MB, allowed 250"
    show(f"{found['requests']} requests, {concurrency} at once, {LATENCY:g} s each", took, beside)


def peak_megabytes(words: list[str], directory: str) -> float:
    """The largest memory of a command, in MB."""
    program = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True);"
    program += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=directory, check=True, capture_output=True, env=TOKEN
    )
    return float(done.stdout)


def pairing_s() -> float:
    """Seconds that watching the upstream adds to a request through the reference proxy: the difference of two medians.

    With and without it in turns, since a machine is not the same for long.
    """
    body = json.dumps({"model": "system.ai.gpt-5", "messages": [{"role": "user", "content": "Say hello."}]}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer benchmark-token"}
    with Upstream().listening() as upstream, proxying(upstream.url) as url:
        request = Request("POST", f"{url}/ai-gateway/mlflow/v1/chat/completions", headers, body)
        plain = Client(Limits())
        watching = PairingSender(plain, upstream)
        took: dict[object, list[float]] = {plain: [], watching: []}
        for _ in range(300):
            for sender in (plain, watching):
                started = time.perf_counter()
                sender.send(request)
                took[sender].append(time.perf_counter() - started)
            upstream.take()
    return median(took[watching]) - median(took[plain])


def count(command: list[str], report: Path, directory: str) -> int:
    """How many cases a command runs; it is run once, which compiles what is imported."""
    seconds(command, directory)
    return len(json.loads((report / "results.json").read_text())["cases"])


def empty(cases: int, directory: str) -> list[str]:
    """The command that runs so many empty pytest cases."""
    path = Path(directory) / f"test_empty_{cases}.py"
    path.write_text(f"import pytest\n@pytest.mark.parametrize('n', range({cases}))\ndef test_empty(n): pass\n")
    return [*PYTEST, str(path)]


def main() -> None:
    """Prints the ratios."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report"
        replay, all_of_it = (
            [*COMMAND, "run", "--report-dir", str(report), *more] for more in ((), ("--corpus", "full"))
        )
        cases, of_all = (count(command, report, directory) for command in (replay, all_of_it))
        nothing, helped, listed, explained, empties, replayed, all_empty, all_replayed = best(
            lambda: seconds([sys.executable, "-c", "pass"], directory),
            lambda: seconds([*COMMAND, "--help"], directory),
            lambda: seconds([*COMMAND, "list"], directory),
            lambda: seconds([*COMMAND, "explain", "RESP-400-STORE"], directory),
            lambda: seconds(empty(cases, directory), directory),
            lambda: seconds(replay, directory),
            lambda: seconds(empty(of_all, directory), directory),
            lambda: seconds(all_of_it, directory),
        )
        with running(token=TOKEN["DATABRICKS_TOKEN"]) as url:
            number, took, loop = min((live(url, directory) for _ in range(3)), key=lambda times: times[1] - times[2])
            peak = peak_megabytes([*COMMAND, "run", "--base-url", url, "--report-dir", f"{directory}/peak"], directory)
    beside = f"{replayed / empties:.2f} times {cases} empty cases ({empties:.2f} s), allowed 3"
    show(f"replay of {cases} cases", replayed, beside)
    beside = f"{all_replayed / all_empty:.2f} times {of_all} empty cases ({all_empty:.2f} s), allowed 4"
    show(f"replay of {of_all} cases", all_replayed, beside)
    show("--help", helped, f"{helped - nothing:.3f} s over `python -c pass`, allowed 0.04")
    show("list", listed, f"{listed - nothing:.3f} s over `python -c pass`, allowed 0.07")
    show("explain", explained, f"{explained - nothing:.2f} s over `python -c pass`, allowed 0.25")
    over = 1000 * (took - loop) / number
    show(f"live run of {number} requests", took, f"{over:.2f} ms a request over a bare loop ({loop:.2f} s), allowed 4")
    print(f"{'peak memory of the live run':<34} {peak:6.0f} MB  allowed 300")
    print(f"{'pairing of both sides of a proxy':<34} {1000 * pairing_s():6.2f} ms  a request, allowed 1")
    with tempfile.TemporaryDirectory() as directory, late(directory) as url:
        for concurrency in (8, 32):
            run_ahead(url, concurrency, directory)


def show(what: str, took: float, beside: str) -> None:
    """One line of the table."""
    print(f"{what:<34} {took:6.2f} s   {beside}")


if __name__ == "__main__":
    main()
