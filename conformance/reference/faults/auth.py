"""Faults of credentials."""

from dataclasses import replace

from conformance.reference.faults.declared import fault
from conformance.reference.policy import DOCUMENTED

fault(
    "auth-not-checked",
    breaks=dict.fromkeys(("AUTH-REFUSED", "GEM-AUTH-BEARER"), "the credential is not checked (200"),
    says="requests without a credential are served",
    policy=replace(DOCUMENTED, credentials_needed=False),
)
fault(
    "auth-wrong-token-accepted",
    breaks={"AUTH-REFUSED": "the credential is not checked (200"},
    says="any token will do",
    policy=replace(DOCUMENTED, any_credential=frozenset({"bearer", "basic"})),
)
fault(
    "auth-basic-refused",
    breaks={"AUTH-BASIC": "the credential is refused (401"},
    says="Basic with the user name token does not authenticate",
    policy=replace(DOCUMENTED, credentials=frozenset({"bearer"})),
)
fault(
    "auth-bearer-refused",
    breaks={"AUTH-BEARER": "the credential is refused (401"},
    undecides=("GEM-AUTH-BEARER", "AUTH-REFUSED", "CHAT-PATH", "RESP-PATH-GW", "RESP-400-STORE", "IMG-CLAUDE-COUNT"),
    says="a bearer token does not authenticate",
    policy=replace(DOCUMENTED, credentials=frozenset({"basic"})),
)
fault(
    "auth-wrong-password-accepted",
    breaks={"AUTH-REFUSED": "the credential is not checked (200"},
    says="of Basic credentials only the user name is checked",
    policy=replace(DOCUMENTED, any_credential=frozenset({"basic"})),
)
fault(
    "auth-refused-with-500",
    breaks=dict.fromkeys(("AUTH-REFUSED", "GEM-AUTH-BEARER"), "a credential that is not valid breaks the target (500"),
    warns={"AUTH-BASIC": "another user name: the target breaks (500"},
    says="bad credentials break the gateway",
    policy=replace(DOCUMENTED, refused_credential_status=500),
)
