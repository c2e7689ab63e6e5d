"""The client libraries that have cases here: what the files of their cases are called, and what has to be installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec


@dataclass(frozen=True)
class Library:
    """A client library with cases of its own."""

    prefix: str
    """How the name of a file of its cases begins, after `test_`."""
    distribution: str
    module: str
    derives: bool = False
    """Whether it makes something of its own of answers, so that nothing is lost where a part of them is not there."""


LIBRARIES = (
    Library("openai_", "openai", "openai"),
    Library("genai_", "google-genai", "google.genai"),
    Library("databricks_sdk", "databricks-sdk", "databricks.sdk"),
    Library("databricks_openai", "databricks-openai", "databricks_openai"),
    Library("langchain_openai", "langchain-openai", "langchain_openai", derives=True),
    Library("databricks_langchain", "databricks-langchain", "databricks_langchain", derives=True),
    Library("openai_agents", "openai-agents", "agents", derives=True),
    Library("pydantic_ai", "pydantic-ai-slim", "pydantic_ai", derives=True),
    Library("litellm", "litellm", "litellm"),
    Library("instructor", "instructor", "instructor", derives=True),
)
CLIENTS = tuple(library.distribution for library in LIBRARIES)


def library_of(file: str) -> Library | None:
    """The library that a file of ours is about, by its name without `test_`: the longest prefix counts."""
    found = [library for library in LIBRARIES if file.startswith(library.prefix)]
    return max(found, key=lambda library: len(library.prefix)) if found else None


def client_of(case: str) -> str:
    """The distribution that a case is about, by its id; for one of a user's own the name of its file."""
    file = case.partition("/")[2].partition(".")[0]
    library = library_of(file)
    return library.distribution if library else file


def is_installed(file: str) -> bool:
    """Whether the client is installed that a file of ours is about, such as `test_openai_chat`."""
    library = library_of(file[len("test_") :])
    try:
        # A module called `agents` may be the user's own.
        return library is None or bool(distribution(library.distribution) and find_spec(library.module))
    except (PackageNotFoundError, ModuleNotFoundError):
        return False


def derives(file: str) -> bool:
    """Whether what the calls in a file of ours return is what a library has made of an answer."""
    library = library_of(file[len("test_") :])
    return library is not None and library.derives
