"""Changes that broke users of client libraries, each as it was observed, told in its outcome and within five lines."""

from pathlib import Path
from typing import Any

import pytest

from tests.sdk.test_observations import case, compared, run, sent

Case = dict[str, Any]
ANSWER = case()["seen"]


def raised(kind: str, *above: str, text: str = "no luck", **more: Any) -> Case:
    return {"error": {"type": kind, "is_a": [kind, *above], "text": text, **more}}


def told(
    tmp_path: Path, old: list[Case], new: list[Case], *options: str, was: Case | None = None, now: Case | None = None
) -> tuple[int, list[str]]:
    """The exit code and the lines about two runs, both of which have kept all that is looked at now."""
    since = {"distributions": {"openai": "1.0"}, "python": "3.11.7"}
    one = run(tmp_path / "old", "1.0", *old, **(since if was is None else was))
    other = {"distributions": {"openai": "2.0"}, "python": "3.11.7"} if now is None else now
    code, said = compared(one, run(tmp_path / "new", "2.0", *new, **other), *options)
    return code, said.splitlines()


def test_a_text_that_is_lost(tmp_path: Path) -> None:
    lost = case(findings=["text: the wire says 'hi', the client loses it"])
    code, said = told(tmp_path, [case()], [lost])
    assert (code, said[1]) == (1, "broken ×1: text: the wire says 'hi', the client loses it")


def test_one_exception_in_two_hundred_cases_is_one_cause(tmp_path: Path) -> None:
    """`proxies` of httpx 0.28: the other places that differ do not make several of it, nor which half of the client says so."""
    names = [f"case{number}-{half}" for number in range(100) for half in ("sync", "async")]
    old = [case(name, seen=ANSWER if at % 3 else ANSWER | {"classes": ["A"]}) for at, name in enumerate(names)]
    new = [
        case(
            name,
            sent=[],
            seen=raised("TypeError", text=f"{'Async' * name.endswith('-async')}Client.__init__() got 'proxies'"),
        )
        for name in names
    ]
    code, said = told(tmp_path, old, new)
    assert code == 1
    assert said[1] == "broken ×200: TypeError: Client.__init__() got 'proxies'"
    assert [line for line in said if "×" in line] == said[1:2]
    assert said[-1] == "200 broken"


def test_what_no_except_catches_any_more(tmp_path: Path) -> None:
    """Each exception becomes tenacity's RetryError; or one of Python's own, out of the middle of the client."""
    client, server = raised("ClientError", "APIError", text="400"), raised("ServerError", "APIError", text="500")
    wrapped = [raised("RetryError", text=f"raised {name}") for name in ("ClientError", "ServerError")]
    old = [
        case("a", seen=client),
        case("b", seen=server),
        case("c", seen=raised("PermissionDenied", "DatabricksError")),
    ]
    new = [case("a", seen=wrapped[0]), case("b", seen=wrapped[1]), case("c", seen=raised("AttributeError"))]
    code, said = told(tmp_path, old, new)
    assert code == 1
    assert said[1] == "broken ×2: RetryError is raised, which is no APIError, ClientError: raised ClientError"
    assert '    caller error.type: "ClientError" → "RetryError"' in said
    assert any(line.startswith("broken ×1: AttributeError is raised, which is no Databricks") for line in said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            raised("BadRequestError", "APIStatusError", "APIError"),
            raised("NotFoundError", "APIStatusError", "APIError"),
        ),
        (raised("ValueError"), raised("APIError")),
        (raised("ConnectError", "TransportError"), raised("ConnectError", "TransportError", text="httpx2")),
    ],
)
def test_what_is_still_caught_is_not_broken(tmp_path: Path, old: Case, new: Case) -> None:
    code, said = told(tmp_path, [case(seen=old)], [case(seen=new)])
    assert (code, said[-1]) == (0, "1 caller sees something else")


