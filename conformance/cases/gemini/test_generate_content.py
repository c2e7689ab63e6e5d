"""Google Gemini API: path, credentials, generationConfig, and the shape of the answer."""

import pytest

from conformance.cases import decides
from conformance.checks import gemini as shape
from conformance.checks.answers import authenticated, error_is_readable, is_success, recorded, unauthorised
from conformance.checks.chat import json_content_type
from conformance.checks.findings import Undecided, as_warnings, get
from conformance.checks.schema import schema_violations
from conformance.checks.usage import cap_is_kept, gemini_adds_up
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.probes import CAP, LONG_ANSWER
from conformance.probing.probes import gemini as body
from conformance.probing.surface import Gemini


@pytest.mark.smoke
@decides("GEM-PATH", "GEM-RESP-TEXT", "GEM-USAGE-SUM", "ANSWER-CONTENT-TYPE")
def test_expected_response(gemini: Gemini, judge: Judge) -> None:
    """A text request is answered with text under candidates[].content.parts[].text."""
    answer = gemini.accepts(gemini.hello, "GEM-PATH")
    judge(json_content_type(answer.exchange), "ANSWER-CONTENT-TYPE")
    judge(shape.text_path(answer.body), "GEM-RESP-TEXT")
    judge(
        as_warnings(schema_violations(answer.body, "gemini", "GenerateContentResponse"), "Google's schema"),
        "GEM-RESP-TEXT",
    )
    judge(gemini_adds_up(answer.body), "GEM-USAGE-SUM")


@decides("GEM-AUTH-BEARER")
def test_placeholder_key(gemini: Gemini, judge: Judge) -> None:
    """The bearer token decides; the placeholder key that the SDK sends is ignored, and alone it is not enough."""
    key = {"x-goog-api-key": "databricks"}
    bearer = gemini.wants_credentials().ask(gemini.hello)
    judge.or_end(authenticated(gemini.send(gemini.hello, headers=key), bearer.exchange))
    judge(unauthorised(gemini.send(gemini.hello, auth="none", headers=key), bearer.exchange))


@decides("GEM-MAXOUT")
def test_max_output_tokens(gemini: Gemini) -> None:
    """generationConfig.maxOutputTokens is accepted, and may be left out."""
    gemini.accepts({**gemini.hello, "generationConfig": {"maxOutputTokens": 1024}}, control=gemini.hello)


@decides("GEM-MAXOUT-CAP")
def test_max_output_tokens_is_kept(gemini: Gemini, judge: Judge) -> None:
    """A long answer stops at the cap and says so. Thoughts are counted apart from the candidates."""
    for cap in (CAP, 1):
        answer = gemini.ask(body({"text": LONG_ANSWER}, maxOutputTokens=cap)).body
        _, made = shape.counts(answer)
        cut = get(answer, "candidates.0.finishReason") == "MAX_TOKENS"
        if made >= cap or cut:
            break
    judge(cap_is_kept(made, 0, cap, "usageMetadata.candidatesTokenCount", text=shape.text_of(answer), cut=cut))
    judge(shape.says_max_tokens(answer, cap, made))


@decides("GEM-ERR-SHAPE")
def test_errors(gemini: Gemini, judge: Judge) -> None:
    """Malformed contents and an unknown model bring an error that a client can read."""
    gemini.ask(gemini.hello)
    sent = (
        gemini.send({"contents": "no list of turns"}),
        gemini.send(gemini.hello, url="/models/system.ai.there-is-no-such-model:generateContent"),
    )
    refused = [exchange for exchange in sent if not is_success(exchange)]
    if not refused:
        raise Undecided("the target refuses neither: there is no error to read")
    for exchange in refused:
        judge(error_is_readable(exchange, usual=("google",), tolerated=("databricks",)), about=exchange)


@decides("GEM-NONGEMINI-MODEL")
def test_other_families(gemini: Gemini) -> None:
    """The Gemini path is for Gemini models: another family is refused there."""
    control = gemini.ask(gemini.hello)
    gemini.of_family("claude").refuses(gemini.hello, control=control)


@pytest.mark.costly
@decides("GEM-PATH-V1")
def test_v1(gemini: Gemini, judge: Judge) -> None:
    """Only v1beta is documented; newer clients go to v1 unasked: recorded."""
    base = gemini.base
    if not base.endswith("/v1beta"):
        raise NotApplicable("the target file gives another path than the documented one, which ends in v1beta")
    judge(recorded(gemini.send(gemini.hello, url=base.removesuffix("beta") + gemini.url()), "the path v1"))
