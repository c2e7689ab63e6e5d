"""Limitations: the four parameters that are refused with 400."""

import pytest
from _pytest.mark import ParameterSet

from conformance.cases import decides
from conformance.cases.judge import NotApplicable
from conformance.cases.surface import Answer, Responses, Serving
from conformance.checks.answers import is_success, refused, unanswered


def unsupported(parameter: str, value: object) -> ParameterSet:
    """A parameter that is refused, with a value that plainly specifies it."""
    return pytest.param(
        parameter, value, marks=decides(f"RESP-400-{parameter.upper().replace('_', '-')}"), id=parameter
    )


PARAMETERS = pytest.mark.parametrize(
    ("parameter", "value"),
    [
        unsupported("background", True),
        unsupported("store", True),
        unsupported("previous_response_id", "resp_abc123"),
        unsupported("service_tier", "auto"),
    ],
)


@PARAMETERS
def test_refused(responses: Responses, parameter: str, value: object) -> None:
    """A request that specifies the parameter is refused with 400; the same request without it is answered."""
    responses.refuses({**responses.hello, parameter: value}, status=400, naming=parameter, control=responses.hello)


@PARAMETERS
def test_refused_when_streaming(responses: Responses, parameter: str, value: object) -> None:
    """Streaming changes nothing about it, where the target streams Responses at all."""
    plain = {**responses.hello, "stream": True}
    control = responses.send(plain)
    if not is_success(control) and not unanswered(control):
        raise NotApplicable("the target does not stream Responses")
    responses.refuses({**plain, parameter: value}, status=400, naming=parameter, control=Answer(control))


@PARAMETERS
def test_refused_on_the_serving_path(serving: Serving, parameter: str, value: object) -> None:
    """The path below /serving-endpoints refuses it too."""
    gpt = serving.of_family("gpt-5")
    plain = {"model": gpt.model_name, **Responses.hello}
    gpt.refuses({**plain, parameter: value}, status=400, naming=parameter, control=plain, url="/responses")


@decides("RESP-400-NO-EFFECT")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_nothing_is_stored(responses: Responses, method: str) -> None:
    """No response can be retrieved or deleted: none is stored."""
    answered = responses.ask(responses.hello)
    identifier = answered.body.get("id", "resp_abc123")
    seen = responses.send(b"", method=method, url=f"/responses/{identifier}")
    responses.judge(refused(seen, answered.exchange))
