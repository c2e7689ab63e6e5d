"""The paths below /serving-endpoints: per endpoint, and those that name the endpoint in the body."""

import pytest

from conformance.cases import decides
from conformance.checks.answers import accepted
from conformance.checks.chat import content_holds_text, object_is
from conformance.probing.judge import Judge
from conformance.probing.surface import Responses, Serving


@pytest.mark.smoke
@decides("SDK-QUERY-PATH")
def test_invocations(serving: Serving, judge: Judge) -> None:
    """POST <endpoint>/invocations without a model answers with a chat completion."""
    judge(object_is(serving.accepts(serving.hello).body, "chat.completion"))


@decides("SERVING-ENDPOINTNAME")
def test_endpoint_name_in_the_body(serving: Serving, judge: Judge) -> None:
    """The endpoint's name takes the place of the model service's name."""
    sent = serving.attempt({"model": serving.model_name, **serving.hello}, url="/chat/completions")
    judge(accepted(sent, serving.model_name, members=serving.answers_with))


@decides("RESP-PATH-SERVING")
def test_responses(serving: Serving, judge: Judge) -> None:
    """The Responses API is served below /serving-endpoints too."""
    gpt = serving.of_family("gpt-5")
    answer = gpt.accepts({"model": gpt.model_name, **Responses.hello}, url="/responses")
    judge(object_is(answer.body, "response"))


@decides("SDK-QUERY-CONTENT")
def test_content_is_the_answer(serving: Serving, judge: Judge) -> None:
    """choices[0].message.content holds the answer's text, where databricks-sdk looks for it."""
    judge(content_holds_text(serving.ask({**serving.hello, "max_tokens": 128}).body))
