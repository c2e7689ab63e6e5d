"""deviations.toml: each mistake is told in a line, with its place and how to mend it; drafts, and what is dropped."""

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.recordings import shipped
from conformance.report.deviations_draft import as_toml, drafted, passing, without
from conformance.report.deviations_file import LONGEST, read
from conformance.report.results import CaseResult, Deviation, Results
from tests.report.made import case, exchange, finding, generated, results
from tests.report.parsed import HOSTILE
from tests.report.test_deviations import DAY, RENAMED, STORE, TIER, found, held, in_passing, known

SOUND = {
    "requirement": f'"{STORE}"',
    "verdict": '"failed"',
    "owner": '"proxy team"',
    "reason": '"the upstream stores"',
    "first_seen": "2025-10-01",
    "expires": "2025-12-31",
}


def entry(**changed: str | None) -> str:
    """An entry of the file; None leaves a key out."""
    keys = {name: value for name, value in {**SOUND, **changed}.items() if value is not None}
    return "[[deviation]]\n" + "".join(f"{name} = {value}\n" for name, value in keys.items())


def written(directory: Path, text: str) -> tuple[Deviation, ...]:
    path = directory / "deviations.toml"
    path.write_text(text, encoding="utf-8")
    return read(path, DAY, shipped, "my-proxy")


def test_a_sound_file(tmp_path: Path) -> None:
    narrowed = {"case": '"responses/unsupported_parameters.refused-store"', "model": '"gpt-5"', "ticket": '"X-1"'}
    one, other = written(tmp_path, entry() + "# why\n" + entry(**narrowed))
    assert (one.requirement, one.case, one.model, one.expires) == (STORE, "", "", date(2025, 12, 31))
    assert (other.case, other.model, other.ticket) == ("responses/unsupported_parameters.refused-store", "gpt-5", "X-1")
    assert written(tmp_path, "# nothing is known\n") == ()
    assert len(written(tmp_path, 'target = "my-proxy"\n' + entry())) == 1


def test_an_end_may_be_180_days_away_and_may_be_over(tmp_path: Path) -> None:
    assert written(tmp_path, entry(expires=str(DAY + timedelta(days=180))))
    assert written(tmp_path, entry(expires="2025-10-02")), "what is expired is told by the run"
    assert timedelta(days=180) == LONGEST


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"requirement": '"RESP-400-STOER"'}, "unknown requirement 'RESP-400-STOER'; did you mean RESP-400-STORE?"),
        (
            {"requirement": '"ACME-ROUTE-HEADER"'},
            "requirements of your own cannot be deviations: mend the target, or their",
        ),
        ({"requirement": '"REPS-400-STORE"'}, "did you mean RESP-400-STORE?"),
        ({"requirement": '"AUTH-REFUSED"'}, "authentication cannot be waived: mend the target"),
        ({"requirement": '"GEM-AUTH-BEARER"'}, "authentication cannot be waived"),
        ({"requirement": '"completeness"'}, "completeness cannot be waived"),
        ({"requirement": None}, "missing required field `requirement`; give requirement, verdict"),
        (
            {"case": '"responses/unsupported_parameters.refused-stroe"'},
            "did you mean responses/unsupported_parameters.refused-",
        ),
        (
            {"case": '"responses/corpus.broken-createResponse-x-y-0"'},
            "unknown case 'responses/corpus.broken-createResponse",
        ),
        ({"case": '"../../etc/corpus.a-b-c"'}, "unknown case '../../etc/corpus.a-b-c'"),
        ({"model": '"system.ai.gpt-5"'}, "unknown model 'system.ai.gpt-5'"),
        ({"verdict": '"failing"'}, "Invalid enum value 'failing' - at `$.verdict`; give requirement"),
        ({"verdict": '"not_tested"'}, "what was not judged does not deviate; completeness cannot be waived"),
        ({"verdict": '"passed"'}, "Invalid enum value 'passed'"),
        ({"verdict": None}, "missing required field `verdict`"),
        ({"owner": '""'}, "no owner: say who answers for it"),
        ({"owner": None}, "no owner: say who answers for it"),
        ({"reason": '" "'}, "no reason: say why it is accepted"),
        ({"reason": None}, "no reason: say why it is accepted"),
        ({"ticket": "7"}, "Expected `str`, got `int` - at `$.ticket`"),
        ({"first_seen": None}, "missing required field `first_seen`"),
        ({"first_seen": "2025-11-23"}, "first_seen 2025-11-23 is still to come"),
        ({"first_seen": '"last week"'}, "Invalid RFC3339 encoded date - at `$.first_seen`"),
        ({"expires": None}, "missing required field `expires`"),
        ({"expires": "2025-09-30"}, "expires 2025-09-30 is before first_seen 2025-10-01"),
        ({"expires": "2026-05-22"}, "expires 2026-05-22 is more than 180 days away: give 2026-05-21 at most"),
        ({"expiers": "2025-12-31"}, "unknown key 'expiers'; did you mean expires?"),
    ],
)
def test_a_mistake_in_an_entry(tmp_path: Path, changed: dict[str, str | None], says: str) -> None:
    with pytest.raises(UsageError) as error:
        written(tmp_path, entry(requirement=f'"{TIER}"') + entry(**changed))
    line = str(error.value)
    assert says in line
    assert "deviations.toml, deviation 2" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[deviation", "it is no TOML"),
        (f"a = {'[' * 9999}", "it is no TOML"),
        ('owner = "x"', "unknown key 'owner'; it holds target and [[deviation]] alone"),
        ("[[deviations]]\n", "unknown key 'deviations'; did you mean deviation?"),
        (
            'target = "other"\n',
            "are those of 'other', and this is 'my-proxy': give the file of 'my-proxy', or take the line",
        ),
        ("target = 1\n", "target must be the name of the target that the file is about"),
        ("[deviation]\n", "write each as [[deviation]], in double brackets"),
        ("deviation = 1\n", "write each as [[deviation]], in double brackets"),
        (entry() + entry(), f"deviation 2 ({STORE}): it is about the same as deviation 1: keep one of them"),
    ],
)
def test_a_mistake_in_the_file(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        written(tmp_path, text)
    assert says in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.toml: No such file"):
        read(tmp_path / "no.toml", DAY, shipped, "my-proxy")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="it is no TOML"):
        read(tmp_path / "bytes.toml", DAY, shipped, "my-proxy")


