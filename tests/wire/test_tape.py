"""Tapes: what is kept comes back, whatever ended the recording; a line that is gone wrong is told by its case."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.cassette import Cassette, CassetteError, Key
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.redact import Redactor
from conformance.wire.tape import Tape

TOKEN = "dapi-canary-0123456789"
URL = "https://adb-1.example.net/ai-gateway/mlflow/v1/chat/completions"
HEADERS = {"content-type": "application/json", "authorization": "[bearer]"}
REDACTOR = Redactor(TOKEN, (URL,))
MADE = {"recorded_at": "2026-01-02T03:04:05+00:00", "recorded_from": "live"}
CASE = "chat/corpus.legal-createChatCompletion-stop-null_value-0123456789ab"
OTHER = CASE.replace("0123456789ab", "ba9876543210")


def exchange(
    body: bytes = b'{"a":1}', *pieces: bytes, status: int = 200, url: str = URL, headers: Mapping[str, str] = HEADERS
) -> Exchange:
    chunks = tuple(Chunk(piece, round(0.25 * number, 4)) for number, piece in enumerate(pieces or (b'{"ok":true}',)))
    answered = Response(status, {"content-type": "application/json"}, chunks)
    return Exchange(Request("POST", url, headers, body), answered)


def tape_at(directory: Path) -> Path:
    return directory / "chat" / "corpus.createChatCompletion.jsonl"


def kept(path: Path, made: Mapping[str, str] = MADE, **cases: list[Exchange]) -> Tape:
    """A tape to which the exchanges were added, as one recording does it."""
    tape = Tape(path)
    for case, exchanges in cases.items():
        tape.keep(case, exchanges, REDACTOR, made)
    return tape


def taken(cassette: Cassette, one: Exchange) -> Response:
    response = cassette.take(Key.of(one.request)).response
    assert response
    return response


def cases_in(path: Path) -> list[str]:
    """The cases of a file in the order of its lines."""
    return [line["case"] for line in map(json.loads, path.read_text().splitlines()) if "case" in line]


@pytest.mark.parametrize(
    "answer",
    [b"", b'{"text":"\xc3\xa4"}', bytes(range(256)), "one\u2028two\u0085three".encode(), b"one\ntwo\r\nthree\rfour\n"],
    ids=["empty", "text", "binary", "unicode line ends", "line ends"],
)
@pytest.mark.parametrize("body", [b"", b'{"a":1}', bytes(range(256))], ids=["empty", "json", "binary"])
def test_what_is_kept_comes_back(tmp_path: Path, body: bytes, answer: bytes) -> None:
    one, path = exchange(body, answer), tape_at(tmp_path)
    tape = kept(path, **{CASE: [one]})
    assert taken(Tape(path).cassette(CASE), one).body == answer, "from the journal"
    tape.finish()
    assert taken(Tape(path).cassette(CASE), one) == one.response
    assert path.read_bytes().count(b"\n") == 2, "one line a case, below the one that says how it was made"


@given(st.binary(max_size=60), st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.integers(200, 599))
def test_any_bytes_come_back_in_their_pieces(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, pieces: list[bytes], status: int
) -> None:
    path, one = tape_at(tmp_path_factory.mktemp("tape")), exchange(body, *pieces, status=status)
    kept(path, **{CASE: [one]}).finish()
    found = taken(Tape(path).cassette(CASE), one)
    assert one.response
    assert (found.status, found.body) == (status, one.response.body)
    assert [chunk.data for chunk in found.chunks] == [chunk.data for chunk in one.response.chunks]


def test_a_stream_keeps_its_pieces_and_when_they_came(tmp_path: Path) -> None:
    one, path = exchange(b"{}", b"data: {}\n\n", b"data: ", b"[DONE]\n\n"), tape_at(tmp_path)
    kept(path, **{CASE: [one]}).finish()
    assert one.response
    assert taken(Tape(path).cassette(CASE), one).chunks == one.response.chunks


def test_several_exchanges_of_a_case_come_back_in_order(tmp_path: Path) -> None:
    busy, then, other = exchange(b"{}", b"busy", status=429), exchange(b"{}", b"done"), exchange(b"[]", b"other")
    path = tape_at(tmp_path)
    kept(path, **{CASE: [busy, other, then]}).finish()
    cassette = Tape(path).cassette(CASE)
    assert [taken(cassette, one).body for one in (busy, then, other)] == [b"busy", b"done", b"other"]
    with pytest.raises(CassetteError, match="recorded 2 times and is sent once more"):
        taken(cassette, busy)


@pytest.mark.parametrize("dropped", [True, False])
@pytest.mark.parametrize("response", [None, exchange(b"{}", b'{"half').response])
def test_what_was_not_answered_comes_back_as_often_as_it_is_asked(
    tmp_path: Path, response: Response | None, dropped: bool
) -> None:
    sent = exchange().request
    lost, path = Exchange(sent, response, f"it broke off at {TOKEN}", dropped, hopeless=not dropped), tape_at(tmp_path)
    kept(path, **{CASE: [lost]}).finish()
    cassette = Tape(path).cassette(CASE)
    for _ in range(3):
        found = cassette.take(Key.of(sent)).exchange(sent)
        assert found == Exchange(sent, response, "it broke off at [redacted]", dropped, hopeless=not dropped)
    assert not cassette.is_whole


def test_each_recording_says_how_it_was_made(tmp_path: Path) -> None:
    path, later = tape_at(tmp_path), {"recorded_at": "2026-02-03T04:05:06+00:00", "recorded_from": "reference"}
    kept(path, a=[exchange()], b=[exchange()]).finish()
    kept(path, later, b=[exchange()], c=[exchange()]).finish()
    tape = Tape(path)
    assert [tape.cassette(case).metadata for case in "abc"] == [MADE, later, later]
    assert [(section.provenance, sorted(section.lines)) for section in tape.sections()] == [
        (MADE, ["a"]),
        (later, ["b", "c"]),
    ]


def test_what_was_changed_by_hand_is_told_and_stays_told(tmp_path: Path) -> None:
    path, later = tape_at(tmp_path), {"recorded_at": "2026-02-03T04:05:06+00:00"}
    kept(path, a=[exchange(b"{}", b"good")], b=[exchange()]).finish()
    kept(path, later, c=[exchange()]).finish()
    assert not any(Tape(path).cassette(case).altered for case in "abc")
    path.write_text(path.read_text().replace("good", "evil"))
    for _ in range(2):
        assert [Tape(path).cassette(case).altered for case in "abc"] == [True, True, False]
        kept(path, later, d=[exchange()]).finish()
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "provenance" not in line))
    assert all(Tape(path).cassette(case).altered for case in "abcd")


def test_a_recording_is_sorted_by_case_and_what_is_recorded_anew_replaces_what_was(tmp_path: Path) -> None:
    path = tape_at(tmp_path)
    kept(path, b=[exchange(b"{}", b"old")], d=[exchange(b"{}", b"left")]).finish()
    kept(path, c=[exchange()], b=[exchange(b"{}", b"new")], a=[exchange()]).finish()
    assert cases_in(path) == ["a", "b", "c", "d"]
    assert taken(Tape(path).cassette("b"), exchange(b"{}")).body == b"new"
    assert taken(Tape(path).cassette("d"), exchange(b"{}")).body == b"left"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tape_at(tmp_path / "one"), tape_at(tmp_path / "two")
    kept(one, a=[exchange()], b=[exchange(b"{}")]).finish()
    kept(two, b=[exchange(b"{}")], a=[exchange()]).finish()
    assert one.read_bytes() == two.read_bytes()


def test_nothing_recorded_changes_nothing(tmp_path: Path) -> None:
    path = tape_at(tmp_path)
    Tape(path).finish()
    assert not path.exists()
    kept(path, a=[exchange()]).finish()
    before = path.read_bytes()
    Tape(path).finish()
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_tape_and_the_journal_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tape_at(tmp_path)
    kept(path, a=[exchange(b"{}", b"old")]).finish()
    before = path.read_bytes()
    tape = kept(path, a=[exchange(b"{}", b"new")])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", _full_disk)
        with pytest.raises(OSError, match="full"):
            tape.finish()
    assert path.read_bytes() == before
    Tape(path).finish()
    assert taken(Tape(path).cassette("a"), exchange(b"{}")).body == b"new"


def _full_disk(*_args: object, **_kwargs: object) -> None:
    raise OSError("the disk is full")


def journal_of(path: Path) -> Path:
    [journal] = path.parent.glob("*.unfinished")
    return journal


def cut_off(path: Path, cut: int | None = None) -> int:
    """A journal of a case `a`, and of `b`, whose line lacks its last `cut` bytes: a recording was killed.

    Gives the length of the line of `b`.
    """
    kept(path, a=[exchange(b"{}", b"first")], b=[exchange(b"{}", "gr\u00fcn".encode())])
    journal = journal_of(path)
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-cut] if cut else whole)
    return len(whole.split(b"\n")[2]) + 1


def test_a_journal_that_was_cut_off_anywhere_is_recovered(tmp_path: Path) -> None:
    length = cut_off(tape_at(tmp_path))
    assert length > 100
    for cut in range(1, length + 1):
        path = tape_at(tmp_path / str(cut))
        cut_off(path, cut)
        assert taken(Tape(path).cassette("a"), exchange(b"{}")).body == b"first"
        with pytest.raises(CassetteError, match="no recording of b"):
            Tape(path).cassette("b")
        Tape(path).finish()
        assert cases_in(path) == ["a"]


@pytest.mark.parametrize("cut", [1, 2, 40, 100, 160])
def test_a_recording_goes_on_after_one_that_was_cut_off(tmp_path: Path, cut: int) -> None:
    path = tape_at(tmp_path)
    kept(path, b=[exchange(b"{}", b"before")]).finish()
    cut_off(path, cut)
    kept(path, c=[exchange(b"{}", b"third")]).finish()
    tape = Tape(path)
    said = {case: taken(tape.cassette(case), exchange(b"{}")).body for case in ("a", "b", "c")}
    assert said == {"a": b"first", "b": b"before", "c": b"third"}


def test_a_missing_recording_is_said_to_be_missing(tmp_path: Path) -> None:
    path = tape_at(tmp_path)
    with pytest.raises(CassetteError, match=f"^no recording of {CASE} in {path}$"):
        Tape(path).cassette(CASE)
    kept(path, **{OTHER: [exchange()]}).finish()
    with pytest.raises(CassetteError, match=f"^no recording of {CASE} in {path}$"):
        Tape(path).cassette(CASE)


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        (exchange(b'{"a":2}'), "body"),
        (exchange(url=URL + "?alt=sse"), "query"),
        (exchange(url=URL + "/x"), "path"),
        (Exchange(Request("PUT", URL, HEADERS, b'{"a":1}')), "method"),
        (Exchange(Request("POST", URL, HEADERS | {"content-type": "text/plain"}, b'{"a":1}')), "content_type"),
        (Exchange(Request("POST", URL, HEADERS | {"authorization": "[bearer-wrong]"}, b'{"a":1}')), "credential"),
    ],
)
def test_a_changed_request_is_told_from_a_missing_recording(tmp_path: Path, changed: Exchange, part: str) -> None:
    path = tape_at(tmp_path)
    kept(path, **{CASE: [exchange()]}).finish()
    with pytest.raises(CassetteError, match=f"was not recorded; from the nearest recording differs: {part}$"):
        taken(Tape(path).cassette(CASE), changed)


@pytest.mark.parametrize("query", ["", "?alt=sse", "?q=a%20b"])
@pytest.mark.parametrize("headers", [{}, {"content-type": "multipart/form-data; boundary=a b"}, {"authorization": ""}])
def test_whatever_is_sent_is_found_again(tmp_path: Path, query: str, headers: dict[str, str]) -> None:
    path, one = tape_at(tmp_path), exchange(url=URL + query, headers=HEADERS | headers)
    kept(path, **{CASE: [one]}).finish()
    assert taken(Tape(path).cassette(CASE), one) == one.response


@pytest.mark.parametrize(
    "harm",
    [
        lambda line: line[:-20],
        lambda line: line.replace('"exchanges"', '"exchange"'),
        lambda line: line.replace('"status":200', '"state":200'),
        lambda line: line.replace('"exchanges":[', '"exchanges":[7,'),
        lambda line: line.replace('"to":"POST ', '"to":"'),
        lambda line: line.replace('"body":', '"chunks":[[3,0.0]],"body":'),
        lambda line: line.replace('"body":"{', '"body":{"base64":"?"},"x":"{'),
        lambda line: line.replace('"exchanges":', '"exchanges":' + "[" * 100_000),
    ],
    ids=["cut", "no exchanges", "no status", "a number", "no path", "chunks do not add up", "no base64", "deep"],
)
def test_a_corrupt_line_is_told_by_its_case_and_harms_no_other(tmp_path: Path, harm: Callable[[str], str]) -> None:
    path = tape_at(tmp_path)
    kept(path, **{CASE: [exchange()], OTHER: [exchange()]}).finish()
    head, first, last = path.read_text().splitlines()
    broken = harm(first)
    assert broken != first
    path.write_text(f"{head}\n{broken}\n{last}\n")
    with pytest.raises(CassetteError, match=f"corrupt at {CASE}"):
        Tape(path).cassette(CASE)
    assert taken(Tape(path).cassette(OTHER), exchange()).status == 200


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tape_at(tmp_path)
    path.mkdir(parents=True)
    with pytest.raises(CassetteError, match=f"{path} cannot be read"):
        Tape(path).cassette(CASE)


@pytest.mark.parametrize("text", [b'{"case":"a","exchanges":"\xff"}\n', b"\x00" * 9 + b"\n"])
def test_what_is_no_text_gives_no_recording(tmp_path: Path, text: bytes) -> None:
    path = tape_at(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    with pytest.raises(CassetteError):
        Tape(path).cassette("a")


def test_no_secret_and_no_host_is_kept(tmp_path: Path) -> None:
    answer = f"you sent {TOKEN} to adb-1.example.net".encode()
    one = exchange(b"{}", answer[:14], answer[14:])
    redirect = Exchange(
        one.request, Response(307, {"location": f"https://adb-1.example.net/{TOKEN}", "set-cookie": "a"})
    )
    path = tape_at(tmp_path)
    tape = kept(path, **{CASE: [one, redirect]})
    for finished in (False, True):
        if finished:
            tape.finish()
        text = "".join(file.read_text() for file in path.parent.iterdir())
        assert text
        assert not [secret for secret in (TOKEN, "adb-1", "set-cookie") if secret in text]
    assert b"[redacted]" in taken(Tape(path).cassette(CASE), one).body
