"""The client libraries that have cases: which distribution a case is about, and which versions are installed."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CASES = Path(__file__).resolve().parents[1] / "cases" / "sdk"
"""The directory of the cases of clients."""
_CLIENTS = {
    "openai_": "openai",
    "genai_": "google-genai",
    "databricks_sdk": "databricks-sdk",
    "databricks_openai": "databricks-openai",
}
"""The distribution that the cases of a file are about, by how its name begins."""
CLIENTS = tuple(_CLIENTS.values())
_HTTP_LIBRARIES = ("httpx", "httpx2", "requests", "aiohttp")


def client_of(case: str) -> str:
    """The distribution that a case is about, by its id; for one of a user's own the name of its file."""
    file = case.partition("/")[2].partition(".")[0]
    return next((client for start, client in _CLIENTS.items() if file.startswith(start)), file)


def versions() -> dict[str, str]:
    """The versions of the clients that are installed, and of the HTTP libraries below them."""
    found = {}
    for name in (*CLIENTS, *_HTTP_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
