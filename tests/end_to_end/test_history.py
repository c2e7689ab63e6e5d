"""`history`: what whoever watches a target is told, and when it is an alarm."""

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Command, Done
from tests.end_to_end.proxy import Answer, proxy, unchanged
from tests.end_to_end.test_bad_input import mistake

STORE = ("--requirement", "RESP-400-STORE", "--corpus", "none")


def broken(_path: str, body: bytes, answer: Answer) -> Answer:
    """A gateway that breaks on what it should refuse."""
    return Answer(500, answer.headers, b"{}") if b'"store"' in body else answer


def told(command: Command, *words: str) -> Done:
    return command("history", "reports", *words, report=False)


def test_a_gateway_that_breaks_and_is_mended(tmp_path: Path, command: Command, gateway: str) -> None:
    number = 0

    def look(*words: str, at: str = "") -> Done:
        nonlocal number
        number += 1
        lines = ("--ndjson", f"reports/{number}.ndjson")
        where = ("--base-url", at or target.url, *STORE, "--report-dir", f"reports/{number}")
        return command("run", *where, *lines, *words, report=False)

    with proxy(gateway) as target:
        assert look().code == 0
        first = told(command)
        assert (first.code, "nothing has changed" in first.out) == (0, True)
        target.change = broken
        assert look().code == 1
        seen = told(command)
        assert seen.code == 0
        assert "RESP-400-STORE  MUST  passed → failed" in seen.out
        assert "not confirmed yet" in seen.out
        # Nobody takes a target that cannot be reached for one that was mended, or for one that is still broken.
        assert look(at=f"{target.url}/somewhere").code == 4
        assert told(command).code == 0
        assert "could not look: no gateway to judge" in told(command).out
        # The confirming rerun asks only what has failed.
        again = look("--failed", "reports/2")
        assert again.code == 1, again.out
        alarm = told(command, "--html", "history.html")
        assert alarm.code == 1
        assert "ALARM RESP-400-STORE (MUST): passed → failed, confirmed" in alarm.out
        assert "RESP-400-STORE" in (tmp_path / "history.html").read_text()
        target.change = unchanged
        assert look().code == 0
        assert look().code == 0
        mended = told(command)
    assert mended.code == 0
    assert "failed → passed" in mended.out
    assert "4 of" not in mended.out
    assert "no evidence: 1 of 6 runs" in mended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere",), "there is no nowhere"),
        ((".",), ". holds no report"),
        ((), "Missing argument"),
    ],
)
def test_nothing_to_see(command: Command, words: tuple[str, ...], says: str) -> None:
    assert says in mistake(command("history", *words, report=False))
