"""Cases of what differed between versions in their history: retries, timeouts, credentials, spellings and ends of streams.

They are run with the versions that are installed. Where a client is absent, its tests are left out.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.event_stream import read
from conformance.observer.caller import Caller
from conformance.observer.cases.google_client import Google
from conformance.observer.cases.streams import stream
from conformance.observer.trouble import SLOW, Answer, Injection, always, injected
from conformance.wire.exchange import Chunk, Exchange, Request, Response
from tests.sdk.observing import Case, Judged, judged, sdk
from tests.sdk.observing import cases as cases_of

pytestmark = pytest.mark.xdist_group("more")  # what the tests share is made once

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
WAYS = pytest.mark.parametrize("way", ["comments", "no_blank", "crlf", "two_lines"])
LIBRARIES = {"openai": "openai", "genai": "google.genai", "databricks_sdk": "databricks.sdk"}
CASES_OF = {
    "openai": "openai_requests or openai_streams or (openai_errors and (refused or hour or timeout)) or parse_model",
    "genai": "genai_streams or genai_errors or json_of_a_model",
    "databricks_sdk": "test_databricks_sdk and timeout",
}


def ran(directory: str | Path, selection: str, plugin: str = "") -> str:
    """Runs the cases selected, beside a plugin of pytest, which is imported before them; gives what is printed."""
    with TemporaryDirectory() as path:
        Path(path, "planted.py").write_text(plugin, encoding="utf-8")
        done = sdk("--report-dir", directory, "-k", selection, "-pplanted", PYTHONPATH=path)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def results(directory: str | Path) -> dict[str, Case]:
    """The observations in a directory, by the id without its beginning."""
    return {name.removeprefix("sdk/"): case for name, case in cases_of(directory).items()}


@cache
def observed(client: str) -> dict[str, Case]:
    """What is observed of those of a client's cases that are told of here."""
    _installed(client)
    with TemporaryDirectory() as directory:
        ran(directory, CASES_OF[client])
        return results(directory)


def _installed(client: str) -> None:
    """Leaves a test out where a client is absent."""
    module = LIBRARIES[client]
    if find_spec(module.partition(".")[0]) is None or find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


def _version(package: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version(package).split(".")[:2])


def _statuses(case: Case) -> list[int | None]:
    return [sent["status"] for sent in case["sent"] if sent["method"] == "POST"]


def _text_of_chat(case: Case) -> str:
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in case["seen"]["events"])


@pytest.mark.parametrize("client", LIBRARIES)
def test_the_cases_of_one_client_import_no_other(client: str, tmp_path: Path) -> None:
    for one in LIBRARIES:
        _installed(one)
    case = {"openai": "test_openai_chat", "genai": "test_genai_recorded", "databricks_sdk": "test_query"}[client]
    tells = f"print('HAS', *(set({list(LIBRARIES.values())}) & set(sys.modules)))"
    printed = ran(tmp_path, case, f"import sys\n\n\ndef pytest_unconfigure():\n    {tells}\n")
    (has,) = (line for line in printed.splitlines() if line.startswith("HAS"))
    assert has.split()[1:] == [LIBRARIES[client]]


def test_a_class_that_a_version_has_lost_shows_in_the_cases_that_use_it(tmp_path: Path) -> None:
    _installed("genai")
    ran(tmp_path, "test_genai_errors", "from google.genai import types; del types.HttpRetryOptions")
    cases = results(tmp_path)
    lost = {name for name, case in cases.items() if case["seen"].get("error", {}).get("type") == "AttributeError"}
    assert {name.rpartition(".")[2].partition("-")[0] for name in lost} == {
        "429_with_retries",
        "429_with_retries_that_help",
        "timeout_with_retries",
    }
    assert all("HttpRetryOptions" in cases[name]["seen"]["error"]["text"] for name in lost)
    assert cases.keys() == {name for name in observed("genai") if name.startswith("genai_errors.")}


@KINDS
@pytest.mark.parametrize("status", [408, 409, 500, 503])
def test_openai_asks_again_after_what_may_pass(kind: str, status: int) -> None:
    case = observed("openai")[f"openai_errors.refused_at_first-{kind}-{status}"]
    assert _statuses(case) == [status, 200]
    assert case["seen"]["type"] == "ChatCompletion"


