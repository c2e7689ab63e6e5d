"""Limitations: the four parameters that are refused with 400."""

import pytest
from _pytest.mark import ParameterSet

from conformance.cases import decides
from conformance.cases.surface import Responses


def unsupported(parameter: str, value: object) -> ParameterSet:
    """A parameter that is refused, with a value that plainly specifies it."""
    return pytest.param(
        parameter, value, marks=decides(f"RESP-400-{parameter.upper().replace('_', '-')}"), id=parameter
    )


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        unsupported("background", True),
        unsupported("store", True),
        unsupported("previous_response_id", "resp_abc123"),
        unsupported("service_tier", "auto"),
    ],
)
def test_refused(responses: Responses, parameter: str, value: object) -> None:
    """A request that specifies the parameter is refused with 400; the same request without it is answered."""
    responses.refuses({**responses.hello, parameter: value}, status=400, naming=parameter, control=responses.hello)


@decides("RESP-400-NO-EFFECT")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_nothing_is_stored(responses: Responses, method: str) -> None:
    """No response can be retrieved or deleted: none is stored."""
    from conformance.checks.answers import refused

    answered = responses.ask(responses.hello)
    identifier = answered.body.get("id", "resp_abc123")
    seen = responses.send(b"", method=method, url=f"/responses/{identifier}")
    responses.judge(refused(seen, answered.exchange))
