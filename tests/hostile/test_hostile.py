"""Whatever a target does, the run ends in bounded time and memory, with a verdict, and the other cases are judged."""

import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.reference.server import running
from tests.hostile.behaviours import HOSTILE, PLAIN, REFUSED, STREAM, Hostile, Spot
from tests.hostile.measured import TOKEN, Measured, attack, run
from tests.hostile.server import Caller, head, hostile

PEAK_MB = 400
SECONDS = 15
"""Of a whole run of a few cases, on a busy machine: ten times what it usually takes."""


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """The base URL of a reference gateway that takes TOKEN."""
    with running(token=TOKEN) as url:
        yield url


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 28
    assert {"passed", "failed", "inconclusive"} <= {one for each in HOSTILE.values() for one in each.verdicts}


@pytest.mark.parametrize("spot", [PLAIN, STREAM, REFUSED], ids=lambda spot: spot.case)
def test_without_an_attack_all_pass(reference: str, tmp_path: Path, spot: Spot) -> None:
    done = attack(reference, Hostile("nothing", "", spot, ("passed",), Caller.pass_on), tmp_path)
    assert (done.code, set(done.verdicts.values())) == (0, {"passed"})
    assert done.attacked == 1
    assert len(done.verdicts) >= 3


@pytest.mark.parametrize("behaviour", HOSTILE.values(), ids=HOSTILE)
def test_attack(reference: str, tmp_path: Path, behaviour: Hostile) -> None:
    done = attack(reference, behaviour, tmp_path)
    verdicts = dict(done.verdicts)
    verdict = verdicts.pop(behaviour.spot.case)
    assert done.attacked, "the case did not meet the attack"
    assert verdict in behaviour.verdicts, done.findings(behaviour.spot.case)
    # A model that says to come back in an hour is left alone, unless it has been asked by then: the report says so.
    is_left_alone = behaviour.name == "busy for ever" and "inconclusive" in verdicts.values()
    others = {"passed", "inconclusive"} if is_left_alone else {"passed"}
    assert set(verdicts.values()) == others, "the other cases are judged as ever"
    assert done.code == {"failed": 1, "inconclusive": 2}.get(verdict, 0)
    assert behaviour.name == "busy for ever" or done.results["complete"]
    assert all("tells to come back to" in left for left in done.results["incomplete"])
    assert not done.results["errors"]
    assert not done.called_elsewhere
    assert done.seconds < SECONDS
    assert done.peak_mb < PEAK_MB
    _assert_harmless(done)


def _assert_harmless(done: Measured) -> None:
    """Nothing that was printed or written acts on a terminal or a browser, or holds the token."""
    assert b"Traceback" not in done.printed
    written = {path.name: path.read_bytes() for path in done.report.rglob("*") if path.is_file()}
    for name, content in {**written, "terminal": done.printed}.items():
        assert TOKEN.encode() not in content, name
        assert not set(content) & {0x00, 0x07, 0x1B}, name
    for name, text in {**written, "terminal": done.printed}.items():
        if name.endswith(("json", "jsonl")):
            continue  # programs read them; their strings are what the target said
        assert "\x9b" not in text.decode()
        assert "\u202e" not in text.decode()
        assert name == "terminal" or b"<script>alert" not in text
        assert name == "terminal" or b"<img src=x" not in text
    assert b"\nINJECTED" not in done.printed
    ET.fromstring(written["junit.xml"])


WHOLE = ("--surface", "responses")


