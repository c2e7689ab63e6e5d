"""How a failing case reads in the terminal: three lines that a stranger can act on, the exchange, and its curl."""

from conformance.report.failure_text import of_case
from tests.report.made import altered, exchange, finding, generated
from tests.report.parsed import HOSTILE


def test_a_generated_case_reads_like_any_other() -> None:
    lines = of_case(generated("messages.[].content", "null_value", 1, sent=20)).splitlines()
    assert [line.split()[0] for line in lines] == ["SPEC-INVALID-REFUSED", "expected", "actual", "sent", "came", "curl"]
    assert lines[0].startswith("SPEC-INVALID-REFUSED  MUST  A request that holds what the pages forbid is refused")
    assert lines[1:5] == [
        "  expected  any 4xx",
        "  actual    null value at messages.[].content of createChatCompletion is taken: 200, x",
        "  sent      POST /ai-gateway/mlflow/v1/responses  {" + " " * 18 + "}",
        '  came      200  {"status":"completed"}',
    ]


def test_the_plain_request_beside_it_is_left_out() -> None:
    assert of_case(generated("stop", "null_value", 1)).count("curl -sS") == 1


def test_only_what_is_violated_is_told() -> None:
    one = generated("stop", "null_value", 1)
    more = [
        finding("SPEC-INVALID-REFUSED", kind, f"of kind {kind}") for kind in ("inapplicable", "warning", "undecided")
    ]
    told = of_case(altered(one, findings=[*({"exchange": "", **found} for found in more), *one.to_json()["findings"]]))
    assert "of kind" not in told
    assert told.count("SPEC-INVALID-REFUSED  MUST") == 1


def test_a_body_that_is_no_text_stays_on_its_line_and_short() -> None:
    one = generated("", "null_bytes", 1, actual=HOSTILE)
    row = exchange(one.exchanges[0].id, body="\x00\u202e\n" * 400, answer=HOSTILE)
    lines = of_case(altered(one, exchanges=[row])).splitlines()
    assert len(lines) == 6
    assert not any(set(line) & set("\x00\x1b\u202e") for line in lines)
    assert lines[3].count("\\u0000") == 100
