"""`gateway-conformance behind` as a user meets it: real processes, a real proxy between them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.reference.proxies import PROXIES
from conformance.reference.proxies.application import proxying
from tests.end_to_end.conftest import TOKEN, command_in

BOTH_SIDES = 24
"""Requirements about both sides."""


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def proxy(name: str) -> Iterator[tuple[str, str]]:
    """A proxy that is up, and the port at which it looks for its upstream."""
    port = free_port()
    with proxying(f"http://127.0.0.1:{port}", PROXIES[name].quirk) as url:
        yield url, str(port)


@pytest.mark.parametrize("name", ["proxy-transparent", "proxy-translates"])
def test_a_proxy_that_changes_nothing_comes_out_clean(tmp_path: Path, name: str) -> None:
    with proxy(name) as (url, port):
        done = command_in(tmp_path)("behind", "--base-url", url, "--upstream-port", port, "-k", "PROXY")
    assert done.code == 0, done.out + done.err
    rows = {row["id"]: row["verdict"] for row in done.results["requirements"] if row["id"].startswith("PROXY-")}
    assert len(rows) == BOTH_SIDES
    assert set(rows.values()) == {"passed"}
    assert done.verdicts("failed", "warned", "inconclusive") == {}
    assert "responses asks its upstream at /ai-gateway/mlflow/v1/responses" in done.out
    assert TOKEN not in done.out + done.err + (done.report / "report.html").read_text()


def test_what_a_proxy_swallows_is_told_in_its_words(tmp_path: Path) -> None:
    with proxy("proxy-swallows-a-parameter") as (url, port):
        done = command_in(tmp_path)(
            "behind", "--base-url", url, "--upstream-port", port, "--requirement", "PROXY-REQ-PARAMS"
        )
    assert done.code == 0, "a SHOULD fails nobody"
    [row] = [row for row in done.results["requirements"] if row["id"] == "PROXY-REQ-PARAMS"]
    assert (row["verdict"], row["note"].partition(" is")[0]) == ("warned", "temperature")


def test_the_invariants_of_every_exchange_are_judged_too(tmp_path: Path) -> None:
    """Not only what the cases ask for that are about both sides."""
    words = ("--surface", "chat", "--cheap", "-k", "IMG-DATAURI")
    with proxy("proxy-drops-media") as (url, port):
        done = command_in(tmp_path)("behind", "--base-url", url, "--upstream-port", port, *words)
    assert done.verdicts("warned")["PROXY-REQ-MEDIA"] == "warned"


def test_without_both_sides_nothing_is_said_of_them(tmp_path: Path) -> None:
    done = command_in(tmp_path)("run", "--smoke", token=None)
    [row] = [row for row in done.results["requirements"] if row["id"] == "PROXY-REQ-MEDIA"]
    assert row["verdict"] == "not_applicable"
    assert "gateway-conformance behind" in row["note"]


@pytest.mark.parametrize(
    ("name", "code", "outcomes"),
    [("proxy-transparent", 0, {"honest"}), ("proxy-tells-errors-as-answers", 1, {"hidden"})],
)
def test_trouble_upstream_is_told_of(tmp_path: Path, name: str, code: int, outcomes: set[str]) -> None:
    with proxy(name) as (url, port):
        words = ("behind", "--base-url", url, "--upstream-port", port, "--upstream-fault", "upstream-500")
        done = command_in(tmp_path)(*words)
    assert done.code == code, done.out + done.err
    told = json.loads((done.report / "upstream-faults.json").read_text())
    assert {one["outcome"] for one in told} == outcomes
    assert [one["fault"] for one in told] == [
        f"upstream-500 on {surface}" for surface in ("chat", "responses", "gemini")
    ]
    assert "| upstream-500 on chat |" in (done.report / "upstream-faults.md").read_text()


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("proxy-transparent", "honest"),
        ("proxy-tells-errors-as-answers", "hidden"),
        ("proxy-tells-other-statuses", "worse"),
    ],
)
def test_a_fault_upstream_is_told_of(tmp_path: Path, name: str, outcome: str) -> None:
    with proxy(name) as (url, port):
        words = ("behind", "--base-url", url, "--upstream-port", port, "--upstream-fault", "errors-malformed-json-500")
        done = command_in(tmp_path)(*words, report=False)
    assert done.out.splitlines()[-2].split()[0] == outcome, done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--upstream-port", "0"), "behind needs a proxy: give --target FILE.toml, or --base-url URL"),
        (("--base-url", "http://127.0.0.1:9"), "Missing option '--upstream-port'"),
        (("--base-url", "http://127.0.0.1:9", "--upstream-port", "70000"), "70000 is not in the range 0<=x<=65535"),
        (
            ("--base-url", "http://127.0.0.1:9", "--upstream-port", "0", "--upstream-fault", "upstream-50"),
            "unknown fault 'upstream-50'; did you mean upstream-50",
        ),
        (("--base-url", "http://127.0.0.1:9", "--upstream-port", "0", "-n", "2"), "leave out -n"),
    ],
)
def test_bad_input_is_told_in_one_line(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = command_in(tmp_path)("behind", *words, report=False)
    assert done.code == 4
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = str(listening.getsockname()[1])
        done = command_in(tmp_path)("behind", "--base-url", "http://127.0.0.1:9", "--upstream-port", port, report=False)
    assert (done.code, f"port {port} is in use" in done.err) == (4, True)


def test_a_proxy_that_never_reaches_its_upstream_is_told_what_to_do(tmp_path: Path) -> None:
    with proxy("proxy-transparent") as (url, _):
        port = str(free_port())
        done = command_in(tmp_path)("behind", "--base-url", url, "--upstream-port", port, report=False)
    assert done.code == 4
    assert f"has reached its upstream at http://127.0.0.1:{port} within 15 s: let its upstream be" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_proxy_that_asks_on_a_path_that_is_none_is_told_which(tmp_path: Path) -> None:
    port = free_port()
    with proxying(f"http://127.0.0.1:{port}/elsewhere#", PROXIES["proxy-transparent"].quirk) as url:
        done = command_in(tmp_path)("behind", "--base-url", url, "--upstream-port", str(port), report=False)
    assert done.code == 4
    assert "asks its upstream for /elsewhere" in done.err
