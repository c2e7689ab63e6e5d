"""The certificates of live runs: those that a target's own is held against, and the one that is shown to a target."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

_HASHED = "[0-9a-f]" * 8 + ".[0-9]"
"""How OpenSSL names a certificate in a directory: by the hash of its subject."""


class CertificateProblem(Exception):
    """A file of certificates that cannot be used: what is wrong and what would help, in one line."""


@dataclass(frozen=True)
class Authorities:
    """The certification authorities that are trusted: a PEM file of them, a directory as OpenSSL has it, or both."""

    named_by: str
    file: Path | None = None
    directory: str | None = None

    def __str__(self) -> str:
        return " and ".join(str(path) for path in (self.file, self.directory) if path)

    @property
    def name(self) -> str:
        """Their names without where they lie."""
        return " and ".join(Path(path).name for path in (self.file, self.directory) if path)

    @cached_property
    def sha256(self) -> str | None:
        """The hash of the file; None where there is only a directory."""
        return sha256(self.file.read_bytes()).hexdigest() if self.file else None

    @cached_property
    def count(self) -> int:
        """How many certificates the file holds; those of a directory are looked up when one is needed."""
        return int(self.context().cert_store_stats()["x509"])

    def context(self) -> ssl.SSLContext:
        """A TLS context that trusts these alone. Raises `CertificateProblem`."""
        # Not ssl.create_default_context(): from Python 3.13 on it refuses CAs of companies that break details of RFC 5280.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        directories = [Path(each) for each in (self.directory or "").split(os.pathsep) if each]
        for each in directories:
            if not each.is_dir():
                raise CertificateProblem(f"{self.named_by}: {each} is no directory")
        if directories and not self.file and not any(next(each.glob(_HASHED), None) for each in directories):
            raise CertificateProblem(
                f"{self.named_by}: {self.directory} holds no certificate by the name that `openssl rehash` gives it"
            )
        try:
            context.load_verify_locations(self.file, self.directory or None)
        except ssl.SSLError:
            raise CertificateProblem(f"{self.named_by}: {self.file} holds no certificate in PEM") from None
        except OSError as error:
            raise CertificateProblem(f"{self.named_by}: {self.file}: {error.strerror}") from None
        if self.file and not context.cert_store_stats()["x509"]:
            raise CertificateProblem(f"{self.named_by}: {self.file} holds no certificate in PEM")
        return context


@dataclass(frozen=True)
class ClientCertificate:
    """The certificate that this side shows, and its key; one file may hold both."""

    named_by: str
    certificate: Path
    key: Path

    @cached_property
    def subject(self) -> str:
        """Whose it is, such as `CN=conformance, O=Example`."""
        # Nothing public of Python reads a certificate that is not a peer's.
        from _ssl import _test_decode_cert  # type: ignore[attr-defined]

        names = _test_decode_cert(str(self.certificate)).get("subject", ())
        short = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
        pairs = [(str(kind), str(value)) for parts in names for kind, value in parts]
        return (
            ", ".join(f"{short.get(kind, kind)}={value}" for kind, value in pairs) or "a certificate without a subject"
        )

    def load_into(self, context: ssl.SSLContext) -> None:
        """Has a context show it. Raises `CertificateProblem`."""
        certificate, key = (self._read(path) for path in (self.certificate, self.key))
        if "-----BEGIN CERTIFICATE-----" not in certificate:
            raise CertificateProblem(f"{self.named_by}: {self.certificate} holds no certificate in PEM")
        if "PRIVATE KEY-----" not in key:
            raise CertificateProblem(
                f"{self.named_by}: {self.key} holds no private key in PEM: give a file with both, or CERT,KEY"
            )
        try:
            context.load_cert_chain(self.certificate, self.key, password=self._no_passphrase())
        except ssl.SSLError as error:
            if "MISMATCH" in str(error):
                wrong = f"the key in {self.key} is not that of the certificate in {self.certificate}"
            else:
                wrong = f"the certificate in {self.certificate} or its key in {self.key} cannot be read"
            raise CertificateProblem(f"{self.named_by}: {wrong}") from None

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="latin-1")
        except OSError as error:
            raise CertificateProblem(f"{self.named_by}: {path}: {error.strerror}") from None

    def _no_passphrase(self) -> "Callable[[], str]":
        """OpenSSL would ask for a passphrase in the terminal, where nobody may be."""

        def refuse() -> NoReturn:
            raise CertificateProblem(
                f"{self.named_by}: the key in {self.key} has a passphrase: give one without (`openssl pkey` takes it off)"
            )

        return refuse


@dataclass(frozen=True)
class Certificates:
    """Whom a run trusts, and what it shows. Its contexts are made once, and shared by threads."""

    authorities: Authorities | None = None
    """None: those of the system."""
    client: ClientCertificate | None = None

    @cached_property
    def to_target(self) -> ssl.SSLContext:
        """The TLS context of connections to the target. Raises `CertificateProblem`."""
        context = self._context()
        if self.client:
            self.client.load_into(context)
        return context

    @cached_property
    def to_proxy(self) -> ssl.SSLContext:
        """The TLS context of connections to a proxy, which is shown no certificate of ours. Raises `CertificateProblem`."""
        return self._context() if self.client else self.to_target

    def read(self) -> None:
        """Reads all files: what is wrong with one is told before anything is sent. Raises `CertificateProblem`."""
        _ = self.to_target
        _ = self.authorities and (self.authorities.count, self.authorities.sha256)
        _ = self.client and self.client.subject

    def _context(self) -> ssl.SSLContext:
        import httpx2  # here: a mistake in a file is told without it

        context = self.authorities.context() if self.authorities else httpx2.create_ssl_context(trust_env=False)
        context.set_alpn_protocols(["http/1.1"])
        # httpcore2 sets them for each connection, which OpenSSL forbids while another thread makes one from the same context.
        context.set_alpn_protocols = lambda alpn_protocols: None  # type: ignore[method-assign]  # noqa: ARG005
        return context