def test_an_exception_of_a_library_below_that_becomes_the_clients_own_is_not_broken(tmp_path: Path) -> None:
    """Its callers catch that one already. Where they do not, or where it is the other way round, it is."""
    below, own = raised("ReadError", "TransportError", "HTTPError"), raised("APIConnectionError", "OpenAIError")
    known = case("known", seen=own)
    assert told(tmp_path / "1", [case(seen=below), known], [case(seen=own), known])[0] == 0
    assert told(tmp_path / "2", [case(seen=below)], [case(seen=raised("RetryError"))])[0] == 1
    assert told(tmp_path / "3", [case(seen=own)], [case(seen=below)])[0] == 1


@pytest.fixture(autouse=True)
def _directories(tmp_path: Path) -> None:
    for name in "123":
        (tmp_path / name).mkdir()


def test_fewer_and_more_requests_are_told_with_their_counts(tmp_path: Path) -> None:
    """A Retry-After of an hour is no longer waited for: three requests become one."""
    one, two, three = ([sent(status=429)] * number for number in (1, 2, 3))
    old, new = [case("a", sent=three), case("b", sent=one)], [case("a", sent=one), case("b", sent=two)]
    code, said = told(tmp_path, old, new)
    assert code == 0
    assert said[1:5] == [
        "more requests ×1: requests: 1 → 2", "    openai_chat.b", "fewer requests ×1: requests: 3 → 1", "    openai_chat.a",
    ]  # fmt: skip
    assert said[-1] == "1 more requests, 1 fewer requests"


def test_a_header_of_no_matter_hides_nothing(tmp_path: Path) -> None:
    """`parse()` gives None where it gave a list, in one case of 213 that all have another header."""
    names = [f"case{number}" for number in range(213)]
    before, after = ([sent(headers={"others": headers})] for headers in (["a"], ["a", "b"]))
    message = {"choices": [{"message": {"content": "hi", "tool_calls": []}}]}
    without = {"choices": [{"message": {"content": "hi"}}]}
    old = [case(name, sent=before, seen={"value": message}) for name in names]
    new = [case(name, sent=after, seen={"value": message}) for name in names]
    new[7] |= {"seen": {"value": without, "none": ["choices[*].message.tool_calls"]}}
    code, said = told(tmp_path, old, new)
    assert code == 0
    assert said[1] == "caller sees something else ×1: caller value.choices[*].message.tool_calls: [] → None"
    assert 'other headers ×213: wire headers.others: absent → ["b"]' in said
    assert said[-1] == "1 caller sees something else, 212 other headers"


def test_a_hang_is_broken_and_a_slow_call_is_slower(tmp_path: Path) -> None:
    hang = raised("Hang", text="no end within 30 s")
    refused = raised("APIConnectionError")
    old = [case("a", seen=refused), case("b", duration_s=0.1), case("c", duration_s=0.5), case("d", duration_s=0.001)]
    new = [case("a", seen=hang), case("b", duration_s=12.0), case("c", duration_s=4.0), case("d", duration_s=0.9)]
    code, said = told(tmp_path, old, new)
    assert code == 1
    assert said[1] == "broken ×1: Hang: no end within 30 s"
    assert "slower ×1: duration: 0.1 s → 12 s" in said
    assert said[-1] == "1 broken, 1 slower, 2 unchanged"
    assert told(tmp_path / "1", new, old)[1][-1] == "1 fixed, 3 unchanged"


def test_connections_are_counted(tmp_path: Path) -> None:
    code, said = told(tmp_path, [case(connections=1)], [case(connections=3)])
    assert (code, said[1], said[-1]) == (0, "connections ×1: connections: 1 → 3", "1 connections")


def test_new_warnings_are_told_each_once_and_wordings_with_other_numbers_are_none(tmp_path: Path) -> None:
    old = ANSWER | {"warnings": [["UserWarning", "at line 12"]], "logs": [["a", "WARNING", "retry in 0.3 s"]]}
    new = ANSWER | {
        "warnings": [["UserWarning", "PydanticSerializationUnexpectedValue"], ["UserWarning", "at line 14"]],
        "logs": [["a", "WARNING", "retry in 0.7 s"]],
    }
    code, said = told(tmp_path, [case(seen=old), case("b")], [case(seen=new), case("b", seen=new)])
    assert code == 0
    assert said[1] == "warns ×2: warning: UserWarning: PydanticSerializationUnexpectedValue"
    assert said[-1] == "2 warns"
    assert told(tmp_path / "1", [case(seen=new)], [case(seen=old)])[1][-1] == "1 fixed"


