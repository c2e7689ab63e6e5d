"""Why a target cannot be reached, in the words of whoever has to mend it."""

_UNKNOWN_CA = "name the CA that has signed it by --ca-bundle FILE or SSL_CERT_FILE"
CLIENT_CERTIFICATE = "the target wants a client certificate: give --client-cert FILE, one that it knows"
"""What helps where a target wants to know who connects."""
_TLS_MENDS = (
    ("unable to get local issuer certificate", _UNKNOWN_CA),
    ("unable to get issuer certificate", _UNKNOWN_CA),
    ("self-signed certificate", _UNKNOWN_CA),
    ("self signed certificate", _UNKNOWN_CA),
    ("ALERT_CERTIFICATE_REQUIRED", CLIENT_CERTIFICATE),
    ("ALERT_HANDSHAKE_FAILURE", f"perhaps {CLIENT_CERTIFICATE}"),
    ("ALERT_UNKNOWN_CA", CLIENT_CERTIFICATE),
    ("ALERT_BAD_CERTIFICATE", CLIENT_CERTIFICATE),
    ("ALERT_CERTIFICATE_UNKNOWN", CLIENT_CERTIFICATE),
    ("ALERT_CERTIFICATE_EXPIRED", CLIENT_CERTIFICATE),
)
"""By what a failed handshake says of itself."""


def unreachable_reason(failure: str) -> str:
    """What the failure of an exchange that got no response comes to."""
    if failure.startswith(
        ("the proxy ", "no connection to the proxy ", "timeout: the proxy ", "timeout: no connection to ")
    ):
        return _proxy_trouble(failure)
    for sign, mend in _TLS_MENDS:
        if sign in failure:
            return f"TLS failed ({failure}); {mend}"
    lower = failure.lower()
    if "certificate" in lower or "ssl" in lower or "tls" in lower:
        return f"TLS failed ({failure}); check the certificate, or whether it should be http://"
    if "name or service" in lower or "nodename" in lower or "resolution" in lower or "getaddrinfo" in lower:
        return f"the host name cannot be resolved ({failure})"
    return f"it cannot be reached ({failure})"


def _proxy_trouble(failure: str) -> str:
    """What a proxy has against a request, or why there is none, with the mend."""
    if "CERTIFICATE_VERIFY_FAILED" in failure:
        return f"{failure}; {_UNKNOWN_CA}"
    if "refuses: 407" in failure:
        return f"{failure}; put user and password into its URL, http://USER:PASSWORD@HOST:PORT"
    if "refuses: 4" in failure:
        return f"{failure}; it has to let this host through, or NO_PROXY to name the host"
    if "refuses:" in failure:
        return f"{failure}; it does not get to the target: check the host, and the proxy"
    return f"{failure}; check its URL, or go without: --no-env, or NO_PROXY with the host"
