"""What a plan is made of: caps, prices and time; and that it sends nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.errors import UsageError
from conformance.plan.estimate import Pace, Spent, duration, plan
from conformance.plan.prices import Price, Prices
from conformance.plan.rehearsal import Rehearsal, rehearse
from conformance.plan.sent import Asked, Sent
from conformance.targets.target import DOCUMENTED_PATHS, from_base_url, from_file
from tests.commandline import COMMAND

OFFLINE = """
import os, sys, pytest_socket
from conformance.cli import main
pytest_socket.disable_socket(allow_unix_socket=True)
main(["plan", "--smoke", "--json"])
"""


def sent(model: str = "gpt-5", taken: int = 1_000_000, most: int = 500_000) -> Sent:
    return Sent("chat", model, model.rpartition("-")[0], 10, taken, most, is_capped=True)


def made(*requests: Sent, prices: Prices | None = None, **pace: Any) -> Any:
    spent = Rehearsal(requests, preflight=1, cases=2, longest=2)
    return plan("t", spent, Pace(**{"concurrency": 8, "latency_s": 1.0, **pace}), prices)


def test_no_socket_and_no_token() -> None:
    without = {name: value for name, value in os.environ.items() if not name.startswith("DATABRICKS")}
    done = subprocess.run([sys.executable, "-c", OFFLINE], capture_output=True, text=True, env=without, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["target"] == "a workspace"
    assert told["total"]["requests"] > 20
    assert "taken to be there" in told["counted"][0]


def test_a_target_without_authentication(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text('name = "t"\nauth = "none"\n[surfaces]\nchat = "http://t.example/v1"\n')
    rehearsed = rehearse(from_file(path), {"target": path, "smoke": True})
    assert any(one.input_tokens for one in rehearsed.sent)
    assert {one.surface for one in rehearsed.sent} == {"chat"}


def test_the_limits_of_a_target_file_hold_where_no_option_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    limits = "[limits]\nrequests_per_minute = 30\nconcurrency = 3\n"
    path.write_text(f'name = "t"\n{limits}[surfaces]\nchat = "http://t.example/v1"\n')

    def pace(*more: str) -> dict[str, Any]:
        words = ["plan", "--target", str(path), "--smoke", "--json", *more]
        duration: dict[str, Any] = json.loads(CliRunner().invoke(main, words).output)["duration"]
        return duration["pace"] | {"bound_by": duration["bound_by"]}

    found = pace()
    assert (found["concurrency"], found["requests_a_minute"], found["bound_by"]) == (3, 30, "requests a minute")
    assert pace("--rpm", "6000")["requests_a_minute"] == 6000


def test_surfaces_that_share_a_base_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(
        'name = "t"\n[surfaces]\n' + "".join(f'{surface} = "http://t.example/v1"\n' for surface in DOCUMENTED_PATHS)
    )
    shared = rehearse(from_file(path), {"target": path, "smoke": True})
    apart = rehearse(from_base_url("http://t.example"), {"base_url": "http://t.example", "smoke": True})
    assert {one.surface for one in shared.sent} == set(DOCUMENTED_PATHS)
    assert sum(one.output_tokens > 0 for one in shared.sent) == sum(one.output_tokens > 0 for one in apart.sent)


def test_a_case_that_does_not_exist_is_no_plan() -> None:
    with pytest.raises(UsageError, match="unknown surface 'chta'; did you mean chat"):
        rehearse(from_base_url("http://t.example"), {"base_url": "http://t.example", "surface": "chta"})


@pytest.mark.parametrize(
    ("body", "cap"),
    [
        (b'{"max_tokens": 7}', 7),
        (b'{"max_completion_tokens": 7, "n": 3}', 21),
        (b'{"max_output_tokens": 7}', 7),
        (b'{"generationConfig": {"maxOutputTokens": 7, "candidateCount": 2}}', 14),
        (b'{"max_tokens": true, "n": "x"}', None),
        (b"{}", None),
        (b"[1]", None),
    ],
)
def test_caps(body: bytes, cap: int | None) -> None:
    assert Asked.of(body).cap == cap


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
        lambda value: json.dumps({"n": value, "generationConfig": value, "max_tokens": value}).encode()
    )
)
def test_any_body_has_a_cap_or_none(body: bytes) -> None:
    cap = Asked.of(body).cap
    assert cap is None or cap > 0


def test_cost() -> None:
    prices = Prices(models={"gpt-5": Price(input=2, output=10)})
    told = made(sent(), sent("claude-opus-4-8"), sent("", 0, 0), prices=prices)
    assert told.total.cost == 2 + 5
    assert told.unpriced == ("claude-opus-4-8",)
    assert {share.name: share.spent.cost for share in told.models} == {"gpt-5": 7, "claude-opus-4-8": 0, "": 0}
    with_default = made(sent("claude-opus-4-8"), prices=Prices(default=Price(input=1, output=1)))
    assert (with_default.total.cost, with_default.unpriced) == (1.5, ())
    assert made(sent()).total.cost is None


@pytest.mark.parametrize(
    ("pace", "seconds", "bound_by"),
    [
        ({}, 3 + 97 / 8, "latency"),
        ({"concurrency": 97}, 3 + 9, "the longest case"),
        ({"latency_s": 2.0}, 6 + 97 / 4, "latency"),
        ({"requests_a_minute": 60}, 100, "requests a minute"),
        ({"requests_a_minute": 60, "tokens_a_minute": 20}, 180, "tokens a minute"),
        ({"requests_a_minute": 6000}, 3 + 97 / 8, "latency"),
    ],
)
def test_time(pace: dict[str, Any], seconds: float, bound_by: str) -> None:
    total = Spent(requests=100, bytes=0, input_tokens=40, output_tokens=20)
    took = duration(total, 3, 9, Pace(**{"concurrency": 8, "latency_s": 1.0, **pace}))
    assert (took.seconds, took.bound_by) == (pytest.approx(seconds, abs=0.1), bound_by)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "No such file"),
        ("[", "is no TOML"),
        ("[default]\ninput = 1", "`output`"),
        ("[models.gpt-5]\ninput = -1\noutput = 1", ">= 0"),
        ("[model.gpt-5]\ninput = 1\noutput = 1", "unknown field `model`"),
        ("[models.gpt5]\ninput = 1\noutput = 1", "did you mean gpt-5"),
        ('[models.gpt-5]\ninput = "1"\noutput = 1', "Expected `float`"),
    ],
)
def test_wrong_prices(text: str | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    if text is not None:
        path.write_text(text)
    done = subprocess.run([*COMMAND, "plan", "--prices", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-n", "2"], "rehearsed in one process"),
        (["--concurrency", "0"], "--concurrency"),
        (["--latency", "0"], "--latency"),
        (["--cassettes", "x"], "a replay sends nothing"),
        (["--target", "none.toml"], "No such file"),
        (["-k", "a", "-k", "b"], "more than once"),
        (["-k", "a ("], "Wrong expression"),
    ],
)
def test_wrong_options(arguments: list[str], says: str) -> None:
    done = subprocess.run([*COMMAND, "plan", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (4, "")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