def test_a_dump_that_does_not_come_back_is_of_the_caller(tmp_path: Path) -> None:
    old, new = ANSWER | {"dump": "same"}, ANSWER | {"dump": "other: choices[0].message.parsed"}
    said = told(tmp_path, [case(seen=old)], [case(seen=new)])[1]
    assert said[1].startswith('caller sees something else ×1: caller dump: "same" → "other: choices')


def test_a_member_that_is_newly_none_is_more_and_one_that_no_longer_is_may_be_missed(tmp_path: Path) -> None:
    none = ANSWER | {"none": ["service_tier"]}
    assert (
        "caller sees more ×1: caller value.service_tier: absent → None"
        in told(tmp_path / "1", [case()], [case(seen=none)])[1]
    )
    assert (
        "caller sees something else ×1: caller value.service_tier: None → absent"
        in told(tmp_path / "2", [case(seen=none)], [case()])[1]
    )


def test_another_body_in_a_second_turn_and_a_redirect_that_is_followed_are_on_the_wire(tmp_path: Path) -> None:
    turn, with_more = sent(body={"messages": ["a"]}), sent(body={"messages": ["a"], "parsed_arguments": {}})
    old, new = [case("a", sent=[sent(), turn])], [case("a", sent=[sent(), with_more])]
    said = told(tmp_path / "1", old, new)[1]
    assert any(line.endswith("wire body.parsed_arguments: absent → {}") for line in said)
    redirected = [sent(status=307), sent(path="/elsewhere")]
    said = told(tmp_path / "2", [case(sent=redirected[:1])], [case(sent=redirected)])[1]
    assert said[1] == "more requests ×1: requests: 1 → 2"
    assert any("wire a request: absent → POST /elsewhere, answered 200" in line for line in said)


def test_a_file_that_cannot_be_imported_is_one_cause(tmp_path: Path) -> None:
    broken = {"id": "sdk/openai_chat.import", "sent": [], "seen": raised("ImportError", text="no name x in openai")}
    old = [case(name) for name in "abcd"]
    code, said = told(tmp_path / "1", old, [broken])
    assert code == 1
    assert said[1] == "broken ×4: cannot be imported: ImportError: no name x in openai"
    assert said[-1] == "4 broken"
    code, said = told(tmp_path / "2", [broken], old)
    assert (code, said[-1]) == (0, "4 fixed")
    code, said = told(tmp_path / "3", [broken], [broken])
    assert (code, said[-1]) == (0, "1 unchanged")


def test_a_case_called_import_is_none(tmp_path: Path) -> None:
    failing = case("import", sent=[], seen=raised("ImportError"))
    code, said = told(tmp_path, [case("a"), failing], [case("a"), failing])
    assert (code, said[-1]) == (0, "2 unchanged")


def test_new_type_errors_fail_and_types_that_one_run_has_not_checked_are_no_change(tmp_path: Path) -> None:
    def types(*entries: str) -> Case:
        return {"id": "sdk/openai_chat.types", "sent": [], "seen": {"types": [*entries]}}

    entry = '[attr-defined] "Response" has no attribute "output_text"'
    code, said = told(tmp_path / "1", [case(), types("[a] b")], [case(), types("[a] b", entry)])
    assert (code, said[1], said[-1]) == (1, f"type errors ×1: {entry}", "1 type errors, 1 unchanged")
    code, said = told(tmp_path / "2", [case()], [case(), types(entry)])
    assert (code, said[-1]) == (0, "1 unchanged")
    code, said = told(tmp_path / "3", [case(), types(entry)], [case(), types()])
    assert (code, said[-1]) == (0, "1 fixed, 1 unchanged")


def test_what_one_of_the_runs_was_not_asked_is_no_change(tmp_path: Path) -> None:
    """Files that were written before it was looked at have neither connections nor warnings nor anything else of the kind."""
    more = ANSWER | {"warnings": [["A", "b"]], "logs": [["a", "WARNING", "b"]], "dump": {"type": "E"}, "none": ["x"]}
    new = case(seen=more, connections=4, duration_s=20.0)
    assert told(tmp_path / "1", [case()], [new], was={})[1][-1] == "1 unchanged"
    assert told(tmp_path / "2", [new], [case()], now={})[1][-1] == "1 unchanged"


