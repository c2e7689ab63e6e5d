"""A site of many reports and certificates, by the command: what it links to is there, and what it is made of is not trusted."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.certify.revocations import revoke
from conformance.report import gathering
from tests.end_to_end.conftest import Command, Done, command_in
from tests.report.parsed import HOSTILE, Page, links
from tests.report.parsed import assert_inert as assert_report_is_inert
from tests.report.test_evidence_matrix import assert_inert

from .conftest import Keys, certified

pytestmark = pytest.mark.xdist_group("certificates")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return command_in(tmp_path)


def matrix(command: Command, *words: str | Path) -> Done:
    return command("matrix", *map(str, words), "--output", "site", report=False, token=None)


def page(tmp_path: Path) -> Page:
    """The page of the site; each of its links leads somewhere."""
    site = tmp_path / "site"
    found = assert_inert((site / "index.html").read_text())
    pages = {path: assert_report_is_inert(path.read_text()) for path in site.glob("*/report.html")}
    for link in links(found):
        path, _, anchor = link.partition("#")
        assert not path or (site / path).is_file(), link
        if path.endswith("report.html") and anchor:
            assert anchor in pages[site / path].under, link
    return found


def wrong(done: Done, tmp_path: Path) -> str:
    """The one line of a command that has written nothing."""
    assert done.code == 4, done.out + done.err
    [line] = (done.out + done.err).strip().splitlines()
    assert not (tmp_path / "site").exists()
    assert not list(tmp_path.glob(".unfinished*"))
    return line


def test_reports_and_certificates(
    command: Command, tmp_path: Path, of_reference: Path, of_another: Path, kept: Path
) -> None:
    done = matrix(command, of_reference, of_another, kept)
    assert done.code == 0, done.err
    assert done.out.strip() == "3 reports: site/index.html"
    found = page(tmp_path)
    assert "reference gateway, live" in found.under["report-1"]
    assert "none: a report" in found.under["report-2"]
    words = " ".join(found.under["report-3"].split())
    assert "certificate not verified here" in words
    assert "It says: conformant, gemini-2026-11, valid until" in words
    [copied] = (tmp_path / "site").glob("*/certificate.json")
    assert copied.read_bytes() == (kept / "certificate.json").read_bytes()
    assert not list((tmp_path / "site").glob("*/certificate.html"))


def test_a_certificate_that_holds_and_one_that_does_not(
    command: Command, tmp_path: Path, kept: Path, certificate: Path, made_keys: Keys
) -> None:
    file = certificate / "evidence" / "results.json"
    file.write_text(file.read_text().replace('"conformant"', '"nonconformant"', 1))
    done = matrix(command, kept, certificate, "--trusted", made_keys.public)
    assert done.code == 0, done.err
    found = page(tmp_path)
    assert "certificate holds" in found.under["report-1"]
    assert "revocations not checked" in found.under["report-1"]
    assert "certificate does not hold" in found.under["report-2"]
    assert "revocations" not in found.under["report-2"]
    assert "evidence/results.json was changed" in found.under["report-2"]


def test_a_revoked_certificate(command: Command, tmp_path: Path, kept: Path, made_keys: Keys) -> None:
    others, own = tmp_path / "others.jsonl", tmp_path / "own.jsonl"
    others.touch()
    revoke(kept, "the run was of another gateway", made_keys.signer, own)
    checked = [word for file in (others, own) for word in ("--revocations", file)]
    done = matrix(command, kept, "--trusted", made_keys.public, *checked)
    assert done.code == 0, done.err
    words = page(tmp_path).under["report-1"]
    assert "certificate does not hold" in words
    assert "it was revoked on" in words
    assert "the run was of another gateway" in words
    assert matrix(command, kept, "--trusted", made_keys.public, *checked[:2]).code == 0
    words = page(tmp_path).under["report-1"]
    assert "certificate holds" in words
    assert "not checked" not in words


def test_revocations_that_say_nothing(command: Command, tmp_path: Path, kept: Path, made_keys: Keys) -> None:
    (tmp_path / "revocations.jsonl").write_text("{}\n")
    given = ("--revocations", "revocations.jsonl")
    line = wrong(matrix(command, kept, "--trusted", made_keys.public, *given), tmp_path)
    assert "revocations.jsonl is no file of revocations" in line
    assert "missing.jsonl" in wrong(
        matrix(command, kept, "--trusted", made_keys.public, "--revocations", "missing.jsonl"), tmp_path
    )
    assert "--revocations needs --trusted" in wrong(matrix(command, kept, *given), tmp_path)


def test_a_demonstration(command: Command, tmp_path: Path, of_reference: Path, made_keys: Keys) -> None:
    directory = certified(of_reference, made_keys, tmp_path / "demonstration", demonstration=True).directory
    assert matrix(command, directory, "--trusted", made_keys.public).code == 0
    words = " ".join(page(tmp_path).under["report-1"].split())
    assert "certificate holds; demonstration: proves nothing about a workspace" in words
    assert "reference gateway, live" in words


def test_a_site_is_made_anew_and_nothing_else_is_replaced(command: Command, tmp_path: Path, report: Path) -> None:
    assert matrix(command, report).code == 0
    (tmp_path / "site" / "old").mkdir()
    assert matrix(command, report).code == 0
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["127-0-0-1-" + port(report), "index.html"]
    (tmp_path / "site" / "index.html").write_text("<h1>My page</h1>")
    done = matrix(command, report)
    assert done.code == 4
    assert "site holds something else than a site of `matrix`" in done.err
    assert (tmp_path / "site" / "index.html").read_text() == "<h1>My page</h1>"


def port(report: Path) -> str:
    return str(json.loads((report / "results.json").read_text())["target"]["name"]).rpartition(":")[2]


@pytest.mark.parametrize("output", [".", "report", "report/site"])
def test_a_site_in_a_report(command: Command, report: Path, output: str) -> None:
    done = command("matrix", "report", "--output", output, report=False)
    assert done.code == 4
    assert "lie in each other: give another --output" in done.err
    assert (report / "results.json").is_file()


def change(report: Path, **members: Any) -> None:
    file = report / "results.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | members))


def test_a_name_is_no_path(command: Command, tmp_path: Path, report: Path) -> None:
    shutil.copytree(report, tmp_path / "other")
    found = json.loads((report / "results.json").read_text())["target"]
    for directory, name in ((report, "../../../etc/x"), (tmp_path / "other", HOSTILE)):
        change(directory, target=found | {"name": name})
    done = matrix(command, report, "other")
    assert done.code == 0, done.err
    page(tmp_path)
    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert {"etc-x", "index.html"} < names
    assert len(names) == 3


def test_markup_beside_a_report_is_not_published(command: Command, tmp_path: Path, report: Path) -> None:
    (report / "report.html").write_text("<script>alert(1)</script>")
    assert matrix(command, report).code == 0
    page(tmp_path)
    assert b"alert(1)" not in b"".join(path.read_bytes() for path in (tmp_path / "site").rglob("*.html"))


def broken_reports() -> Iterator[Any]:
    def linked(report: Path, name: str) -> None:
        (report / name).rename(report.parent / name)
        (report / name).symlink_to(report.parent / name)

    def large(report: Path, name: str) -> None:
        os.truncate(report / name, gathering.LARGEST + 1)

    def pipe(report: Path, name: str) -> None:
        (report / name).unlink()
        os.mkfifo(report / name)

    for name in ("results.json", "exchanges.jsonl"):
        yield pytest.param(linked, name, "is a link", id=f"link-{name}")
        yield pytest.param(large, name, "is larger than 64 MB", id=f"large-{name}")
        yield pytest.param(pipe, name, "is no file", id=f"pipe-{name}")
    for text, says in (("", "JSONDecodeError"), ("[" * 100_000, "RecursionError"), ("{}", "missing required field")):
        yield pytest.param(
            lambda report, name, text=text: (report / name).write_text(text), "results.json", says, id=says
        )
    yield pytest.param(
        lambda report, name: (report / name).unlink(), "results.json", "holds no results.json", id="no report"
    )
    cause = {"summary": "x", "verdict": "failed", "requirements": ["NO-SUCH-ID"], "cases": 1}
    yield pytest.param(
        lambda report, _: change(report, causes=[cause]), "results.json", "contradicts itself (KeyError", id="at odds"
    )


@pytest.fixture
def spoiled(command: Command, tmp_path: Path, report: Path) -> Callable[..., str]:
    """What is said of a report that was spoiled."""

    def run(spoil: Callable[[Path, str], object], name: str) -> str:
        spoil(report, name)
        return wrong(matrix(command, "report"), tmp_path)

    return run


@pytest.mark.parametrize(("spoil", "name", "says"), list(broken_reports()))
def test_what_is_no_report(spoiled: Callable[..., str], spoil: Any, name: str, says: str) -> None:
    assert says in spoiled(spoil, name)


def test_evidence_elsewhere(command: Command, tmp_path: Path, certificate: Path) -> None:
    (certificate / "evidence").rename(tmp_path / "elsewhere")
    (certificate / "evidence").symlink_to(tmp_path / "elsewhere")
    assert "is a link: a certificate holds its evidence itself" in wrong(matrix(command, certificate), tmp_path)


@pytest.mark.parametrize("text", ["", "{}", '{"payload": "e30="}', "[" * 100_000])
def test_what_is_no_certificate(command: Command, tmp_path: Path, certificate: Path, text: str) -> None:
    """The report is shown for what it is worth, and the certificate as none."""
    (certificate / "certificate.json").write_text(text)
    assert matrix(command, certificate).code == 0
    assert "it cannot be read" in page(tmp_path).under["report-1"]


def test_no_directory(command: Command, tmp_path: Path) -> None:
    assert "nowhere is no directory" in wrong(matrix(command, "nowhere"), tmp_path)