def test_openai_gives_up_where_it_is_told_to_wait_for_an_hour() -> None:
    """From some version after 2.20 on; before, it asked again after a wait of its own choice."""
    case = observed("openai")["openai_errors.429_for_an_hour-sync"]
    assert case["seen"]["error"]["type"] == "RateLimitError"
    known = {True: [429], False: [429] * 3}
    later, earlier = _version("openai") >= (2, 54), _version("openai") <= (2, 20)
    assert _statuses(case) in ([known[later]] if later or earlier else list(known.values()))


@KINDS
@pytest.mark.parametrize("whose", ["request", "client"])
def test_openai_sends_the_credential_of_its_caller(kind: str, whose: str) -> None:
    """From some version after 3.0 on; before, the gateway took the client's own for the one that counts."""
    case = observed("openai")[f"openai_requests.credential_of_the_{whose}-{kind}"]
    known = {True: [401], False: [200]}
    later, earlier = _version("openai") >= (3, 20), _version("openai") <= (3, 0)
    assert _statuses(case) in ([known[later]] if later or earlier else list(known.values()))


@KINDS
def test_openai_goes_where_it_is_sent_on_to(kind: str) -> None:
    first, second = observed("openai")[f"openai_requests.redirected-{kind}"]["sent"]
    assert (first["status"], second["status"]) == (307, 200)
    assert second["query"] == "moved=1"
    assert second["body"] == first["body"]
    assert second["headers"]["authorization"] == "bearer"


@KINDS
def test_a_query_of_the_base_url_is_told(kind: str) -> None:
    """No version puts the path before it; the option for queries is the one to use."""
    (lost,) = observed("openai")[f"openai_requests.base_url_with_query-{kind}"]["sent"]
    assert lost["status"] == 404
    assert lost["query"].startswith("tenant=a")
    assert lost["query"].endswith("chat/completions")
    (kept,) = observed("openai")[f"openai_requests.default_query-{kind}"]["sent"]
    assert (kept["status"], kept["query"]) == (200, "tenant=a")


@KINDS
def test_openai_parses_into_a_class(kind: str) -> None:
    case = observed("openai")[f"openai_chat.parse_model-{kind}"]
    assert case["seen"]["value"]["choices"][0]["message"]["parsed"] == {"city": "Paris"}
    assert case["sent"][0]["body"]["response_format"]["json_schema"]["name"] == "Place"


@KINDS
@WAYS
def test_openai_reads_every_spelling_of_a_stream(kind: str, way: str) -> None:
    case = observed("openai")[f"openai_streams.spelt-{kind}-{way}"]
    assert _text_of_chat(case) == "Blue light scatters most."
    assert case["verdict"] == "passed"


@KINDS
def test_openai_raises_the_error_in_a_stream_that_it_knows(kind: str) -> None:
    """In the envelope of OpenAI; of Databricks' it makes one more chunk, and only a caller who looks can tell."""
    known = observed("openai")[f"openai_streams.error_in_the_middle-{kind}-openai"]["seen"]
    assert (known["error"]["type"], known["count"]) == ("APIError", 2)
    other = observed("openai")[f"openai_streams.error_in_the_middle-{kind}-databricks"]["seen"]
    assert "error" not in other
    assert other["events"][-1]["error_code"] == "INTERNAL_ERROR"


@KINDS
@pytest.mark.parametrize("client", ["openai", "genai"])
def test_a_timeout_is_one_request_without_an_answer(client: str, kind: str) -> None:
    case = observed(client)[f"{client}_errors.timeout-{kind}"]
    assert _statuses(case) == [None]
    assert "Timeout" in case["seen"]["error"]["type"]


@KINDS
def test_genai_asks_again_after_a_timeout_if_told_to(kind: str) -> None:
    case = observed("genai")[f"genai_errors.timeout_with_retries-{kind}"]
    if _version("google-genai") >= (3, 4):
        assert _statuses(case) == [None, None]
    assert set(_statuses(case)) <= {None}
    assert "error" in case["seen"]


def test_databricks_sdk_asks_again_after_a_timeout() -> None:
    case = observed("databricks_sdk")["databricks_sdk.timeout"]
    assert _statuses(case) == [None, None]
    assert case["seen"]["error"]["type"] == "TimeoutError"