def test_all_of_a_change_is_kept_and_the_gravest_counts(tmp_path: Path) -> None:
    other = case(sent=[sent(query="a=b", headers={"user-agent": "x"})], seen={"value": 1}, connections=2)
    code, said = told(
        tmp_path, [case(sent=[sent(headers={"user-agent": "y"})], seen={"value": 2}, connections=1)], [other]
    )
    assert code == 0
    assert [line.partition(" ×")[0] for line in said if "×" in line] == [
        "wire changed", "caller sees something else", "connections", "other headers",
    ]  # fmt: skip
    assert said[-1] == "1 wire changed"


def test_of_an_exceptions_changes_its_class_comes_first(tmp_path: Path) -> None:
    old = raised("A", "APIError", text="a", status=400, body={"message": "a"}, attributes={"code": "a"})
    new = raised("B", "APIError", text="b", status=422, body={"message": "b"}, attributes={"code": "b"})
    said = told(tmp_path, [case(seen=old)], [case(seen=new)], "--all")[1]
    assert said[1] == 'caller sees something else ×1: caller error.type: "A" → "B"'
    assert said[3] == "    caller error.status: 400 → 422"
    assert said[4].startswith("    caller error.text")


def test_of_an_answer_that_takes_its_time_where_there_was_none_nothing_is_slower(tmp_path: Path) -> None:
    old, new = case(seen=raised("TypeError"), duration_s=0.001), case(duration_s=2.5)
    assert told(tmp_path, [old], [new])[1][-1] == "1 fixed"


def test_one_exception_is_one_cause_whether_it_stands_for_an_answer_or_for_another_exception(tmp_path: Path) -> None:
    refused, proxies = raised("APIConnectionError"), raised("TypeError", text="got 'proxies'")
    old = [case("a", connections=1, seen=ANSWER | {"warnings": [["A", "b"]]}), case("b", sent=[], seen=refused)]
    new = [case("a", sent=[], connections=0, seen=proxies), case("b", sent=[], seen=proxies)]
    code, said = told(tmp_path, old, new)
    assert code == 1
    assert said[1] == "broken ×2: TypeError: got 'proxies'"
    assert [line for line in said if "×" in line] == said[1:2]
    assert "connections" not in "".join(said)
    assert "no longer" not in "".join(said)


def test_a_text_in_place_of_a_list_of_it_is_of_the_caller(tmp_path: Path) -> None:
    said = told(tmp_path, [case(seen={"value": {"content": ["a"]}})], [case(seen={"value": {"content": "a"}})])[1]
    assert said[1] == 'caller sees something else ×1: caller value.content: ["a"] → "a"'


PICTURE = "data:image/{};base64,…"


@pytest.mark.parametrize(
    ("new", "code", "says"),
    [
        (
            {"seen": raised("AttributeError", text="'Response' object has no attribute 'output_text'")},
            1,
            "broken ×1: Attribute",
        ),
        ({"seen": raised("RuntimeError", text="the client has been closed")}, 1, "broken ×1: RuntimeError: the client"),
        ({"seen": raised("TypeError", text="async for") | {"events": [1]}}, 1, "broken ×1: TypeError: async for"),
        ({"sent": [sent(body=PICTURE.format("png"))]}, 0, "wire changed ×1: wire body: "),
        ({"failure": {"type": "AssertionError", "text": "no greeting"}}, 1, "broken ×1: AssertionError: no greeting"),
        ({"seen": raised("Crash", text="by signal 11")}, 1, "broken ×1: Crash: by signal 11"),
    ],
)
def test_others_that_were_seen(tmp_path: Path, new: Case, code: int, says: str) -> None:
    old = case(sent=[sent(body=PICTURE.format("jpeg"))]) if "sent" in new else case()
    found, said = told(tmp_path, [old], [case(**new)])
    assert (found, said[1].startswith(says)) == (code, True), said
