"""The client libraries that have cases here: what the files of their cases are called, and what has to be installed."""

from __future__ import annotations

from importlib.util import find_spec

_CLIENTS = (
    ("openai_", "openai", "openai"),
    ("genai_", "google-genai", "google.genai"),
    ("databricks_sdk", "databricks-sdk", "databricks.sdk"),
    ("databricks_openai", "databricks-openai", "databricks_openai"),
)
"""How the name of a file of cases begins after `test_`, the distribution that it is about, and the module that it needs."""
CLIENTS = tuple(distribution for _, distribution, _ in _CLIENTS)


def client_of(case: str) -> str:
    """The distribution that a case is about, by its id; for one of a user's own the name of its file."""
    file = case.partition("/")[2].partition(".")[0]
    return next((distribution for start, distribution, _ in _CLIENTS if file.startswith(start)), file)


def is_installed(file: str) -> bool:
    """Whether the client is installed that a file of ours is about, such as `test_openai_chat`."""
    name = file[len("test_") :]
    module = next((module for start, _, module in _CLIENTS if name.startswith(start)), "")
    try:
        return not module or find_spec(module) is not None
    except ModuleNotFoundError:
        return False
