"""The files for bodies that are too long for a command line: bounded, of safe names, and replaced as a whole."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.report import body_files
from conformance.report.results import CaseResult, ExchangeRecord
from conformance.report.write import ReportDirectory
from conformance.runs.run import Run, exchanges_of
from conformance.runs.selection import Selection
from conformance.runs.settings import Settings
from tests.report.made import altered, case, exchange, results


def record(identifier: str, *, has_file: bool = True) -> ExchangeRecord:
    row: dict[str, Any] = exchange(identifier)
    row["request"]["bytes"] = 5000
    row["curl"] = f"curl -sS x {body_files.argument(identifier)}" if has_file else "curl -sS x --data-binary '{}'"
    return msgspec.convert(row, ExchangeRecord)


def with_body(number: int, size: int = 5000) -> CaseResult:
    name = f"chat/case.{number:03}"
    made = altered(case(name, {"CHAT-PATH": "failed"}), exchanges=[msgspec.to_builtins(record(f"{name}#1"))])
    return msgspec.structs.replace(made, bodies={f"{name}#1": b"x" * size})


@given(st.text(max_size=200), st.text(max_size=200))
def test_names_are_safe_for_a_shell_and_a_file_system_and_each_its_own(one: str, other: str) -> None:
    name = body_files.file_name(one)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,120}\.body", name)
    assert name[0] != "."
    assert one == other or name != body_files.file_name(other)


@pytest.mark.parametrize("length", [0, body_files.SHORTEST, body_files.LARGEST + 1])
def test_what_needs_no_file_or_is_too_large(length: int) -> None:
    assert not body_files.fits(b"x" * length)
    assert body_files.fits(b"x" * (body_files.SHORTEST + 1))


def test_the_first_alone_keep_theirs_and_the_others_say_so() -> None:
    records = [record(f"chat/x.y#{number}", has_file=number != 3) for number in range(1, body_files.MOST + 4)]
    told = body_files.bounded(records)
    assert [one.id for one in told] == [one.id for one in records]
    assert sum(map(body_files.needs_file, told)) == body_files.MOST
    assert told[: body_files.MOST] == records[: body_files.MOST]
    assert told[-1].curl == "curl -sS x --data-binary @body.json  # 5000 bytes, not kept: run --live -k 'y' sends them"


@pytest.mark.parametrize("step", [1, -1])
def test_a_run_keeps_the_first_in_the_order_of_the_report(tmp_path: Path, step: int) -> None:
    """Whatever the order in which cases end: two processes leave the same files as one."""
    run = Run(Settings.replaying(None, Selection.of("")), tmp_path / "report")
    for number in range(body_files.MOST + 5)[::step]:
        one = with_body(number)
        run.add(one)
        assert not one.bodies, "it is not held twice"
    needed = body_files.needed(run.bodies, exchanges_of(run.cases.values()))
    assert sorted(needed) == sorted(
        body_files.file_name(f"chat/case.{number:03}#1") for number in range(body_files.MOST)
    )


def test_a_result_with_bodies_travels_between_processes() -> None:
    assert CaseResult.from_json(with_body(1).to_json()) == with_body(1)


def test_a_report_is_written_with_its_bodies_and_none_of_the_report_before(tmp_path: Path) -> None:
    found = results(case("chat/a.b", {"CHAT-PATH": "passed"}))
    directory = tmp_path / "report"
    for bodies in ({"one.body": b"1", "two.body": b"\x00"}, {"two.body": b"2"}, {}):
        ReportDirectory(directory, "a target").write(found, [], "", bodies)
        assert {path.name: path.read_bytes() for path in (directory / "bodies").glob("*")} == bodies
        (directory / "bodies").mkdir(exist_ok=True)
        (directory / "bodies" / "notes.txt").unlink(missing_ok=True)
    assert not [path for path in directory.iterdir() if "unfinished" in path.name]
    (directory / "bodies" / "notes.txt").write_text("mine")
    ReportDirectory(directory, "a target").write(found, [], "", {"one.body": b"1"})
    ReportDirectory(directory, "a target").write(found, [])
    assert [path.name for path in (directory / "bodies").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("kind", ["a link", "larger than"])
def test_a_body_of_an_earlier_report_is_read_as_what_it_is(tmp_path: Path, kind: str) -> None:
    one = with_body(1)
    (tmp_path / "bodies").mkdir()
    file = tmp_path / "bodies" / body_files.file_name("chat/case.001#1")
    if kind == "a link":
        (tmp_path / "secret").write_text("s")
        file.symlink_to(tmp_path / "secret")
    else:
        file.write_bytes(b"x" * (body_files.LARGEST + 1))
    with pytest.raises(UsageError, match=kind):
        body_files.with_bodies(one, tmp_path)
    file.unlink()
    assert body_files.with_bodies(msgspec.structs.replace(one, bodies={}), tmp_path).bodies == {}