def test_generated_cases_are_known_too() -> None:
    tape = (shipped.resources.directory("cassettes") / "responses" / "corpus.createResponse.jsonl").read_text()
    name = tape[tape.index('"responses/corpus.') + 1 :].partition('"')[0]
    assert shipped.is_case(name)
    assert not shipped.is_case(f"{name}0")


def draft(*cases: CaseResult, owner: str = "") -> list[Deviation]:
    return drafted(results(*cases), cases, owner, DAY)


@pytest.mark.parametrize(
    ("cases", "narrowed"),
    [
        ([found("responses/a")], ("", "")),
        ([found("responses/a"), found("responses/b", "passed")], ("responses/a", "")),
        ([found("responses/a"), found("responses/b"), found("responses/c", "passed")], ("", "")),
        ([found("responses/a"), found("responses/b"), found("responses/c", "passed", model="gpt-5-1")], ("", "gpt-5")),
        ([found("responses/a"), found("responses/b"), found("responses/c", model="gpt-5-1")], ("", "")),
    ],
)
def test_a_draft_is_as_narrow_as_what_was_found(cases: list[CaseResult], narrowed: tuple[str, str]) -> None:
    (one,) = draft(*cases)
    assert (one.requirement, one.case, one.model) == (STORE, *narrowed)
    assert held(*cases, deviations=draft(*cases)).verdict == "conformant_with_deviations"


def test_a_draft_covers_what_was_found_of_an_unknown_model_too() -> None:
    cases = [
        *(in_passing(name, "five") for name in "abcd"),
        in_passing("e", "seven"),
        case("responses/z", {STORE: "passed"}, exchanges=[exchange("responses/z#1", body='{"model":"five-one"}')]),
    ]
    (one,) = written_again(*cases, target=RENAMED)
    assert (one.case, one.model) == ("", "")
    assert held(*cases, deviations=[one], target=RENAMED).verdict == "conformant_with_deviations"


@pytest.mark.parametrize("model", ["gpt-5", "gpt-5-1"])
def test_a_draft_is_no_narrower_than_what_stayed_undecided(model: str) -> None:
    cases = [
        found("responses/a"),
        found("responses/b", "inconclusive", model=model),
        found("responses/c", "passed", model="gpt-5-1"),
    ]
    (one,) = draft(*cases)
    assert (one.case, one.model) == ("", "")
    assert held(*cases, deviations=[one]).verdict == "conformant_with_deviations"


def written_again(*cases: CaseResult, **changed: Any) -> list[Deviation]:
    """A draft of what a report has kept of these cases."""
    run = results(*cases, **changed)
    exchanges = {one.id: one for each in cases for one in each.exchanges}
    return drafted(run, [CaseResult.of_row(row, exchanges) for row in run.cases], "", DAY)


