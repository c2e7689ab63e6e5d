"""What a target does not offer: its requirements do not apply, its cases are not sent, and the others are judged as ever."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance import resources
from conformance.checks.verdicts import Verdict, strongest
from conformance.recordings.manifest import chain
from conformance.report.results import CaseResult
from conformance.requirements import always_offered, catalogue, features
from conformance.runs.inprocess import judge
from conformance.targets.target import from_file

REASON = "not on this proxy"


def replayed(where: Path, **not_offered: str) -> Mapping[str, CaseResult]:
    """What the cases find in the bundled recordings, were they of a target that leaves these out."""
    bundled = resources.directory("cassettes")
    for path in bundled.iterdir():
        if path.name != "manifest.json":
            (where / path.name).symlink_to(path.resolve())
    manifest = json.loads((bundled / "manifest.json").read_text())
    manifest["target"]["not_offered"] = not_offered
    manifest["chain"] = chain(manifest)
    (where / "manifest.json").write_text(json.dumps(manifest))
    judged = judge({"cassettes": where})
    assert not judged.usage_error
    assert judged.errors == ()
    return judged.results


def verdicts(cases: Mapping[str, CaseResult]) -> dict[str, Verdict]:
    found: dict[str, list[Verdict]] = {}
    for case in cases.values():
        for requirement, verdict in case.verdicts.items():
            found.setdefault(requirement, []).append(verdict)
    return {requirement: strongest(several) for requirement, several in found.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    return verdicts(replayed(tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("feature", list(features()))
def test_the_catalogue_lists_just_what_no_case_can_decide_without_a_feature(
    feature: str, whole: dict[str, Verdict], tmp_path: Path
) -> None:
    cases = replayed(tmp_path, **{feature: REASON})
    found = verdicts(cases)
    gone = {name for name in whole if found[name] == "not_applicable"} - {
        name for name in whole if whole[name] == "not_applicable"
    }
    listed = features()[feature].requirements
    assert {name for name in listed if whole[name] != "not_applicable"} == gone
    assert all(found[name] == "not_applicable" for name in listed)
    assert {name: found[name] for name in whole if name not in gone} == {
        name: whole[name] for name in whole if name not in gone
    }
    needless = [case for case in cases.values() if set(case.requirements) <= listed]
    assert not any(case.exchanges for case in needless), "their cases are not sent"
    for case in cases.values():
        for name in listed & set(case.requirements):
            assert case.verdicts[name] == "not_applicable"
            assert case.notes[name] == f"not offered: {feature} ({REASON})"


def test_what_several_features_decide_goes_with_the_last_of_them(tmp_path: Path) -> None:
    found = verdicts(replayed(tmp_path, audio="text only", video="text only"))
    media = {name for name in catalogue() if name.startswith("AV-")} | {"GEM-INLINEDATA", "GEM-FILEDATA"}
    assert {found[name] for name in media} == {"not_applicable"}


def test_features_name_requirements_of_the_catalogue() -> None:
    assert set[str]().union(*(one.requirements for one in features().values())) <= set(catalogue())
    assert not set(features()) & set(always_offered())


def test_a_target_file_says_it(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text('name = "p"\n[surfaces]\nchat = "http://127.0.0.1:1/v1"\n[not_offered]\nvideo = "text only"\n')
    target = from_file(path)
    assert target.not_offered == {"video": "text only"}
    assert target.waived == dict.fromkeys(features()["video"].requirements, "not offered: video (text only)")
