"""Two runs of client cases side by side: what is the wire, what is the caller, what broke."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli import main

CHAT = {
    "model": "system.ai.claude-sonnet-4-5",
    "messages": [{"role": "user", "content": "Say hello."}],
    "max_tokens": 16,
}
PATIENCE = "x-stainless-read-timeout"


def sent(**changed: Any) -> dict[str, Any]:
    plain = {"method": "POST", "path": "/ai-gateway/mlflow/v1/chat/completions", "query": "", "status": 200}
    return (
        plain
        | {"headers": {"accept": "application/json", "authorization": "bearer"}, "body": copy.deepcopy(CHAT)}
        | changed
    )


def case(name: str = "plain", **changed: Any) -> dict[str, Any]:
    seen = {"type": "ChatCompletion", "value": {"choices": [{"finish_reason": "stop", "message": {"content": "hi"}}]}}
    plain = {"id": f"sdk/openai_chat.{name}", "verdict": "passed", "findings": [], "sent": [sent()], "seen": seen}
    return plain | changed


def run(path: Path, version: str, *cases: dict[str, Any], **document: Any) -> str:
    path.mkdir()
    document = {"clients": {"openai": version, "httpx": "0.28.1"}, "cases": list(cases or [case()])} | document
    (path / "results.json").write_text(json.dumps(document))
    return str(path)


def compared(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["compare", *arguments])
    return done.exit_code, done.output


OTHER = {"error": {"type": "TypeError", "text": "what?", "is_a": ["TypeError"]}}
ERROR = {"error": {"type": "APIError", "text": "no such thing", "is_a": ["APIError"]}}


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        (case(), case(), 0, ["1 unchanged"]),
        (case(), case(sent=[sent(body=CHAT | {"n": 1})]), 0, ["wire changed ×1: wire body.n: absent → 1", "    openai_chat.p"]),
        (
            case(), case(sent=[sent(path="/ai-gateway/mlflow/v2/chat/completions")]), 0,
            ["against the documents: the documents name no path /ai-gateway/mlflow/v2/chat/completions"],
        ),
        (
            case(), case(sent=[sent(body=CHAT | {"max_tokens": "16"})]), 0,
            ["against the documents: max_tokens is not what ChatCompletionRequest says"],
        ),
        (
            case(), case(seen={"type": "Completion", "value": case()["seen"]["value"]}), 0,
            ['caller sees something else ×1: caller type: "ChatCompletion" → "Completion"'],
        ),
        (case(), case(seen=ERROR), 1, ["broken ×1: APIError: no such thing", "    openai_chat.plain", "1 broken"]),
        (case(), case(findings=["text: lost"], verdict="failed"), 1, ["broken ×1: text: lost"]),
        (case(seen=ERROR), case(), 0, ["fixed ×1: APIError: no such thing"]),
        (case(seen=ERROR), case(seen={"error": ERROR["error"] | {"text": "other"}}), 0, ["caller sees something else"]),
        (case(findings=["text: lost"]), case(findings=["text: lost"]), 0, ["1 unchanged"]),
        (case(), case("other"), 0, ["1 new, 1 gone"]),
        (case(sent=[sent(answer="a1")]), case(sent=[sent(answer="b2")], seen=ERROR), 0, ["1 answered otherwise"]),
        (case(sent=[sent(status=200)]), case(sent=[sent(status=500)], seen=ERROR), 0, ["1 answered otherwise"]),
        (
            case(sent=[sent(answer="a1")]), case(sent=[sent(query="b=1", answer="b2", status=400)], seen=ERROR), 1,
            ["broken ×1: APIError", "wire query", "wire status: 200 → 400"],
        ),
        (case(), case(sent=[sent(answer="b2")]), 0, ["1 unchanged"]),
        # What the older client could not do at all does not break; what the newer one no longer asks for does.
        (case(sent=[], seen=ERROR), case(seen=OTHER), 0, ["1 new", "it could not be called before: APIError"]),
        (case(sent=[], seen=ERROR), case(), 0, ["1 fixed"]),
        (case(seen=ERROR), case(sent=[], seen=OTHER), 1, ["1 broken", "TypeError: what?"]),
        (case(sent=[], seen=OTHER), case(sent=[], seen=ERROR), 0, ["1 caller sees something else"]),
        # A finding that is new breaks, whatever else was found before; another wording of the same does not.
        (case(findings=["text: 'a' lost"]), case(findings=["text: 'b' lost", "reasoning: gone"]), 1, ["reasoning: gone"]),
        (case(findings=["text: 'a' lost"]), case(findings=["text: 'b' lost"]), 0, ["1 unchanged"]),
        (case(findings=["text: 'a' lost"]), case(), 0, ["1 fixed"]),
        (case(), case(sent=[sent(body=CHAT | {"n": 1})], findings=["request: n: the caller gives nothing"]), 0,
         ["1 wire changed"]),
        (case(), case(seen=case()["seen"] | {"classes": ["A"]}), 0, ["1 caller sees more"]),
        (case(sent=[sent(headers={"others": ["a", "b"]})]), case(sent=[sent(headers={"others": ["b", "c"]})]), 0,
         ["1 other headers", 'wire headers.others: ["a"] → ["c"]']),
        # How long a client waits may be said or not; that it waits less is no matter of naming.
        (case(sent=[sent(headers={})]), case(sent=[sent(headers={PATIENCE: "600"})]), 0, ["1 other headers"]),
        (case(sent=[sent(headers={PATIENCE: "600"})]), case(sent=[sent(headers={PATIENCE: "1"})]), 0,
         [f'wire changed ×1: wire headers.{PATIENCE}: "600" → "1"']),
        (case(), case(sent=[sent(body=CHAT | {"max_tokens": 16.0})]), 0, ["wire body.max_tokens: 16 → 16.0"]),
        (case(), case(sent=[sent(body=CHAT | {"shrug": 1})]), 0, ["against the documents: the documents show no shrug"]),
        (
            case(), case(sent=[sent(method="GET", path="/.well-known/config", status=404), sent()]), 0,
            ["wire changed ×1: wire a request: absent → GET /.well-known/config, answered 404", "1 wire changed"],
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_case(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], code: int, says: list[str]
) -> None:
    found, said = compared(run(tmp_path / "old", "2.0.0", old), run(tmp_path / "new", "3.0.0", new))
    assert found == code, said
    assert [word for word in says if word not in said] == [], said
    assert said.splitlines()[0] == "openai 2.0.0 → 3.0.0"


def test_what_is_alike_is_told_once(tmp_path: Path) -> None:
    names = [f"case{number}" for number in range(9)]
    old = run(tmp_path / "old", "1", *map(case, names))
    new = run(tmp_path / "new", "2", *(case(name, sent=[sent(query="a=b")]) for name in names))
    _, said = compared(old, new)
    assert said.count("wire changed ×9: wire query") == said.count("wire changed ×") == 1
    assert "and 6 more" in said
    assert "9 wire changed" in said


def test_places_are_told_once_wherever_they_stand(tmp_path: Path) -> None:
    old = run(tmp_path / "old", "1", case(sent=[sent(), sent()], seen={"events": [{"a": 1}, {"a": 1}]}))
    new = run(
        tmp_path / "new", "2", case(sent=[sent(query="b"), sent(query="b")], seen={"events": [{"a": 2}, {"a": 2}]})
    )
    said = compared(old, new)[1]
    assert said.count("wire query") == said.count("caller events[*].a") == 1


def test_what_a_client_did_before_and_still_does_is_told_once_more(tmp_path: Path) -> None:
    lost = [case(name, findings=["text: 'a', the client loses it"]) for name in ("a", "b")]
    old, new = run(tmp_path / "old", "1", *lost), run(tmp_path / "new", "2", *lost)
    code, said = compared(old, new, "--html", str(tmp_path / "page.html"), "--markdown", str(tmp_path / "table.md"))
    assert code == 0
    assert "as before: 1 finding (--all or --html FILE tells them)" in said
    told = "openai 2: text: 'a', the client loses it  (openai_chat.a and 1 more)"
    assert f"as before: {told}" in compared(old, new, "--all")[1]
    assert "the client loses it" in (tmp_path / "page.html").read_text()
    assert f"- `{told}" in (tmp_path / "table.md").read_text()


def test_of_cases_that_are_alike_the_most_usual_values_are_told(tmp_path: Path) -> None:
    texts = ["rare", "usual", "usual", "usual", "second", "second"]
    old = run(tmp_path / "old", "1", *(case(str(number), seen={"value": text}) for number, text in enumerate(texts)))
    new = run(tmp_path / "new", "2", *(case(str(number), seen={"value": "other"}) for number in range(len(texts))))
    assert 'caller sees something else ×6: caller value: "usual" → "other"' in compared(old, new)[1]
    said = compared(old, new, "--all")[1]
    assert said.index('"usual" → "other"') < said.index('"second" → "other"')
    assert "rare" not in said


def test_the_terminal_tells_a_dozen_causes(tmp_path: Path) -> None:
    names = [f"case{number}" for number in range(15)]
    old = run(tmp_path / "old", "1", *map(case, names))
    new = run(tmp_path / "new", "2", *(case(name, sent=[sent(body=CHAT | {name: 1})]) for name in names))
    said = compared(old, new, "--html", str(tmp_path / "all.html"))[1]
    assert said.count("wire changed ×1:") == 12
    assert "and 3 more causes: --all or --html FILE tells them" in said
    assert compared(old, new, "--all")[1].count("wire changed ×1:") == 15
    assert compared(old, new, "--all")[1].count("against the documents: the documents show no case") == 15
    assert all(name in (tmp_path / "all.html").read_text() for name in names)


def test_of_some_cases_alone_the_others_are_not_gone(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old", "1", case(), case("b")), run(tmp_path / "new", "2", case())
    assert "1 gone, 1 unchanged" in compared(old, new)[1]
    path = tmp_path / "new" / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"partial": True}))
    assert "gone" not in compared(old, new)[1]


def test_a_history_and_where_it_changed(tmp_path: Path) -> None:
    runs = [run(tmp_path / str(number), f"{number}.0", case(), case("b")) for number in (1, 2)]
    runs += [
        run(tmp_path / "3", "3.0", case(seen=ERROR), case("b")),
        run(tmp_path / "4", "4.0", case(seen=ERROR), case("b")),
    ]
    code, said = compared(*runs, "--bisect")
    assert code == 1
    assert "openai 1.0 → 2.0: 2 unchanged" in said
    assert "openai 2.0 → 3.0: 1 broken, 1 unchanged" in said
    assert "first with openai 3.0: broken ×1: APIError: no such thing (openai_chat.plain)" in said
    assert "openai_chat.b" not in said


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_text('{"cases": [], "clients": {}}'),
        lambda path: path.write_text('{"cases": 3}'),
        lambda path: path.write_text(json.dumps({"cases": [case(seen=[])], "clients": {}})),
        lambda path: path.write_text(json.dumps({"cases": [case(sent={"a": 1})], "clients": {}})),
        lambda path: path.write_text(json.dumps({"cases": [case(seen={"error": "no"})], "clients": {}})),
        lambda path: path.write_text(json.dumps({"cases": [case(seen={"warnings": "no"})], "clients": {}})),
        lambda path: path.write_text(json.dumps({"cases": [case(duration_s="no")], "clients": {}})),
        lambda path: path.write_text(json.dumps({"cases": [case()], "clients": {}, "distributions": []})),
        lambda path: path.write_text(json.dumps({"cases": [case()], "clients": {}, "recordings": 3})),
        lambda path: path.unlink(),
    ],
)
def test_what_cannot_be_compared_is_one_line(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    old, new = run(tmp_path / "old", "1"), run(tmp_path / "new", "2")
    harm(tmp_path / "new" / "results.json")
    code, said = compared(old, new)
    assert code == 4, said
    assert len(said.strip().splitlines()) == 1


def test_two_clients_have_nothing_in_common(tmp_path: Path) -> None:
    other = case() | {"id": "sdk/genai_chat.plain"}
    code, said = compared(run(tmp_path / "old", "1"), run(tmp_path / "new", "2", other))
    assert code == 4
    assert "have no case in common" in said


def test_each_client_is_compared_with_its_own(tmp_path: Path) -> None:
    """What one of them breaks is not hidden by the order in which they are given; what has no like is named."""
    google, databricks = (case() | {"id": f"sdk/{name}.plain"} for name in ("genai_content", "databricks_sdk"))
    old, other = run(tmp_path / "old", "1", case()), run(tmp_path / "other", "1", google)
    new = run(tmp_path / "new", "2", case(), google | {"seen": ERROR}, databricks)
    code, said = compared(old, other, new)
    assert (code, said.count("1 unchanged"), said.count("1 broken")) == (1, 1, 1)
    assert "databricks-sdk: nothing to compare with; databricks-sdk==0.20.0 or" in said
    code, said = compared(other, old)
    assert (code, "have no case in common" in said) == (4, True)


def test_a_case_that_fails_by_itself_is_broken(tmp_path: Path) -> None:
    failed = case(verdict="failed", failure={"type": "AssertionError", "text": "no greeting"})
    old, new = run(tmp_path / "old", "1", case()), run(tmp_path / "new", "2", failed)
    code, said = compared(old, new)
    assert (code, "AssertionError: no greeting" in said, "1 broken" in said) == (1, True, True)
    code, said = compared(new, old)
    assert (code, "1 fixed" in said) == (0, True)


def test_a_run_that_was_ended_is_not_compared(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old", "1"), run(tmp_path / "new", "2")
    path = tmp_path / "new" / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"complete": False}))
    code, said = compared(old, new)
    assert (code, "was ended before its time" in said, len(said.splitlines())) == (4, True, 1)


def test_what_is_newly_lost_and_what_was_lost_before_are_told_apart(tmp_path: Path) -> None:
    before, since = "text: 'a', the client loses it", "request: n: the caller gives 1, the client sends nothing"
    old, new = (
        run(tmp_path / "old", "1", case(findings=[before])),
        run(tmp_path / "new", "2", case(findings=[before, since])),
    )
    said = compared(old, new)[1]
    assert f"new: openai 2: {since}" in said
    assert "as before: 1 finding" in said
    assert f"as before: openai 2: {before}" in compared(old, new, "--all")[1]


def test_a_bisection_names_each_change(tmp_path: Path) -> None:
    runs = [run(tmp_path / str(at), f"{at}.0", case(seen={"value": value})) for at, value in enumerate("abba", 1)]
    said = compared(*runs, "--bisect")[1]
    assert [line.split()[3] for line in said.splitlines() if "first with" in line] == ["2.0:", "4.0:"]


def test_values_are_cut_around_what_differs(tmp_path: Path) -> None:
    old = run(tmp_path / "old", "1", case(seen={"value": "x" * 300 + "old" + "y" * 300}))
    new = run(tmp_path / "new", "2", case(seen={"value": "x" * 300 + "new" + "y" * 300}))
    said = compared(old, new, "--markdown", str(tmp_path / "table.md"))[1]
    for text in (said, (tmp_path / "table.md").read_text()):
        assert "xold" in text
        assert "xnew" in text


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said = compared(run(tmp_path / "old", "1"), str(tmp_path / "nowhere"))
    assert code == 4
    assert f"there is no {tmp_path / 'nowhere'}" in said
