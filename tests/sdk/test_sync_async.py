"""Within one version: an async case that does otherwise than its like is found, and how clients name their halves is not."""

from pathlib import Path
from typing import Any

from conformance.sdk import bundled
from conformance.sdk.agreement import kind
from conformance.sdk.sync_async import ABOUT, with_findings
from tests.sdk.test_observations import ERROR, case, compared, run, sent


def found(plain: dict[str, Any], asynchronous: dict[str, Any]) -> list[str]:
    cases = {"sdk/a.b-sync-x": plain, "sdk/a.b-async-x": asynchronous}
    told = with_findings(cases)
    assert told["sdk/a.b-sync-x"] == plain
    assert with_findings(told) == told
    return [str(one) for one in told["sdk/a.b-async-x"]["findings"]]


def test_names_of_a_clients_halves_do_not_count() -> None:
    headers = [
        {"user-agent": f"{half}OpenAI/Python", "others": [f"x-stainless-{half or 'sync'}"]} for half in ("", "Async")
    ]
    plain = case(sent=[sent(headers=headers[0])], seen={"type": "Stream", "events": [1]}, connections=1)
    like = case(sent=[sent(headers=headers[1])], seen={"type": "AsyncStream", "events": [1]}, connections=2)
    assert found(plain, like) == []


def test_what_is_sent_and_what_the_caller_gets_counts() -> None:
    assert found(case(), case(sent=[sent(query="a=b")])) == [f'{ABOUT}: wire query: "", "a=b"']
    assert found(case(), case(seen=ERROR)) == [f"{ABOUT}: caller gets: an answer, APIError: no such thing"]
    assert found(case(), case(sent=[sent(), sent()])) == [f"{ABOUT}: requests: 1, 2"]
    other = case(seen={"error": ERROR["error"] | {"type": "Other"}}, findings=["text: lost"])
    assert found(case(seen=ERROR), other) == ["text: lost", f'{ABOUT}: caller error.type: "APIError", "Other"']


def test_kinds_are_told_apart_by_their_place() -> None:
    one, other, again = (f"{ABOUT}: {rest}" for rest in ("wire query: a, b", "wire path: a, b", "wire query: c, d"))
    assert kind(one) == kind(again) != kind(other)


def test_it_is_told_as_new_or_as_before_and_breaks_nothing(tmp_path: Path) -> None:
    same, other = [case("p-sync"), case("p-async")], [case("p-sync"), case("p-async", sent=[sent(query="a=b")])]
    runs = [run(tmp_path / str(at), str(at), *cases) for at, cases in enumerate((same, other, other))]
    code, said = compared(runs[0], runs[1])
    assert code == 0
    assert f'new: openai 1: {ABOUT}: wire query: "", "a=b"  (openai_chat.p-async)' in said
    code, said = compared(runs[1], runs[2])
    assert (code, "as before: 1 finding" in said, said.splitlines()[-1]) == (0, True, "2 unchanged")


KNOWN = {
    "google-genai": {"genai_clients.half_kept", "genai_errors.refused_connection", "genai_errors.timeout"},
    "openai": {"openai_chat.tool_streamed", "openai_tools.responses_stream_helper"},
    "instructor": {"instructor.partial"},
    "litellm": {"litellm.timeout"},
}
"""A half of google-genai that outlives its client, and texts without words; openai's helper, stricter about tools where it is
awaited, and less careful with what it has parsed; instructor's pieces of an answer, awaited all at once."""


def test_of_what_ships_only_known_differences_are_found() -> None:
    for client in bundled.clients():
        for version in bundled.versions(client):
            observed = bundled.named(f"{client}=={version}")
            assert observed
            differing = {
                name for name, case in observed.cases.items() if any(one.startswith(ABOUT) for one in case["findings"])
            }
            known = tuple(f"sdk/{name}" for name in KNOWN.get(client, ()))
            assert [name for name in differing if not name.startswith(known)] == []
