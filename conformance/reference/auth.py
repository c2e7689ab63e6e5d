"""Credentials: a bearer token, or Basic with the user name `token` and the token as password."""

from base64 import b64decode
from binascii import Error
from hmac import compare_digest

from conformance.reference.errors import Refusal
from conformance.reference.policy import Policy

_USER = "token"


class Authenticator:
    """Lets requests in that present the right token.

    With a token given, that one is right. Without, the first one presented becomes right for the life of the process: someone
    who tries the gateway out needs no set-up, and yet a wrong token is refused. The token is never shown.
    """

    def __init__(self, token: str | None = None) -> None:
        self._token = token.encode() if token else None

    def admit(self, authorization: str | None, policy: Policy) -> None:
        """Raises Refusal (401) unless the `Authorization` header holds the right token in a form that the policy takes."""
        if not policy.credentials_needed:
            return
        if not authorization:
            raise _refused("Credentials are missing: send an Authorization header.", policy)
        token = _presented(authorization, policy)
        if not token:
            raise _refused(
                "The credentials cannot be read: send a bearer token, or Basic with user name token.", policy
            )
        if self._token is None:
            self._token = token
        scheme = authorization.partition(" ")[0].lower()
        if not compare_digest(self._token, token) and scheme not in policy.any_credential:
            raise _refused("The credentials are not valid.", policy)


def _presented(authorization: str, policy: Policy) -> bytes | None:
    scheme, _, value = authorization.partition(" ")
    kind = scheme.lower()
    if kind not in policy.credentials:
        return None
    if kind == "bearer":
        return value.strip().encode("latin-1", "replace")
    try:
        user, colon, password = b64decode(value.strip(), validate=True).partition(b":")
    except (Error, ValueError):
        return None
    return password if colon and (user == _USER.encode() or policy.any_user_name) else None


def _refused(message: str, policy: Policy) -> Refusal:
    code = "PERMISSION_DENIED" if policy.refused_credential_status == 403 else "UNAUTHENTICATED"
    return Refusal(message, status=policy.refused_credential_status, code=code)
