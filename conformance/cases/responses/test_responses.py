"""Query examples of the Responses API: path, model, input, and the shape of the answer."""

import pytest

from conformance.cases import decides
from conformance.checks import responses as shape
from conformance.checks import usage
from conformance.checks.answers import accepted, error_is_readable, is_success
from conformance.checks.chat import json_content_type, model
from conformance.checks.findings import Undecided, as_warnings, assume_member
from conformance.checks.schema import schema_violations
from conformance.probing.judge import Judge
from conformance.probing.probes import CAP, LONG_ANSWER, data_uri
from conformance.probing.surface import Responses
from conformance.requirements import families


@decides("RESP-FQN")
def test_fully_qualified_name(responses: Responses, judge: Judge) -> None:
    """model takes the fully qualified name of a model service."""
    sent = responses.by_service_name().attempt(responses.hello)
    judge(accepted(sent, responses.model_name, members=responses.answers_with))


@pytest.mark.smoke
@decides(
    "RESP-PATH-GW", "RESP-SHAPE", "RESP-OUTPUT-MSG", "RESP-USAGE-SUM", "RESP-MODEL-ECHO", "ANSWER-CONTENT-TYPE",
)  # fmt: skip
def test_expected_response(responses: Responses, judge: Judge) -> None:
    """A plain request to a fully qualified model is answered with a response of the documented shape."""
    answer = responses.accepts(responses.hello, "RESP-PATH-GW")
    judge(json_content_type(answer.exchange), "ANSWER-CONTENT-TYPE")
    judge(shape.shape(answer.exchange, answer.body), "RESP-SHAPE")
    judge(shape.output_items(answer.body), "RESP-OUTPUT-MSG")
    judge(schema_violations(answer.body, "responses", "Response", within="output"), "RESP-OUTPUT-MSG")
    judge(usage.responses_adds_up(answer.body), "RESP-USAGE-SUM")
    judge(model(answer.body, responses.expected_family, families()), "RESP-MODEL-ECHO")


@decides("RESP-INPUT-MESSAGES")
def test_input_messages(responses: Responses) -> None:
    """input is a list of messages of the roles system and user."""
    system = {"role": "system", "content": "You answer in few words."}
    responses.accepts(
        {**responses.hello, "input": [system, *responses.hello["input"]]}, control={"input": "Say hello."}
    )


@decides("RESP-INPUT-MESSAGES")
def test_input_string(responses: Responses, judge: Judge) -> None:
    """input as a plain string, as SDKs allow it: a refusal is warned of."""
    sent = responses.send({"input": "Say hello."})
    judge(as_warnings(accepted(sent, "a string as input"), "not on the page"))


@decides("RESP-MAXOUT")
def test_max_output_tokens(responses: Responses) -> None:
    """max_output_tokens is accepted."""
    responses.accepts({**responses.hello, "max_output_tokens": 256}, control=responses.hello)


@decides("RESP-MAXOUT-CAP")
def test_max_output_tokens_is_kept(responses: Responses, judge: Judge) -> None:
    """A long answer stops at the cap and says that it is incomplete."""
    body = responses.ask({"input": LONG_ANSWER, "max_output_tokens": CAP}).body
    made = assume_member(body, "usage.output_tokens", int)
    cut = body.get("status") == "incomplete"
    judge(
        usage.cap_is_kept(
            made, usage.reasoning_tokens(body), CAP, "usage.output_tokens", text=shape.text(body), cut=cut
        )
    )
    judge(shape.says_incomplete(body, CAP, made))


@decides("RESP-TEXT-IMAGE")
def test_image_input(responses: Responses) -> None:
    """A GPT model takes an image beside the text."""
    question = {"type": "input_text", "text": "What colour is this?"}
    picture = {"type": "input_image", "image_url": data_uri("red-64.png")}
    responses.accepts(
        {**responses.hello, "input": [{"role": "user", "content": [question, picture]}]}, control=responses.hello
    )


@pytest.mark.parametrize(
    "family", ["claude", *(pytest.param(family, marks=pytest.mark.costly) for family in ("gemini", "llama"))]
)
@decides("RESP-OPENAI-ONLY")
def test_other_families(responses: Responses, family: str) -> None:
    """The Responses API is for OpenAI models: others are refused, or it is recorded."""
    other = responses.of_family(family).model_name
    responses.refuses_or_records(
        {**responses.hello, "model": other}, control=responses.hello, what=f"{family} on Responses"
    )


@decides("RESP-ERR-SHAPE")
def test_errors(responses: Responses, judge: Judge) -> None:
    """Malformed input and an unknown model bring an error that a client can read."""
    sent = [
        responses.send({"input": 7}),
        responses.send({**responses.hello, "model": "system.ai.there-is-no-such-model"}),
    ]
    refused = [exchange for exchange in sent if not is_success(exchange)]
    if not refused:
        raise Undecided("the target refuses neither: there is no error to read")
    for exchange in refused:
        judge(error_is_readable(exchange), about=exchange)
