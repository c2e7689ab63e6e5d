"""The files that a run is asked for: written with the report, and also where there was nothing to report."""

import json
from pathlib import Path

import pytest

from conformance.report.watched import from_ndjson
from tests.end_to_end.conftest import TOKEN, Command
from tests.end_to_end.proxy import proxy
from tests.end_to_end.test_bad_input import mistake
from tests.end_to_end.test_interrupted import slow
from tests.report.test_watched import samples

NAMED = {
    "--ndjson": "run.ndjson",
    "--prometheus": "run.prom",
    "--markdown": "run.md",
    "--badge": "badge.json",
    "--ctrf": "ctrf.json",
}
FILES = tuple(word for option, name in NAMED.items() for word in (option, f"watched/{name}"))


def state(tmp_path: Path) -> tuple[str, str]:
    """The state in all files, which is the same, and its reason."""
    run = from_ndjson((tmp_path / "watched/run.ndjson").read_text()).run
    states = samples((tmp_path / "watched/run.prom").read_text())["run_state"]
    assert [labels["state"] for labels, value in states if value] == [run.state]
    assert {path.name for path in (tmp_path / "watched").iterdir()} == {*NAMED.values()}
    markdown, badge = ((tmp_path / "watched" / name).read_text() for name in ("run.md", "badge.json"))
    assert (
        ("could not look" in markdown.splitlines()[0]) == ("could not look" in badge) == (run.state == "could_not_look")
    )
    assert ("incomplete" in badge) == ("**Incomplete:**" in markdown) == (run.state == "incomplete")
    assert not run.reason or run.reason[:40] in markdown
    assert TOKEN not in "".join(path.read_text() for path in (tmp_path / "watched").iterdir())
    return run.state, run.reason


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_run_that_looked(tmp_path: Path, command: Command, gateway: str, parallel: tuple[str, ...]) -> None:
    done = command("run", "--base-url", gateway, "--smoke", *FILES, *parallel)
    assert done.code == 0, done.out
    assert state(tmp_path) == ("looked", "")
    run = from_ndjson((tmp_path / "watched/run.ndjson").read_text())
    found = done.results
    assert {row.id: row.verdict for row in run.requirements} == {
        row["id"]: row["verdict"] for row in found["requirements"]
    }
    assert (run.run.started_at, run.run.requests) == (found["started_at"], found["requests"])


def test_a_run_that_could_not_look_takes_the_place_of_the_one_before(
    tmp_path: Path, command: Command, gateway: str
) -> None:
    command("run", "--base-url", gateway, "--smoke", *FILES)
    assert state(tmp_path)[0] == "looked"
    mistake_line = mistake_of_second(command)
    told = state(tmp_path)
    assert told[0] == "could_not_look"
    assert told[1] in mistake_line


def mistake_of_second(command: Command) -> str:
    done = command("run", "--base-url", "http://127.0.0.1:9", "--smoke", *FILES)
    assert done.code == 4
    return done.out + done.err


@pytest.mark.parametrize("parallel", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_token_that_is_refused(tmp_path: Path, command: Command, gateway: str, parallel: tuple[str, ...]) -> None:
    assert mistake(command("run", "--base-url", gateway, *FILES, *parallel, token="dapi-of-somebody-else"))
    assert state(tmp_path)[0] == "could_not_look"
    assert "the token is refused (401)" in state(tmp_path)[1]


def test_no_token_at_all(tmp_path: Path, command: Command, gateway: str) -> None:
    assert mistake(command("run", "--base-url", gateway, *FILES, token=None))
    assert state(tmp_path)[0] == "could_not_look"


def test_a_credential_in_the_url_is_not_written_down(tmp_path: Path, command: Command) -> None:
    assert mistake(command("run", "--base-url", f"https://token:{TOKEN}@gateway.invalid", *FILES))
    assert state(tmp_path)[0] == "could_not_look"


def test_a_run_that_did_not_get_to_its_end(tmp_path: Path, command: Command, gateway: str) -> None:
    """Its preflight has time enough on a busy machine, and its cases on none."""
    with proxy(gateway, slow) as target:
        words = ("--base-url", target.url, "--surface", "responses", "--concurrency", "1", "--max-time", "4")
        done = command("run", *words, *FILES)
    assert done.code == 2, done.out
    assert state(tmp_path)[0] == "incomplete"
    assert "(--max-time)" in state(tmp_path)[1]


def test_shards_and_what_is_merged_of_them(tmp_path: Path, command: Command) -> None:
    for shard in ("1", "2"):
        done = command("run", "--surface", "gemini", "--shard", f"{shard}/2", token=None)
        done.report.rename(tmp_path / f"shard-{shard}")
    assert command("merge", "shard-1", "shard-2", *FILES, token=None).code == 0
    assert state(tmp_path) == ("looked", "")
    assert json.loads((tmp_path / "watched/run.ndjson").read_text().splitlines()[0])["shard"] == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--ndjson", "."), "--ndjson . is a directory: give a file"),
        (("--prometheus", "file/x"), "give another --prometheus"),
        (
            ("--badge", "new", "--markdown", "./new"),
            "--markdown and --badge name the same file, new: give each its own",
        ),
    ],
)
def test_files_that_cannot_be_written(
    tmp_path: Path, command: Command, gateway: str, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "file").write_text("")
    assert says in mistake(command("run", "--base-url", gateway, *words))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