@pytest.fixture(scope="module")
def all_cases(reference: str, tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The cases of a whole surface, of which a sound target passes all that apply."""
    done = run(reference, tmp_path_factory.mktemp("sound"), *WHOLE)
    assert done.code == 0
    return frozenset(done.verdicts)


def _assert_nothing_decided(done: Measured, cases: frozenset[str], reason: str) -> None:
    assert done.verdicts.keys() == cases
    assert set(done.verdicts.values()) <= {"inconclusive", "not_applicable"}
    assert done.code == 2
    assert any(reason in one for case in cases for one in done.findings(case))
    assert done.seconds < 2 * SECONDS
    _assert_harmless(done)


def test_a_target_that_hangs_from_now_on(reference: str, tmp_path: Path, all_cases: frozenset[str]) -> None:
    """Eighty cases at three tries of half a second each would take minutes: patience ends before."""
    with hostile(reference, lambda request: request.number > 2, Caller.hang) as server:
        done = run(server.url, tmp_path, *WHOLE, "--timeout", "0.4", "--patience", "1")
        sent = len(server.seen)
    _assert_nothing_decided(done, all_cases, "have cost 1 s (--patience) without a success, and nothing more is sent")
    assert sent < 50


def test_a_target_that_dies_after_the_preflight(reference: str, tmp_path: Path, all_cases: frozenset[str]) -> None:
    """Nobody listens any more: nothing is waited for after the first requests."""

    def die(_caller: Caller) -> None:
        server.close()

    with hostile(reference, lambda request: request.number > 2, die) as server:
        done = run(server.url, tmp_path, *WHOLE, "--patience", "4")
    _assert_nothing_decided(done, all_cases, "ConnectError")


def test_large_answers_do_not_add_up(reference: str, tmp_path: Path) -> None:
    """What was sent and received is let go of with its case."""

    def flood(caller: Caller) -> None:
        caller.answer(b" " * 5_000_000)

    with hostile(reference, lambda request: request.number > 2, flood) as server:
        done = run(server.url, tmp_path, *WHOLE, "-k", "unsupported")
    assert len(done.verdicts) > 10
    assert done.code == 2
    assert done.peak_mb < PEAK_MB


def stream(caller: Caller, body: Iterator[bytes]) -> None:
    """Sends a body that tells no length, with a pause before each piece."""
    caller.send(head(transfer_encoding="chunked"))
    caller.drip(body)


def broken_off(caller: Caller) -> None:
    caller.send(head(content_length="500"), b'{"id": ')


def reset(caller: Caller) -> None:
    broken_off(caller)
    caller.reset()


DOWN: dict[str, Callable[[Caller], None]] = {
    "503": lambda caller: caller.answer(b"{}", "503 Service Unavailable"),
    "503 for now": lambda caller: caller.answer(b"{}", "503 Service Unavailable", retry_after="1"),
    "429": lambda caller: caller.answer(b"{}", "429 Too Many Requests"),
    "hangs": Caller.hang,
    "resets": reset,
    "breaks off": broken_off,
    "never ends": lambda caller: stream(caller, repeat(b"1\r\n \r\n")),
}
QUICK = ("--timeout", "0.5", "--total-timeout", "1", "--patience", "4")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
@pytest.mark.parametrize("act", DOWN.values(), ids=DOWN)
def test_a_target_that_answers_nothing_but_small_mistakes(
    reference: str, tmp_path: Path, act: Callable[[Caller], None], workers: tuple[str, ...]
) -> None:
    """A gateway is there and refuses an empty body; whatever it should do itself it never does."""
    with hostile(reference, lambda request: request.json != {}, act) as server:
        done = run(server.url, tmp_path, *QUICK, *workers)
    assert done.code in (1, 2), "a connection that is closed on all is a dropped one"
    assert "passed" not in done.verdicts.values()
    assert done.seconds < 2 * SECONDS
    _assert_harmless(done)


@pytest.mark.parametrize("name", ["503", "429", "breaks off", "never ends"])
def test_a_target_that_answers_nothing_at_all(reference: str, tmp_path: Path, name: str) -> None:
    with hostile(reference, lambda _request: True, DOWN[name]) as server:
        done = run(server.url, tmp_path, *QUICK)
    assert done.code == 2
    assert done.seconds < 2 * SECONDS
    assert set(done.verdicts.values()) <= {"inconclusive", "not_applicable"}


def test_a_target_of_which_no_byte_comes_is_no_gateway(reference: str, tmp_path: Path) -> None:
    with hostile(reference, lambda _request: True, Caller.hang) as server:
        done = run(server.url, tmp_path, *QUICK)
    assert done.code == 4
    [line] = filter(None, done.printed.decode().splitlines())
    assert "it cannot be reached (timeout: the target said nothing for 0.5 s (--timeout))" in line
    assert done.seconds < SECONDS


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_run_ends_in_its_time_and_says_what_was_not_asked(
    reference: str, tmp_path: Path, all_cases: frozenset[str], workers: tuple[str, ...]
) -> None:
    """Each answer takes its time, and the last one has it no more."""

    def slow(caller: Caller) -> None:
        time.sleep(0.3)
        caller.pass_on()

    with hostile(reference, lambda request: request.number > 2, slow) as server:
        done = run(server.url, tmp_path, *WHOLE, "--max-time", "5", "--concurrency", "1", *workers)
        sent = len(server.seen)
    results = done.results
    assert 5 < results["duration_s"] < 5 + SECONDS
    assert sent < 60
    assert done.verdicts.keys() == all_cases
    assert "passed" in done.verdicts.values()
    assert "failed" not in done.verdicts.values()
    assert (done.code, results["verdict"], results["complete"]) == (2, "inconclusive", False)
    [reason] = results["incomplete"]
    unasked = [case for case in all_cases if any("not sent: " in one for one in done.findings(case))]
    assert "not asked, or not to their end, since the run has taken 5 s (--max-time): responses/" in reason
    assert int(reason.partition(" ")[0]) >= len(unasked) > 10
    assert f"INCOMPLETE: {reason}" in done.printed.decode()


def test_two_workers_go_on_from_what_the_preflight_has_found(reference: str, tmp_path: Path) -> None:
    """The model that is asked first is not there: what is about it does not apply, whoever runs the case."""

    def no_such_model(caller: Caller) -> None:
        caller.answer(b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such model"}', "404 Not Found")

    with hostile(reference, lambda request: b"claude-sonnet-4-5" in request.raw, no_such_model) as server:
        alone = run(server.url, tmp_path, "--surface", "chat", "-k", "chat_completions").verdicts
        two = run(server.url, tmp_path, "--surface", "chat", "-k", "chat_completions", "-n", "2").verdicts
    assert "not_applicable" in alone.values()
    assert two == alone


def test_two_workers_go_on_from_what_the_preflight_has_spent(reference: str, tmp_path: Path) -> None:
    with hostile(reference, lambda request: request.json != {}, Caller.hang) as server:
        done = run(server.url, tmp_path, "--surface", "chat", "--timeout", "2", "--patience", "2", "-n", "2")
        sent = len(server.seen)
    assert sent == 2, "the preflight's"
    assert done.results["requests"] == 0


def test_a_target_of_which_only_the_streams_are_endless(reference: str, tmp_path: Path) -> None:
    """They are given up at their URL; whatever is not streamed is judged as ever."""
    with hostile(
        reference, lambda request: b'"stream":true' in request.raw, lambda caller: stream(caller, repeat(b"1\r\n \r\n"))
    ) as server:
        done = run(server.url, tmp_path, *WHOLE, *QUICK)
    assert done.code == 2
    assert "passed" in done.verdicts.values()
    assert done.verdicts["responses/responses.expected_response"] == "passed"
    assert done.seconds < 2 * SECONDS
