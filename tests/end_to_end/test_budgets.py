"""Budgets of a run: it stops before they are passed, and says what was left."""

import pytest

from tests.end_to_end.conftest import Command
from tests.end_to_end.proxy import proxy


@pytest.mark.parametrize("concurrency", ["1", "16"])
def test_requests(command: Command, gateway: str, concurrency: str) -> None:
    with proxy(gateway) as target:
        words = ("--base-url", target.url, "--cheap", "--corpus", "none")
        done = command("run", *words, "--max-requests", "60", "--concurrency", concurrency)
    assert done.code == 2, done.out
    assert len(target.sent) == 60, "with the preflight's own"
    assert done.results["requests"] < 60
    (left,) = done.results["incomplete"]
    assert "cases were not asked, or not to their end, since the run has sent 60 requests (--max-requests)" in left
    assert not done.verdicts("failed", "warned")


def test_what_was_not_sent_any_more_says_nothing_of_who_answers(command: Command, gateway: str) -> None:
    done = command("run", "--base-url", gateway, "--surface", "responses", "--corpus", "none", "--max-requests", "15")
    assert done.code == 2, done.out
    assert done.results["target"]["provenance"] == "reference"
    assert "It proves nothing about any workspace." in done.out


def test_tokens(command: Command, gateway: str) -> None:
    words = ("--base-url", gateway, "--cheap", "--corpus", "none", "--max-tokens", "20000")
    done = command("run", *words)
    assert done.code == 2, done.out
    spent = done.results["tokens"]
    assert 5000 < spent["input"] + spent["output"] <= 20000
    assert any("the run may not spend more than 20,000 tokens" in left for left in done.results["incomplete"])
    assert not done.verdicts("failed", "warned")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--max-requests", "0"], "--max-requests 0: give a whole number of at least 1"),
        (["--max-tokens", "1e6"], "--max-tokens 1e6: give a whole number of at least 1"),
        (["--max-requests", "9", "-n", "2"], "count in one process: leave out -n"),
    ],
)
def test_mistakes(command: Command, gateway: str, arguments: list[str], says: str) -> None:
    done = command("run", "--base-url", gateway, *arguments)
    assert (done.code, len(done.err.strip().splitlines())) == (4, 1)
    assert says in done.err


def test_a_replay_spends_nothing(command: Command) -> None:
    done = command("run", "--max-tokens", "5")
    assert done.code == 4
    assert "a replay sends nothing that --max-tokens could limit" in done.err
