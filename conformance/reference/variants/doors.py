"""Variants of credentials, of refusals, and of the models and paths that there are."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from conformance.reference.calls import Answer, Call
from conformance.reference.edits import answers, drop, refuse, requests
from conformance.reference.errors import Refusal
from conformance.reference.models import MODELS
from conformance.reference.paths import values
from conformance.reference.policy import DOCUMENTED
from conformance.reference.responses import UNSUPPORTED
from conformance.reference.variant import ResponseEdit
from conformance.reference.variants.declared import variant

_MAY_BE_NULL = frozenset({"content", "input", "contents", "model", "messages"})


def _says_more(_: Call, answer: Answer) -> Answer:
    if answer.status < 400 or not isinstance(answer.body, dict):
        return answer
    body = {**answer.body, "request_id": "r-1", "details": [{"reason": "somewhere"}]}
    return replace(answer, body=body, headers={**answer.headers, "www-authenticate": "Bearer"})


def _unsupported_in(call: Call) -> list[str]:
    """The parameters of a call for whose refusal the documents give the status."""
    body = call.body if call.surface == "responses" and isinstance(call.body, dict) else {}
    return [name for name in UNSUPPORTED if name in body]


def _otherwise(call: Call, answer: Answer) -> Answer:
    """422 where no status is documented. Where one is, a message that says nothing, with the parameter beside it."""
    if answer.status != 400:
        return answer
    if not (named := _unsupported_in(call)):
        return replace(answer, status=422)
    error = {"message": "Bad request.", "type": "invalid_request_error", "code": None, "param": ", ".join(named)}
    return replace(answer, body={"error": error})


def _missing_model(call: Call, answer: Answer) -> str:
    """The model that this answer says is not there; empty if it is about something else."""
    if answer.status != 404 or "RESOURCE_DOES_NOT_EXIST" not in str(answer.body):
        return ""
    return call.model or (str(call.body.get("model")) if isinstance(call.body, dict) else "")


def _for_missing_models(status: int, body: Callable[[str], dict[str, Any]]) -> ResponseEdit:
    def edited(call: Call, answer: Answer) -> Answer:
        model = _missing_model(call, answer)
        return replace(answer, status=status, body=body(model)) if model else answer

    return edited


def _nulls_are_absent(body: dict[str, Any]) -> None:
    """A refused parameter counts as specified unless it is null."""
    for name in UNSUPPORTED:
        drop(name, lambda given: given is None)(body)


def _nulls_are_refused(call: Call) -> Call:
    for holder in (call.body, *values(call.body, "messages/*")):
        for name, given in holder.items() if isinstance(holder, dict) else ():
            if given is None and name not in _MAY_BE_NULL:
                raise Refusal(f"{name}: null is no value.", parameter=name)
    return call


def _sends_no_nulls(body: dict[str, Any]) -> None:
    for message in values(body, "choices/*/message"):
        for name in [name for name, given in message.items() if given is None and name not in _MAY_BE_NULL]:
            del message[name]


def _name_by_path(call: Call) -> Call:
    other = "databricks-" if "/ai-gateway/" in call.path else "system.ai."
    name = call.model or (call.body.get("model") if isinstance(call.body, dict) else None)
    if isinstance(name, str) and name.startswith(other):
        raise Refusal(f"There is no {name[:60]!r} here.", status=404, code="RESOURCE_DOES_NOT_EXIST")
    return call


def _turns_away() -> ResponseEdit:
    """Every ninth answer is that the client may come back, at once."""
    number = count(1)
    later = Answer({"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Later."}, 429, headers={"retry-after": "0"})
    return lambda _, answer: answer if next(number) % 9 else later


_FEW = ("claude-sonnet-4-5", "gpt-5-mini", "gpt-5-1", "gemini-3-1-pro", "gpt-oss-120b")
_LACKING = replace(DOCUMENTED, models_absent=frozenset({"claude-opus-4-1", "gpt-5", "gpt-5-5-pro", "llama-4-maverick"}))

variant(
    "openai-envelope",
    "refuses in OpenAI's envelope, credentials with 403 and large requests with 400",
    replace(
        DOCUMENTED,
        envelope="openai",
        gemini_envelope="databricks",
        refused_credential_status=403,
        too_large_status=400,
        unknown_model_status=400,
    ),
)
variant(
    "google-envelope",
    "refuses in Google's envelope on every surface, with members of its own",
    replace(DOCUMENTED, envelope="google"),
    response=_says_more,
)
variant(
    "refuses-otherwise",
    "answers mistakes with 422 and other methods with 405, and names unsupported parameters beside the message alone",
    request=refuse(lambda call: call.method != "POST", "method not allowed.", status=405),
    response=_otherwise,
)
variant(
    "no-op-values",
    "takes null, false and empty values of unsupported parameters for absent ones, and ignores unknown fields",
    replace(DOCUMENTED, no_op_values="accept", unknown_fields="ignore", foreign_content_types="read"),
)
variant("nulls-absent", "takes null alone for absent", request=requests("responses", _nulls_are_absent))
variant(
    "nulls-refused",
    "refuses members that are null, and sends none",
    request=_nulls_are_refused,
    response=answers("chat", _sends_no_nulls),
)
variant("busy", "turns a request away now and then", response=_turns_away(), stateful=True)
variant(
    "few-models",
    "serves a few models, not all of the first choice",
    replace(DOCUMENTED, models_absent=frozenset(MODELS.keys() - set(_FEW))),
)
variant(
    "other-models",
    "lacks the model that most examples name, and all of the family GPT-5",
    replace(DOCUMENTED, models_absent=frozenset({"claude-sonnet-4-5", "gpt-5", "gpt-5-mini", "gpt-5-nano"})),
)
variant(
    "models-forbidden",
    "answers 403 for models that it lacks",
    _LACKING,
    response=_for_missing_models(
        403, lambda name: {"error_code": "PERMISSION_DENIED", "message": f"You have no EXECUTE on {name}."}
    ),
)
variant(
    "models-without-code",
    "answers 404 without a code for models that it lacks",
    _LACKING,
    response=_for_missing_models(
        404, lambda name: {"error": {"message": f"The model {name} was not found.", "type": "NotFoundError"}}
    ),
)
variant("name-by-path", "knows each model by the name that belongs to the path alone", request=_name_by_path)
variant(
    "v1-too",
    "serves Gemini on v1 as well, lists its models, and looks at the password alone in Basic",
    replace(DOCUMENTED, gemini_versions=frozenset({"v1", "v1beta"}), models_listed=True, any_user_name=True),
)
