"""The certificates of a made-up company, as PEM files."""

from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.tunnel import HOST


@dataclass(frozen=True)
class Files:
    """Where they lie. A name stands for a path: `pem.ca` is that of `ca.pem`."""

    directory: Path

    def __getattr__(self, name: str) -> str:
        return str(self.directory / f"{name}.pem")


def certificates(directory: Path) -> Files:
    """Makes, in a directory: `ca`; `server` and `client`, each with its key; `cert` and `key` of that client apart.

    Of another CA, `other`: `stranger`, a client with its key, and `otherkey`, a key alone.
    """
    files = Files(directory)
    ours, other = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(files.ca)
    other.cert_pem.write_to_path(files.other)
    ours.issue_cert("127.0.0.1", "localhost", HOST).private_key_and_cert_chain_pem.write_to_path(files.server)
    client = ours.issue_cert("run@example.org", common_name="conformance run", organization_name="Example")
    client.private_key_and_cert_chain_pem.write_to_path(files.client)
    client.cert_chain_pems[0].write_to_path(files.cert)
    client.private_key_pem.write_to_path(files.key)
    stranger = other.issue_cert("run@example.org")
    stranger.private_key_and_cert_chain_pem.write_to_path(files.stranger)
    stranger.private_key_pem.write_to_path(files.otherkey)
    return files
