"""How a request is refused: one exception, and the envelopes in which its message travels."""

from http import HTTPStatus
from typing import Any, Literal

Envelope = Literal["databricks", "openai", "google"]

_GOOGLE_STATUS = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 405: "UNIMPLEMENTED"}


class Refusal(Exception):
    """A request that is not served: HTTP status, error code, a sentence, and the parameter at fault if there is one."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "INVALID_PARAMETER_VALUE",
        parameter: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.parameter = parameter


def enveloped(refusal: Refusal, envelope: Envelope) -> dict[str, Any]:
    """The JSON body of a refusal: Databricks' own shape, OpenAI's, or Google's."""
    match envelope:
        case "databricks":
            return {"error_code": refusal.code, "message": refusal.message}
        case "openai":
            kind = "invalid_request_error" if refusal.status < 500 else "server_error"
            return {
                "error": {
                    "message": refusal.message,
                    "type": kind,
                    "param": refusal.parameter,
                    "code": refusal.code.lower(),
                }
            }
        case "google":
            status = _GOOGLE_STATUS.get(refusal.status, "INVALID_ARGUMENT")
            return {"error": {"code": refusal.status, "message": refusal.message, "status": status}}


def phrase(status: int) -> str:
    """The reason phrase of an HTTP status, in the spelling of an error code: 404 is NOT_FOUND."""
    return HTTPStatus(status).name
