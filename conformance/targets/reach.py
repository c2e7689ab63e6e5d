"""Why a target cannot be reached, in the words of whoever has to mend it."""


def unreachable_reason(failure: str) -> str:
    """What the failure of an exchange that got no response comes to."""
    lower = failure.lower()
    if "certificate" in lower or "ssl" in lower or "tls" in lower:
        return f"TLS failed ({failure}); check the certificate, or whether it should be http://"
    if "name or service" in lower or "nodename" in lower or "resolution" in lower or "getaddrinfo" in lower:
        return f"the host name cannot be resolved ({failure})"
    return f"it cannot be reached ({failure})"
