"""Keys that sign certificates: ed25519, in PEM, as OpenSSL writes them too."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import UsageError

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

KEY_VARIABLE = "GATEWAY_CONFORMANCE_KEY"
"""The environment variable that may hold a private key, where no file names one."""
_LARGEST = 64 * 1024
"""Bytes of a key file that are read."""


def generate(path: Path) -> Path:
    """Writes a new private key, for its owner alone, and the public one beside it. Gives the latter. Raises `UsageError`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    public_path = path.with_name(f"{path.name}.pub")
    if taken := next((each for each in (path, public_path) if each.exists() or each.is_symlink()), None):
        raise UsageError(f"{taken} is there already, and a key is never overwritten: give another name")
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        public_path.write_bytes(public)
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise UsageError(f"the key cannot be written to {path}: {error.strerror}") from None
    return public_path


def private(path: Path | None) -> "CryptoSigner":
    """The key to sign with: of a file, or of the environment. Raises `UsageError`, which never quotes it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    where, pem = _private_pem(path)
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            f"{where} holds no private ed25519 key in PEM without a passphrase: `gateway-conformance keygen` makes one"
        )
    return CryptoSigner(key)


def _private_pem(path: Path | None) -> tuple[str, bytes]:
    if path is None:
        if not (text := os.environ.get(KEY_VARIABLE, "")):
            raise UsageError(f"no key to sign with: give --key FILE, or put the key into {KEY_VARIABLE}")
        return KEY_VARIABLE, text.encode(errors="replace")
    try:
        mode = path.stat().st_mode
        if path.suffix == ".pub":
            raise UsageError(f"{path} is the public key: give the private one, {path.stem}")
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise UsageError(f"{path} can be read by others than its owner: `chmod 600 {path}`, or make a new key")
        return str(path), path.read_bytes()[:_LARGEST]
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from None


def public(path: Path) -> "SSlibKey":
    """A key that is trusted, of its file. Raises `UsageError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        pem = path.read_bytes()[:_LARGEST]
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from None
    if b"PRIVATE KEY" in pem:
        raise UsageError(
            f"{path} is a private key: give the public one, {path.name}.pub, and keep this one to yourself"
        )
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path} holds no public ed25519 key in PEM")
    return SSlibKey.from_crypto(key)
