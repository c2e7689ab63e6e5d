"""Limitations: the four parameters that are refused with 400."""

from urllib.parse import quote

import pytest

from conformance.cases import decides
from conformance.checks.answers import is_success, refused, stable, unanswered_reason
from conformance.checks.ending import truncation_reason
from conformance.checks.findings import Undecided, get
from conformance.probing.judge import Judge, NotApplicable
from conformance.probing.surface import Answer, Responses, Serving, to_json

UNSUPPORTED = {"background": True, "store": True, "previous_response_id": "resp_abc123", "service_tier": "auto"}
"""The parameters that are refused, each with a value that plainly specifies it."""


def requirement(parameter: str) -> str:
    """The id of the requirement that is about a parameter."""
    return f"RESP-400-{parameter.upper().replace('_', '-')}"


PARAMETERS = pytest.mark.parametrize(
    "parameter", [pytest.param(name, marks=decides(requirement(name))) for name in UNSUPPORTED]
)


@pytest.mark.smoke
@PARAMETERS
def test_refused(responses: Responses, parameter: str) -> None:
    """A request that specifies the parameter is refused with 400; the same request without it is answered."""
    specified = {**responses.hello, parameter: UNSUPPORTED[parameter]}
    responses.refuses(specified, status=400, naming=parameter, control=responses.hello)


@decides("RESP-400-SERVICE-TIER")
def test_each_service_tier(responses: Responses) -> None:
    """Each tier specifies one, the default tier too."""
    plain = responses.ask(responses.hello)
    for tier in ("default", "flex", "priority", "scale"):
        specified = {**responses.hello, "service_tier": tier}
        responses.refuses(specified, status=400, naming="service_tier", control=plain)


@pytest.mark.costly
@PARAMETERS
def test_refused_when_streaming(responses: Responses, parameter: str) -> None:
    """Streaming changes nothing about it, where the target streams Responses at all."""
    plain = {**responses.hello, "stream": True}
    control = responses.send(plain)
    if not is_success(control) and not unanswered_reason(control):
        raise NotApplicable("the target does not stream Responses")
    if reason := truncation_reason(control):
        raise Undecided(f"the control, without the parameter: {reason}")
    specified = {**plain, parameter: UNSUPPORTED[parameter]}
    responses.refuses(specified, status=400, naming=parameter, control=Answer(control))


@pytest.mark.costly
@PARAMETERS
def test_refused_on_the_serving_path(serving: Serving, parameter: str) -> None:
    """The path below /serving-endpoints refuses it too."""
    gpt = serving.of_family("gpt-5")
    plain = {"model": gpt.model_name, **Responses.hello}
    specified = {**plain, parameter: UNSUPPORTED[parameter]}
    gpt.refuses(specified, status=400, naming=parameter, control=plain, url="/responses")


NO_OPS: tuple[tuple[str, object], ...] = (
    ("background", False),
    ("background", None),
    ("store", False),
    ("store", None),
    ("previous_response_id", ""),
    ("previous_response_id", None),
    ("service_tier", None),
)


@pytest.mark.costly
@decides("RESP-400-EDGE-VALUES")
def test_values_that_ask_for_nothing(responses: Responses, judge: Judge) -> None:
    """A value that asks for nothing: 400 or 200, but the same each time. Then all four parameters at once."""
    responses.ask(responses.hello)
    for given in (*({name: value} for name, value in NO_OPS), dict(NO_OPS)):
        sent = [responses.send({**responses.hello, **given}) for _ in range(2)]
        judge(stable(sent, to_json(given).decode()))


@decides("RESP-400-NO-EFFECT")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_nothing_is_stored(responses: Responses, method: str) -> None:
    """No response can be retrieved or deleted: none is stored."""
    answered = responses.ask(responses.hello)
    identifier = get(answered.body, "id")
    name = quote(identifier[:200], safe="") if identifier and isinstance(identifier, str) else "resp_abc123"
    seen = responses.send(b"", method=method, url=f"/responses/{name}")
    responses.judge(refused(seen, answered.exchange))
