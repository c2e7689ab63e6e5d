"""No spelling of the token gets through, and a credential is reduced to its kind."""

import base64
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.redact import Redactor, basic, credential_kind

TOKEN = "dapi-canary/+ä 0123456789"
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60).map("0{}".format)


@given(tokens, st.binary(max_size=20), st.binary(max_size=20))
def test_no_spelling_of_the_token_gets_through(token: str, before: bytes, after: bytes) -> None:
    redactor = Redactor(token)
    in_hex = token.encode().hex().encode()
    for spelling in (
        token.encode(),
        quote(token, safe="").encode(),
        basic("token", token).encode(),
        in_hex,
        in_hex.upper(),
    ):
        assert token.encode() not in redactor.redact_bytes(before + spelling + after)
        assert spelling.removeprefix(b"Basic ") not in redactor.redact_bytes(before + spelling + after)


@given(tokens, st.binary(max_size=20), st.binary(max_size=20))
def test_base64_of_a_text_that_holds_the_token(token: str, before: bytes, after: bytes) -> None:
    cleaned = Redactor(token).redact_bytes(base64.b64encode(before + token.encode() + after))
    assert b"[redacted]" in cleaned


def test_host_is_cut_out_but_loopback_stays() -> None:
    redactor = Redactor("", ("https://adb-123.example.net/ai-gateway", "http://127.0.0.1:8765/ai-gateway"))
    assert redactor.text("at adb-123.example.net and 127.0.0.1:8765") == "at gateway.invalid and 127.0.0.1:8765"


def test_headers_are_kept_by_allow_list() -> None:
    redactor = Redactor(TOKEN)
    kept = redactor.request_headers({"authorization": "[bearer]", "x-team": "search", "accept": f"a {TOKEN}"})
    assert kept == {"accept": "a [redacted]", "authorization": "[bearer]"}
    assert redactor.response_headers({"set-cookie": "a=b", "server": "x", "x-request-id": "1"}) == {"server": "x"}


def test_an_empty_token_cuts_nothing() -> None:
    assert Redactor("").text("as it was") == "as it was"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "none"),
        ({"authorization": "Bearer right"}, "bearer"),
        ({"authorization": "bearer right"}, "bearer"),
        ({"authorization": "Bearer wrong"}, "bearer-wrong"),
        ({"authorization": basic("token", "right")}, "basic"),
        ({"authorization": basic("somebody", "right")}, "basic-wrong-user"),
        ({"authorization": basic("token", "wrong")}, "basic-wrong"),
        ({"authorization": "Basic ???"}, "basic-wrong"),
        ({"authorization": "Digest x"}, "other"),
        ({"authorization": "Bearer right", "x-goog-api-key": "databricks"}, "bearer+key"),
        ({"x-goog-api-key": "databricks"}, "none+key"),
        ({"authorization": "[basic-wrong]"}, "basic-wrong"),
    ],
)
def test_kind_of_credential(headers: dict[str, str], kind: str) -> None:
    assert credential_kind(headers, "right") == kind


def test_other_secrets_are_cut_out_as_the_token_is() -> None:
    redactor = Redactor(more=("corporate-user:secret-of-the-proxy",))
    sent = base64.b64encode(b"corporate-user:secret-of-the-proxy")
    assert b"[redacted]" in redactor.redact_bytes(b'{"Proxy-Authorization": "Basic ' + sent + b'"}')
    assert sent not in redactor.redact_bytes(b'{"Proxy-Authorization": "Basic ' + sent + b'"}')


def test_tokens_that_come_later_are_cut_out_as_well() -> None:
    redactor = Redactor(TOKEN, ("https://adb-123456789.example.net/ai-gateway",))
    later = [f"eyJraWQiOiJ{number:04}.c2lnbmF0dXJl" for number in range(200)]
    assert redactor.text(later[0]) == later[0]
    for token in later:
        redactor.add_secret(token)
    text = " ".join([TOKEN, *later, "adb-123456789.example.net"])
    assert set(redactor.text(text).split()) == {"[redacted]", "gateway.invalid"}
    assert redactor.text(base64.b64encode(later[7].encode()).decode()).startswith("[redacted]")


def test_secrets_may_be_added_while_other_threads_redact() -> None:
    redactor = Redactor(TOKEN)

    def work(number: int) -> str:
        redactor.add_secret(f"secret-of-thread-{number:05}")
        return redactor.redact_bytes(f"{TOKEN} secret-of-thread-{number:05}".encode()).decode()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(work, range(500))) == {"[redacted] [redacted]"}


def test_a_kind_in_brackets_is_as_it_is() -> None:
    assert credential_kind({"authorization": "[basic]"}) == "basic"
    assert credential_kind({"authorization": "[bearer]", "x-goog-api-key": "databricks"}) == "bearer+key"
    assert credential_kind({"authorization": "[bearer+key]"}) == "bearer+key"
