"""Many cases under way at once: the same results as one after the other, and nothing begun that is not wanted."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Command
from tests.end_to_end.proxy import Answer, proxy, unchanged
from tests.end_to_end.test_run import timeless

MADE_UP = re.compile(r"(?:resp_|msg_|chatcmpl-|rs_|fc_|call_|req_)[\w.-]+")
"""Ids that a gateway makes up for each answer."""


def same_each_time(results: dict[str, Any]) -> str:
    return MADE_UP.sub("ID", json.dumps(timeless(results | {"target": None}), indent=1, sort_keys=True))


class Watched:
    """How many requests are under way, as the target sees it."""

    def __init__(self, seconds: float) -> None:
        self.most = 0
        self._now, self._lock, self._seconds = 0, threading.Lock(), seconds

    @contextmanager
    def _one_more(self) -> Iterator[None]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        yield
        with self._lock:
            self._now -= 1

    def __call__(self, _path: str, _sent: bytes, answer: Answer) -> Answer:
        with self._one_more():
            time.sleep(self._seconds)
        return answer


def reported(printed: str) -> int:
    """How many cases pytest came to."""
    return sum(int(number) for number in re.findall(r"(\d+) (?:passed|failed)", printed.splitlines()[-1]))


@pytest.mark.parametrize("gateway_name", ["", "/faults/responses-store-accepted", "/faults/chat-created-missing"])
def test_many_at_once_find_the_same_as_one_after_the_other(command: Command, gateway: str, gateway_name: str) -> None:
    found = [
        command("run", "--base-url", f"{gateway}{gateway_name}", "--cheap", "--concurrency", number).results
        for number in ("1", "16")
    ]
    assert same_each_time(found[0]) == same_each_time(found[1])


def test_as_many_are_under_way_as_was_said(command: Command, gateway: str) -> None:
    watched = Watched(0.1)
    with proxy(gateway, watched) as target:
        words = ("--base-url", target.url, "--corpus", "smoke", "--surface", "responses,gemini")
        started = time.monotonic()
        done = command("run", *words, "--concurrency", "5")
        took = time.monotonic() - started
    assert done.code == 0, done.out
    assert watched.most == 5
    assert took < 0.1 * len(target.sent) * 0.7, "one after the other would take longer"


def test_one_at_a_time(command: Command, gateway: str) -> None:
    watched = Watched(0.02)
    with proxy(gateway, watched) as target:
        words = ("--base-url", target.url, "--surface", "gemini", "--corpus", "none", "-k", "generate_content")
        assert command("run", *words, "--concurrency", "1").code == 0
    assert watched.most <= 2, "only the preflight asks several surfaces or models at once"


def test_what_weighs_tens_of_megabytes_is_sent_one_by_one(command: Command, gateway: str) -> None:
    weights: list[int] = []
    lock = threading.Lock()
    most = 0

    def weigh(_path: str, sent: bytes, answer: Answer) -> Answer:
        nonlocal most
        with lock:
            weights.append(len(sent))
            most = max(most, sum(weights))
        time.sleep(0.2)
        with lock:
            weights.remove(len(sent))
        return answer

    with proxy(gateway, weigh) as target:
        assert command("run", "--base-url", target.url, "-k", "test_payload").code == 0
    assert max(len(sent) for _, sent in target.sent) > 8_000_000
    assert most < 16_000_000


def test_x_begins_nothing_more(command: Command, gateway: str) -> None:
    """Of two hundred cases, the seventieth fails."""

    def slow(_path: str, _sent: bytes, answer: Answer) -> Answer:
        time.sleep(0.2)
        return answer

    with proxy(gateway, slow) as target:
        words = (
            "--base-url",
            f"{target.url}/faults/chat-created-missing",
            "--surface",
            "chat",
            "-x",
            "--corpus",
            "none",
        )
        done = command("run", *words, "--concurrency", "4")
    assert done.code == 1, done.out
    assert "nonconformant, and INCOMPLETE" in done.out
    assert 0 <= len(done.results["cases"]) - reported(done.out) <= 4


def test_what_has_run_ahead_is_not_lost(command: Command, gateway: str) -> None:
    """pytest ends at its first failure; what was judged by then beyond it is in the report all the same."""
    with proxy(gateway, unchanged) as target:
        words = ("--base-url", f"{target.url}/faults/chat-created-missing", "-x", "--corpus", "none")
        done = command("run", *words, "--concurrency", "16")
    told = int(re.findall(r"(\d+) cases", done.out)[0])
    assert told == len(done.results["cases"]) > reported(done.out)


@pytest.mark.parametrize("given", ["0", "65", "-1"])
def test_a_number_that_is_none(command: Command, gateway: str, given: str, tmp_path: Path) -> None:
    done = command("run", "--base-url", gateway, "--concurrency", given)
    assert (done.code, done.out) == (4, "")
    assert f"--concurrency {given}: give a number from 1 to 64" in done.err
    assert not (tmp_path / "report").exists()
