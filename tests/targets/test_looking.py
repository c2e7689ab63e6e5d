"""Listed names are matched to documented models, and whatever a target says makes a target file that can be read."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.requirements import documented_models
from conformance.targets.draft import draft
from conformance.targets.looking import Found, documented_model, matched
from conformance.targets.preflight import SURFACES
from conformance.targets.target import from_document


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-5", "gpt-5"),
        ("databricks-gpt-5", "gpt-5"),
        ("system.ai.gpt-5", "gpt-5"),
        ("openai/gpt-5", "gpt-5"),
        ("databricks/databricks-claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("vertex_ai/gemini-3-1-pro", "gemini-3-1-pro"),
        ("gpt-5-turbo", None),
        ("my-gpt-5", None),
        ("GPT-5", None),
        ("gpt-5/other", None),
        ("", None),
    ],
)
def test_a_name_means_a_documented_model_plainly_or_not_at_all(name: str, model: str | None) -> None:
    assert documented_model(name) == model


def test_of_several_names_the_plainest_counts() -> None:
    names = ["openai/gpt-5", "gpt-5", "databricks-gpt-5", "anthropic/claude-sonnet-4-5", "other"]
    assert matched(names) == {"claude-sonnet-4-5": "anthropic/claude-sonnet-4-5", "gpt-5": "gpt-5"}
    assert matched([]) == {}


NAMES = st.from_regex(r"\A[\w.:/@+-]{1,200}\Z")
MODELS = st.dictionaries(st.sampled_from(documented_models()), NAMES, max_size=3)
FOUND = st.builds(
    Found,
    surfaces=st.sets(st.sampled_from(SURFACES), min_size=1).map(
        lambda names: {surface: f"http://h:1/{surface}" for surface in SURFACES if surface in names}
    ),
    models=MODELS,
    gemini_models=MODELS,
    unmatched=st.lists(NAMES, max_size=3).map(tuple),
    auth=st.sampled_from(("wanted", "not wanted", "unclear")),
)


@given(FOUND, st.sampled_from(("", "MY_TOKEN")))
def test_what_was_found_is_a_target_file(found: Found, token_env: str) -> None:
    text = draft("http://h:1", "h:1", found, token_env=token_env, made_at="2026-01-01")
    target = from_document(tomllib.loads(text), "the draft")
    assert target.surfaces == found.surfaces
    assert target.auth == ("token" if token_env else "none")
    own = found.gemini_models if "gemini" in found.surfaces else {}
    assert target.surface_models == ({"gemini": own} if own else {})
    assert target.models == (found.models if found.models or own else None), (
        "an empty table would say that there are none"
    )
