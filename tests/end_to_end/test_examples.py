"""The examples that `--help` shows, run as they stand, one after the other: each finds what those before it have left."""

import shlex
from pathlib import Path

from conformance.cli import COMMANDS
from conformance.reference.server import running
from tests.end_to_end.conftest import TOKEN, command_in
from tests.test_cli import EVERYTHING

ELSEWHERE = {
    "behind": "needs a proxy: tests/behind",
    "certify": "needs a target that is not the reference gateway: tests/certify",
    "deviations init": "tests/end_to_end/test_deviations.py",
    "deviations prune": "as above",
    "generate": "takes a minute: tests/corpus",
    "prove": "tests/end_to_end/test_prove.py",
    "revoke": "needs a certificate: tests/certify",
    "sdk": "installs from the network: tests/sdk",
    "serve": "does not end: the gateway below is what it starts",
    "verify-certificate": "needs a certificate: tests/certify",
}
PORT = "127.0.0.1:8765"


def example(words: str) -> list[str]:
    command = EVERYTHING[tuple(words.split())]
    return shlex.split(getattr(command, "example", ""))[1:]


def test_each_that_can_be_run_here_does_what_it_says(tmp_path: Path) -> None:
    run = command_in(tmp_path)
    with running(token=TOKEN) as url:

        def shown(name: str, *more: str, codes: tuple[int, ...] = (0,)) -> None:
            words = [word.replace(f"http://{PORT}", url) for word in example(name)]
            done = run(*words, *more, report=False)
            assert done.code in codes, (name, done.out, done.err)

        for name in ("list", "explain", "profiles", "keygen", "plan"):
            shown(name)
        shown("models")
        for name in ("before", "after"):
            shown("run", "--report-dir", f"reports/{name}")
        for shard in ("1", "2"):
            done = run(
                "run", "--smoke", "--shard", f"{shard}/2", "--report-dir", f"reports/shard-{shard}", report=False
            )
            assert done.code == 0
        for name in ("github", "compare", "merge", "history", "matrix"):
            shown(name)
        shown("target init")
        shown("target check")
        shown("record")
        shown("verify", codes=(0, 1))  # it is a part of the catalogue
        shown("fuzz", codes=(0, 1))
    made = {"key.pem", "summary.md", "badge.json", "changes.md", "history.html", "site", "my-proxy.toml", "mine"}
    assert made <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "reports" / "whole" / "report.html").is_file()


def test_none_is_forgotten() -> None:
    here = {
        "list", "explain", "profiles", "keygen", "plan", "models", "run", "github", "compare", "merge", "history", "matrix",
        "target init", "target check", "record", "verify", "fuzz",
    }  # fmt: skip
    assert here | {*ELSEWHERE} == {
        " ".join(words) for words in EVERYTHING if words and words not in (("deviations",), ("target",))
    }
    assert {name.partition(" ")[0] for name in here | {*ELSEWHERE}} == {*COMMANDS}