@KINDS
@WAYS
def test_what_genai_cannot_read_of_a_stream_is_a_finding(kind: str, way: str) -> None:
    """It reads other line ends in all versions, and an event over two lines since 2.0."""
    case = observed("genai")[f"genai_streams.spelt-{kind}-{way}"]
    if way == "crlf" or (way == "two_lines" and _version("google-genai") >= (2, 0)):
        assert case["seen"]["count"] == 3
        assert case["verdict"] == "passed"
    elif "error" in case["seen"]:
        assert case["verdict"] == "failed"
    else:
        assert case["seen"]["count"] == 3


@KINDS
def test_genai_raises_the_error_in_a_stream_since_version_2(kind: str) -> None:
    seen = observed("genai")[f"genai_streams.error_in_the_middle-{kind}-google"]["seen"]
    if _version("google-genai") >= (2, 0):
        assert (seen["error"]["type"], seen["error"]["status"], seen["count"]) == ("ServerError", 503, 2)
    else:
        assert seen["count"] == 3


@KINDS
def test_genai_keeps_a_turn_that_ends_in_a_signature_since_version_2(kind: str) -> None:
    _, second = observed("genai")[f"genai_streams.chat_with_signature-{kind}"]["sent"]
    said = [part.get("text") for turn in second["body"]["contents"] for part in turn["parts"]]
    whole = ["Why is the sky blue?", "Blue light ", "scatters ", "", "And in French?"]
    assert said == (whole if _version("google-genai") >= (2, 0) else whole[-1:])


@KINDS
def test_genai_parses_into_a_class(kind: str) -> None:
    case = observed("genai")[f"genai_content.json_of_a_model-v1beta-{kind}"]
    assert case["seen"]["value"]["parsed"] == {"city": "Paris"}
    assert case["sent"][0]["body"]["generationConfig"]["responseMimeType"] == "application/json"


@pytest.fixture
def one() -> Iterator[Judged]:
    with judged() as made:
        yield made


@pytest.fixture
def caller(one: Judged) -> Caller:
    return one.caller


def _of_openai(caller: Caller) -> tuple[Any, Any]:
    """A call that times out, and what closes the client."""
    from openai import AsyncOpenAI

    made = AsyncOpenAI(api_key="none", base_url=caller.url, max_retries=0, timeout=0.2)
    return made.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hello"}]), made.close()


def _of_genai(caller: Caller) -> tuple[Any, Any]:
    made = Google("async", caller, {"api_version": "v1beta", "timeout": 200})
    return made.ask("Hello"), made.half.aclose()


@pytest.mark.parametrize("client", ["openai", "genai"])
def test_a_timeout_leaves_no_task_behind(one: Judged, caller: Caller, client: str) -> None:
    _installed(client)
    with injected(caller, always(SLOW)):
        asked, closed = (_of_openai if client == "openai" else _of_genai)(caller)
        caller.sees(lambda: asked)
        caller.run(closed)
    assert "Timeout" in one.observed["seen"]["error"]["type"]

    async def others() -> set[Any]:
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert caller.run(others()) == set()


def test_a_client_that_hangs_up_frees_a_slow_gateway(one: Judged, caller: Caller) -> None:
    with injected(caller, always(Answer(200, b"{}", wait=30.0))):
        began = time.perf_counter()
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(caller.url, json={"a": 1}, timeout=0.1)
        (exchange,) = one.exchanges()
        assert time.perf_counter() - began < 10
    assert exchange.response is None
    assert json.loads(exchange.request.body) == {"a": 1}


def test_a_client_that_waits_gets_the_answer_of_a_slow_gateway(one: Judged, caller: Caller) -> None:
    slow: Injection = always(Answer(200, b'{"b": 2}', wait=0.2))
    with injected(caller, slow):
        began = time.perf_counter()
        assert httpx2.post(caller.url, json={}, timeout=30).json() == {"b": 2}
        assert time.perf_counter() - began >= 0.2
        (exchange,) = one.exchanges()
    assert exchange.status == 200


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@WAYS
@given(bodies=st.lists(st.dictionaries(st.text(), _JSON, max_size=3), min_size=1, max_size=4))
def test_every_spelling_of_a_stream_says_the_same(way: str, bodies: list[Any]) -> None:
    answer = stream(bodies, way=way, end="[DONE]")
    response = Response(answer.status, answer.headers, (Chunk(answer.body, 0.0),))
    found = read(Exchange(Request("POST", "http://gateway.invalid/", {}), response))
    assert found.bodies == bodies
    assert (found.unreadable, found.after_done) == ((), 0)
    assert answer.body != stream(bodies, end="[DONE]").body or way == "two_lines"
