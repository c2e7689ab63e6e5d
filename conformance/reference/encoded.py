"""Bytes that travel inside JSON: base64 in both alphabets, and data URIs."""

from binascii import Error, a2b_base64

from conformance.reference.fields import bad

_URL_SAFE = str.maketrans("-_", "+/")


def from_base64(text: str, field: str, *, url_safe: bool = False) -> bytes:
    """The bytes of a base64 text, at least one. With `url_safe` either alphabet will do, padded or not.

    Refuses the request, naming `field`, if it is no base64 or holds nothing.
    """
    if url_safe:
        text = text.rstrip("=").translate(_URL_SAFE)
        text += "=" * (-len(text) % 4)
    try:
        data = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Error, ValueError) as mistake:
        raise bad(field, "is not valid base64") from mistake
    if not data:
        raise bad(field, "holds no data")
    return data


def from_data_uri(uri: str, kind: str, field: str) -> bytes:
    """The bytes of `data:<kind>/<subtype>;base64,<data>`; refuses other schemes, media types and encodings."""
    head, comma, payload = uri.partition(",")
    media_type, *parameters = head.removeprefix("data:").split(";")
    if not (head.startswith("data:") and comma and parameters and parameters[-1] == "base64"):
        raise bad(field, f"must be a data URI: data:{kind}/...;base64,<data>")
    if not media_type.startswith(f"{kind}/"):
        raise bad(field, f"must have a media type of {kind}")
    return from_base64(payload, field)