def test_a_draft_leaves_out_what_cannot_be_waived_or_is_known() -> None:
    cases = [
        found("responses/a"),
        found("chat/a", about="AUTH-REFUSED"),
        found("responses/b", "inconclusive", about=TIER),
    ]
    assert [one.requirement for one in draft(*cases)] == [STORE]
    assert drafted(held(*cases, deviations=[known()]), cases, "", DAY) == []


def test_a_draft_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    cases = [case("responses/a", {STORE: "failed"}, finding(STORE, "violation", f"{HOSTILE}\n[[x]]"))]
    for owner, lacks in (("", "no owner"), ("proxy team", "no reason")):
        text = as_toml(results(*cases), draft(*cases, owner=owner))
        with pytest.raises(UsageError, match=f"deviation 1 \\({STORE}\\): {lacks}"):
            written(tmp_path, text)
    assert tomllib.loads(text)["target"] == "my-proxy"
    filled = written(tmp_path, text.replace('reason = ""', 'reason = "it stores"'))
    assert [(one.requirement, one.owner, one.first_seen, one.expires) for one in filled] == [
        (STORE, "proxy team", DAY, DAY + timedelta(days=90))
    ]


def places(run: Results, cases: Sequence[CaseResult], *deviations: Deviation) -> list[int]:
    return passing(run, cases, deviations)


def test_only_what_was_tested_and_passes_is_dropped() -> None:
    cases = [found("responses/a"), found("responses/b", "passed", about=TIER)]
    known_ones = (known(), known(requirement=TIER, expires=date(2025, 10, 2)), known(requirement="RESP-MAXOUT"))
    assert places(results(*cases), cases, *known_ones) == [1]
    assert places(held(*cases, deviations=list(known_ones)), cases, *known_ones) == [1]


@pytest.mark.parametrize(
    "selection",
    [{"keyword": "x"}, {"cheap": True}, {"shard": "1/2"}, {"failed_in": "2025-11-21T00:00:00Z"}, {"markers": "must"}],
)
def test_a_part_drops_only_what_is_about_one_case(selection: dict[str, Any]) -> None:
    cases = [found("responses/b", "passed")]
    run = results(*cases, selection={"surfaces": [], "cheap": False, **selection})
    assert places(run, cases, known()) == []
    assert places(run, cases, known(case="responses/b")) == [0]


def test_a_few_generated_requests_drop_nothing() -> None:
    about, surfaces = "SPEC-INVALID-REFUSED", ("chat", "responses", "gemini", "serving")
    cases = [
        *(generated("stop", "null_value", number, "passed", surface=name) for number, name in enumerate(surfaces)),
        found("responses/b", "passed"),
    ]
    few = {"surfaces": [], "cheap": False, "corpus": "smoke"}
    assert places(results(*cases), cases, known(), known(requirement=about)) == [0, 1]
    assert places(results(*cases, selection=few), cases, known(), known(requirement=about)) == [0]


def test_a_report_of_other_surfaces_drops_nothing() -> None:
    cases = [found("chat/b", "passed", about="SPEC-ANSWER-FITS")]
    assert places(results(*cases), cases, known(requirement="SPEC-ANSWER-FITS")) == []
    assert places(results(*cases, incomplete=["x"]), cases, known(requirement="SPEC-ANSWER-FITS")) == []


def test_an_entry_goes_with_its_comment() -> None:
    first, second = entry(), entry(requirement=f'"{TIER}"')
    text = f"# ours\n\n# first\n{first}\n# second\n# of two lines\n{second}\n# last\n"
    assert without(text, [0]) == f"# ours\n\n# second\n# of two lines\n{second}\n# last\n"
    assert without(text, [1]) == f"# ours\n\n# first\n{first}\n"
    assert without(text, []) == text


MISLEADING = entry(reason="'''\n[[deviation]]\n'''") + entry(requirement=f'"{TIER}"')


@pytest.mark.parametrize("text", [MISLEADING, "deviation = [{a = 1}, {a = 2}]\n"])
def test_what_cannot_be_told_apart_is_left_alone(text: str) -> None:
    with pytest.raises(UsageError, match="write each below a line"):
        without(text, [0])


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9), max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_what_is_dropped_is_gone_and_nothing_else(reasons: list[str], dropped: set[int]) -> None:
    text = "".join(
        entry(reason="'''" + reason.replace("'", "") + "'''") + f"# {number}\n" for number, reason in enumerate(reasons)
    )
    before = tomllib.loads(text).get("deviation", [])
    after = tomllib.loads(without(text, dropped)).get("deviation", []) if before else []
    assert after == [one for number, one in enumerate(before) if number not in dropped]
