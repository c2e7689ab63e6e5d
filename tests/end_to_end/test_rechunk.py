"""Streams in other chunks move no verdict; streams that are cut off move every one that rests on them."""

import base64
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance import resources
from conformance.wire.rechunk import MODES, SEEDED
from tests.end_to_end.conftest import Command, Done
from tests.wire import bundled

pytestmark = pytest.mark.xdist_group("replayed")  # what the tests share is made once

Cut = Callable[[bytes], int]
"""Where a stream is cut off."""
SEEDS = [random.Random(20).randrange(10**6) for _ in range(3)]


def found(done: Done) -> dict[str, Any]:
    """What a run found: the verdicts of requirements, and of each case with all that it says."""
    cases = {case["id"]: [case["verdict"], case["findings"], case["observations"]] for case in done.results["cases"]}
    return {"requirements": {row["id"]: row["verdict"] for row in done.results["requirements"]}, "cases": cases}


@pytest.mark.parametrize("how", [*MODES, *(f"{mode}:{seed}" for mode in SEEDED for seed in SEEDS)])
def test_other_chunks_move_no_verdict(command: Command, replayed: Callable[..., Done], how: str) -> None:
    """Every mode with every case; other seeds with the cases by hand whose topic is streams."""
    some = ("-k", "stream", "--corpus", "none") if ":" in how else ()
    plain = replayed(*some)
    usual = found(plain)
    assert usual["cases"].keys() >= {case for case in bundled.streams() if "/streaming." in case}
    assert plain.results["target"]["rechunked"] is None

    done = command("run", "--rechunk", how, *some, token=None)
    assert done.code == plain.code, done.out + done.err
    assert found(done) == usual
    named = how if ":" in how or how not in SEEDED else f"{how}:0"
    assert done.results["target"]["rechunked"] == named
    assert f"streams re-chunked ({named})" in done.out
    assert f"streams re-chunked ({named})" in (done.report / "report.html").read_text()


def test_they_reach_the_cases(command: Command) -> None:
    """What the report keeps of a stream tells how many chunks it came in."""
    done = command("run", "--rechunk", "bytes", "-k", "RESP-STREAM-ORDER", "-n", "2", token=None)
    rows = [json.loads(line) for line in (done.report / "exchanges.jsonl").read_text().splitlines()]
    chunks = [row["response"]["chunks"] for row in rows if row["case"] == "responses/streaming.stream"]
    [stream] = bundled.streams()["responses/streaming.stream"]
    assert len(stream.response.body) in chunks


@pytest.mark.parametrize("how", ["byte", "bytes:2", "random:x"])
def test_an_unknown_way_is_refused(command: Command, how: str) -> None:
    done = command("run", "--rechunk", how, token=None)
    assert done.code == 4
    assert f"{how!r} is no way to re-chunk" in done.err


@pytest.mark.parametrize("arguments", [("run",), ("record", "--cassettes", "new")])
def test_only_a_replay_is_rechunked(command: Command, gateway: str, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, "--base-url", gateway, "--gateway-rechunk=bytes")
    assert done.code == 4
    assert "only recorded streams are re-chunked" in done.err


def before_the_end(body: bytes) -> int:
    return bundled.end(body)[0]


def within_an_event(body: bytes) -> int:
    """In the JSON of an event, or in front of it: the end may be there, but its event is not whole."""
    last, end = bundled.end(body)
    start = random.Random(body).choice([at for at in bundled.starts(body) if at <= last])
    json_at = body.index(b"{", start)
    return random.Random(body).randrange(json_at + 1, min(end, body.index(b"\n", json_at)))


def between_events(body: bytes) -> int:
    last, _ = bundled.end(body)
    return random.Random(body).choice([at for at in bundled.starts(body) if at <= last])


BROKEN = "the answer broke off after some bytes (RemoteProtocolError)"


@pytest.mark.parametrize(
    ("cut", "failure"), [(before_the_end, ""), (within_an_event, ""), (between_events, ""), (between_events, BROKEN)]
)
def test_a_stream_that_is_cut_off_leaves_no_case_passed(
    command: Command, tmp_path: Path, cut: Cut, failure: str
) -> None:
    """Whether the connection was closed in good order, or broke."""
    cassettes = tmp_path / "cassettes"
    count = cut_off(cassettes, cut, failure)
    assert count == sum(map(len, bundled.streams().values()))

    done = command("run", "--cassettes", str(cassettes), "--corpus", "full", "--statistics", token=None)
    cases = {case["id"]: case["verdict"] for case in done.results["cases"]}
    assert not done.results["errors"]
    assert bundled.streams().keys() <= cases.keys()
    moved = {case: verdict for case, verdict in cases.items() if verdict not in ("passed", "not_applicable")}
    stayed = bundled.streams().keys() - moved.keys()
    assert moved.keys() <= bundled.streams().keys()
    # Broken requests that a target may take where no page shows the operation: taken is taken, however the answer ends.
    # What is promised by a requirement of the catalogue is told there: then the case has nothing to say of the specs.
    told = {case for case in stayed if cases[case] == "not_applicable"}
    assert {"CHAT-STREAM-SSE", "CHAT-STREAM-ORDER"} <= done.verdicts("failed", "warned", "inconclusive").keys()
    assert all("/corpus.broken-streamGenerateContent-" in case for case in stayed - told), stayed
    assert not (stayed and failure)
    by_hand = {verdict for case, verdict in moved.items() if "/corpus." not in case}
    assert by_hand <= {"failed", "inconclusive"}
    assert done.code == (1 if "failed" in moved.values() else 2)


def cut_off(copy: Path, cut: Cut, failure: str) -> int:
    """A copy of the bundled recordings in which every stream is cut off; tells how many there are."""
    broken = {"failure": failure} if failure else {}
    shutil.copytree(resources.directory("cassettes"), copy)
    count = 0
    for path in copy.glob("*/*.json"):
        document = json.loads(path.read_text())
        for response in (one["response"] for one in document["interactions"]):
            if response["headers"].get("content-type", [""])[0].startswith("text/event-stream"):
                response["body"]["string"] = cut_body(response["body"]["string"], cut)
                del response["chunks"]
                response.update(broken)
                count += 1
        path.write_text(json.dumps(document))
    for path in copy.glob("*/*.jsonl"):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for response in (one for line in lines for one in line.get("exchanges", ())):
            if response["headers"].get("content-type", "").startswith("text/event-stream"):
                response["body"] = cut_body(response["body"], cut)
                response.pop("chunks", None)
                response.update(broken)
                count += 1
        path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    return count


def cut_body(kept: str, cut: Cut) -> dict[str, str]:
    """The body of a stream as recordings keep it, cut off: it may end within a character."""
    body = kept.encode()
    return {"base64": base64.b64encode(body[: cut(body)]).decode()}
