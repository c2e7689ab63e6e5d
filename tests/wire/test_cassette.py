"""Cassettes: what is written comes back, through our own transport and through vcrpy; a miss says what differs."""

import json
from pathlib import Path

import pytest

from conformance.wire.cassette import VCR_SERIALIZER, Cassette, CassetteError, Key, canonical_request, save
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from conformance.wire.redact import Redactor

TOKEN = "dapi-canary-0123456789"
URL = "https://adb-1.example.net/ai-gateway/mlflow/v1/chat/completions"
HEADERS = {"content-type": "application/json", "authorization": "[bearer]"}
REDACTOR = Redactor(TOKEN, (URL,))


def exchange(body: bytes = b'{"a":1}', answer: bytes = b'{"ok":true}', **changed: str) -> Exchange:
    half = len(answer) // 2
    chunks = (Chunk(answer[:half], 0.001), Chunk(answer[half:], 0.25))
    request = Request(changed.get("method", "POST"), changed.get("url", URL), HEADERS, body)
    return Exchange(request, Response(200, {"content-type": "application/json"}, chunks))


def saved(path: Path, *exchanges: Exchange) -> Cassette:
    save(path, list(exchanges), REDACTOR, {"recorded_from": "live"})
    return Cassette.load(path)


def taken(cassette: Cassette, request: Request) -> Response:
    response = cassette.take(Key.of(request)).response
    assert response
    return response


@pytest.mark.parametrize("answer", [b"", b'{"text":"\xc3\xa4"}', bytes(range(256))], ids=["empty", "text", "binary"])
def test_what_is_written_comes_back(tmp_path: Path, answer: bytes) -> None:
    one = exchange(answer=answer)
    cassette = saved(tmp_path / "case.json", one)
    assert taken(cassette, one.request) == one.response
    assert cassette.metadata["recorded_from"] == "live"
    assert not cassette.altered


def test_binary_request_bodies_come_back(tmp_path: Path) -> None:
    one = exchange(body=bytes(range(256)))
    assert taken(saved(tmp_path / "case.json", one), one.request) == one.response


def test_long_request_bodies_are_kept_as_hash_length_and_skeleton(tmp_path: Path) -> None:
    picture = "data:image/png;base64," + "A" * 10_000
    body = json.dumps({"messages": [{"content": [{"image_url": {"url": picture}}] * 9}]}).encode()
    one = exchange(body=body)
    path = tmp_path / "case.json"
    assert taken(saved(path, one), one.request) == one.response
    kept = json.loads(path.read_text())["interactions"][0]["request"]["body"]
    assert kept["length"] == len(body)
    content = kept["skeleton"]["messages"][0]["content"]
    assert content[0]["image_url"]["url"] == "data:image/png;base64,… 10000 characters"
    assert content[-1] == "… 3 more of 9"
    assert path.stat().st_size < 4000


def test_no_secret_and_no_host_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    saved(path, exchange(answer=f"you sent {TOKEN} to adb-1.example.net".encode()))
    assert TOKEN not in path.read_text()
    assert "adb-1" not in path.read_text()


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (exchange(method="PUT"), "method"),
        (exchange(url=URL + "/x"), "path"),
        (exchange(url=URL + "?a=b"), "query"),
        (exchange(body=b"{}"), "body"),
        (Exchange(Request("POST", URL, HEADERS | {"content-type": "text/plain"}, b'{"a":1}')), "content_type"),
        (Exchange(Request("POST", URL, HEADERS | {"authorization": "[bearer-wrong]"}, b'{"a":1}')), "credential"),
    ],
)
def test_a_miss_says_what_differs(tmp_path: Path, other: Exchange, part: str) -> None:
    cassette = saved(tmp_path / "case.json", exchange())
    with pytest.raises(CassetteError, match=f"was not recorded; from the nearest recording differs: {part}$"):
        cassette.take(Key.of(other.request))


def test_the_host_does_not_matter(tmp_path: Path) -> None:
    cassette = saved(tmp_path / "case.json", exchange())
    elsewhere = Request("post", URL.replace("adb-1.example.net", "other.example"), HEADERS, b'{"a":1}')
    assert taken(cassette, elsewhere).status == 200


