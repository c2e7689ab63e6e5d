"""A case that comes to no end, or takes Python down with it: it is told as that, and all others are still observed."""

import sys
from pathlib import Path

import pytest

from tests.sdk.observing import ASKS, Case, cases, document, own, sdk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")

HANGS = """
import asyncio
import signal
import socket
import time


def test_a_first_is_well(caller):
    caller.sees(lambda: ask(caller))


def test_sleeps(caller):
    caller.sees(lambda: time.sleep(600))


def test_sleeps_beside_the_call(caller):
    caller.sees(lambda: ask(caller))
    time.sleep(600)


def test_reads(caller):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with socket.create_connection(silent.getsockname()) as made:
            caller.sees(lambda: made.recv(1))


def test_awaits(caller):
    caller.sees(lambda: asyncio.sleep(600))


def test_awaits_a_thread(caller):
    caller.sees(lambda: asyncio.wait_for(asyncio.Event().wait(), 600))


def test_z_last_is_well(caller):
    caller.sees(lambda: ask(caller))
"""
BARELY = """
import time


def test_sleeps(caller):
    time.sleep(0.5)  # it is the case that has so long: its call has a little less
    with open(__file__ + ".ran", "a") as file:
        file.write("once ")
    caller.sees(lambda: time.sleep(600))
"""
UNENDING = """
import signal
import time


def test_swallows(caller):
    def call():
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass

    ask(caller)
    caller.sees(call)


def test_no_signal_ends_it(caller):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    caller.sees(lambda: time.sleep(600))


def test_z_last_is_well(caller):
    caller.sees(lambda: ask(caller))
"""
CRASHES = """
import os
import signal


def test_a_first_is_well(caller):
    caller.sees(lambda: ask(caller))


def test_crashes(caller):
    caller.sees(lambda: os.kill(os.getpid(), signal.SIGSEGV))


def test_leaves(caller):
    caller.sees(lambda: os._exit(0))


def test_z_last_is_well(caller):
    caller.sees(lambda: ask(caller))
"""
HANG = {"type": "Hang", "is_a": ["Hang"], "text": "no end within 1 s"}


def error(case: Case) -> dict[str, str]:
    """What a case has raised: in the call that it is about, or beside it."""
    return dict(case.get("failure") or case["seen"]["error"])


def test_a_case_that_hangs_is_ended_and_all_others_are_observed(tmp_path: Path) -> None:
    done = sdk("--only-own", own(tmp_path, ASKS + HANGS), "--report-dir", tmp_path, "--case-limit", "1")
    found = cases(tmp_path)
    hung = ("sleeps", "sleeps_beside_the_call", "reads", "awaits", "awaits_a_thread")
    assert {name: error(found[f"sdk/own.{name}"]) for name in hung} == dict.fromkeys(hung, HANG)
    assert found["sdk/own.sleeps_beside_the_call"]["seen"]["value"][0] == 200
    assert [found[f"sdk/own.{name}"]["verdict"] for name in ("a_first_is_well", "z_last_is_well")] == ["passed"] * 2
    assert (done.returncode, document(tmp_path)["complete"]) == (1, True), done.stdout + done.stderr


def test_a_case_that_hangs_is_not_measured_again(tmp_path: Path) -> None:
    path = own(tmp_path, BARELY)
    sdk("--only-own", path, "--report-dir", tmp_path, "--case-limit", "2")
    assert error(cases(tmp_path)["sdk/own.sleeps"])["type"] == "Hang"
    assert Path(f"{path}.ran").read_text() == "once "


def test_a_call_that_hangs_fails_its_test(tmp_path: Path) -> None:
    """pytest names it, and where one environment is observed, that is all that tells of it."""
    done = sdk("--only-own", own(tmp_path, BARELY), "--report-dir", tmp_path, "--case-limit", "1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no end within 1 s" in done.stdout
    assert "test_sleeps" in done.stdout


def test_a_case_that_no_signal_ends_is_ended_with_its_process(tmp_path: Path) -> None:
    """It is named meanwhile, so that whoever waits knows for what."""
    done = sdk("--only-own", own(tmp_path, ASKS + UNENDING), "--report-dir", tmp_path, "--case-limit", "1")
    found = cases(tmp_path)
    assert {name: error(found[f"sdk/own.{name}"]) for name in ("swallows", "no_signal_ends_it")} == {
        "swallows": HANG,
        "no_signal_ends_it": HANG,
    }
    assert found["sdk/own.z_last_is_well"]["verdict"] == "passed"
    assert "sdk/own.swallows has been running for" in done.stderr
    assert "sdk/own.no_signal_ends_it has been running for" in done.stderr
    assert (done.returncode, document(tmp_path)["complete"]) == (1, True)


def test_a_case_that_takes_python_down_is_told_and_all_others_are_observed(tmp_path: Path) -> None:
    done = sdk("--only-own", own(tmp_path, ASKS + CRASHES), "--report-dir", tmp_path)
    found = cases(tmp_path)
    assert {error(found[f"sdk/own.{name}"])["type"] for name in ("crashes", "leaves")} == {"Crash"}
    assert "signal 11" in error(found["sdk/own.crashes"])["text"]
    assert "exit code 0" in error(found["sdk/own.leaves"])["text"]
    assert [found[f"sdk/own.{name}"]["verdict"] for name in ("a_first_is_well", "z_last_is_well")] == ["passed"] * 2
    assert (done.returncode, document(tmp_path)["complete"]) == (1, True), done.stdout + done.stderr


def test_python_that_ends_outside_any_case_is_told_in_one_line(tmp_path: Path) -> None:
    """A library whose import brings it down, for example: then nothing can be observed."""
    done = sdk("--only-own", own(tmp_path, "import os\n\nos.abort()\n"), "--report-dir", tmp_path / "out")
    assert done.returncode == 3
    assert "ended by signal 6" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_what_a_case_leaves_running_holds_nothing_up(tmp_path: Path) -> None:
    """A thread that Python would wait for at its end."""
    source = (
        "import threading\nimport time\n\n\ndef test_leaves_a_thread(caller):\n"
        "    threading.Thread(target=time.sleep, args=(600,)).start()\n    caller.sees(lambda: ask(caller))\n"
    )
    done = sdk("--only-own", own(tmp_path, ASKS + source), "--report-dir", tmp_path, "--case-limit", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cases(tmp_path)["sdk/own.leaves_a_thread"]["verdict"] == "passed"


def test_a_client_that_hangs_while_it_is_closed_is_told(tmp_path: Path) -> None:
    source = (
        "import asyncio\nimport pytest\nimport time\n\n\n@pytest.fixture\ndef closing(caller):\n    yield\n"
        "    time.sleep(600)\n\n\ndef test_a_closing(caller, closing):\n    caller.sees(lambda: ask(caller))\n\n\n"
        "def test_b_thread(caller):\n    async def call():\n"
        "        asyncio.get_running_loop().run_in_executor(None, time.sleep, 5)\n\n    caller.sees(call)\n\n\n"
        "def test_last(caller):\n    caller.sees(lambda: ask(caller))\n"
    )
    done = sdk("--only-own", own(tmp_path, ASKS + source), "--report-dir", tmp_path, "--case-limit", "1")
    found = cases(tmp_path)
    assert [error(found[f"sdk/own.{name}"]) for name in ("a_closing", "b_thread")] == [HANG] * 2
    assert found["sdk/own.a_closing"]["seen"]["value"][0] == 200
    assert found["sdk/own.last"]["verdict"] == "passed"
    assert (done.returncode, document(tmp_path)["complete"]) == (1, True), done.stdout + done.stderr