def test_equal_requests_get_their_answers_in_order_and_no_more(tmp_path: Path) -> None:
    cassette = saved(tmp_path / "case.json", exchange(answer=b"1"), exchange(answer=b"2"))
    key = Key.of(exchange().request)
    assert [taken(cassette, exchange().request).body for _ in range(2)] == [b"1", b"2"]
    with pytest.raises(CassetteError, match="recorded 2 times and is sent once more"):
        cassette.take(key)


@pytest.mark.parametrize("response", [None, exchange(answer=b"data: half").response])
def test_why_an_answer_is_not_whole_comes_back(tmp_path: Path, response: Response | None) -> None:
    sent = exchange().request
    lost = Exchange(sent, response, f"broken off by adb-1.example.net {TOKEN}", dropped=True)
    cassette = saved(tmp_path / "case.json", lost)
    assert not cassette.is_whole
    assert cassette.take(Key.of(sent)).exchange(sent) == Exchange(
        sent, response, "broken off by gateway.invalid [redacted]", dropped=True
    )


@pytest.mark.parametrize("last", [200, 503])
def test_what_is_asked_again_after_no_answer_gets_the_next_and_then_the_last(tmp_path: Path, last: int) -> None:
    sent = exchange().request
    answers = [Exchange(sent, Response(status, {})) for status in (429, last)]
    cassette = saved(tmp_path / "case.json", *answers)
    assert cassette.is_whole == (last == 200)
    assert [taken(cassette, sent).status for _ in range(2)] == [429, last]
    if last == 503:
        assert taken(cassette, sent).status == last
    else:
        with pytest.raises(CassetteError, match="sent once more"):
            taken(cassette, sent)


def test_what_was_changed_by_hand_is_told_however_it_is_laid_out(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    saved(path, exchange(answer=b"good"))
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document, sort_keys=True))
    assert not Cassette.load(path).altered
    path.write_text(path.read_text().replace("good", "evil"))
    assert Cassette.load(path).altered
    del document["metadata"]
    path.write_text(json.dumps(document))
    assert Cassette.load(path).altered


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"interactions": 3}', '{"interactions": [{}]}', "[" * 100_000,
        '{"interactions": [{"request": {"method": "GET", "uri": "x", "body": {"base64": "?"}, "headers": {}}}]}',
    ],
    ids=range(8),
)  # fmt: skip
def test_a_corrupt_cassette_is_said_to_be_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.json"
    path.write_text(text)
    with pytest.raises(CassetteError, match="corrupt"):
        Cassette.load(path)


def test_a_missing_cassette_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"no cassette case\.json"):
        Cassette.load(tmp_path / "case.json")


def test_chunks_that_do_not_add_up_are_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    saved(path, exchange())
    document = json.loads(path.read_text())
    document["interactions"][0]["response"]["chunks"].pop()
    path.write_text(json.dumps(document))
    with pytest.raises(CassetteError, match="chunks add up to"):
        Cassette.load(path)


def test_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.json"
    saved(path, exchange())
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_text", _full_disk)
    with pytest.raises(OSError, match="full"):
        save(path, [exchange(answer=b"new")], REDACTOR, {})
    assert path.read_bytes() == before


def _full_disk(*_args: object, **_kwargs: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("length", [10, 10_000])
def test_vcrpy_replays_what_we_wrote_to_a_real_sdk(tmp_path: Path, length: int) -> None:
    import openai
    import vcr

    path = tmp_path / "case.json"
    question = "x" * length
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": question}]}, separators=(",", ":")
    ).encode()
    answer = {
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
    }  # fmt: skip
    saved(path, exchange(body=body, answer=json.dumps(answer).encode()))

    recorder = vcr.VCR(
        record_mode="none",
        match_on=["method", "path", "query", "body"],
        before_record_request=lambda request: canonical_request(request, TOKEN),
    )
    recorder.register_serializer("gateway", VCR_SERIALIZER)
    client = openai.OpenAI(api_key=TOKEN, base_url=URL.removesuffix("/chat/completions"), max_retries=0)
    with client, recorder.use_cassette(str(path), serializer="gateway") as cassette:
        completion = client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])
        assert cassette.play_count == 1
    assert completion.choices[0].message.content == "hi"
