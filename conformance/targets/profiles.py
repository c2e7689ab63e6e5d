"""The profiles of `~/.databrickscfg`, as far as they have to be known without databricks-sdk: which there are, and their hosts.

The SDK passes over a file that is not there, and prints the line that it cannot read. Here each mistake is told in one line,
and no value of the file but a host.
"""

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import UsageError, unknown_name

PROFILE_ENV, FILE_ENV, HOST_ENV = "DATABRICKS_CONFIG_PROFILE", "DATABRICKS_CONFIG_FILE", "DATABRICKS_HOST"
DEFAULT = "DEFAULT"
_SETTINGS = "__settings__"


@dataclass(frozen=True)
class Profile:
    """A section of the file."""

    name: str
    file: Path
    values: Mapping[str, str] = field(repr=False)

    @property
    def host(self) -> str:
        """The workspace that it is for, as a URL; empty if it names none."""
        return as_url(self.values.get("host", ""))

    def __str__(self) -> str:
        return f"the profile {self.name}"


def read(name: str) -> Profile:
    """The profile of this name. Raises `UsageError`."""
    file = _file()
    profiles = _profiles(file)
    if name not in (profiles or {}) and _is_of_conformance(name):
        raise UsageError(f"{file} has no profile {name!r}; did you mean --conformance-profile {name}?")
    if profiles is None:
        raise UsageError(
            f"--profile {name}: there is no {file}; make it with `databricks configure`, or name another by {FILE_ENV}"
        )
    if name not in profiles:
        raise UsageError(unknown_name("profile", name, profiles, f"{file} has {', '.join(profiles) or 'none'}"))
    return Profile(name, file, profiles[name])


def default() -> Profile | None:
    """The profile that is meant where none is named: that of the environment, or the default of the file.

    None if there is none. Raises `UsageError`.
    """
    if name := os.environ.get(PROFILE_ENV):
        return read(name)
    profiles = _profiles(_file()) or {}
    name = _default_name() or DEFAULT
    return Profile(name, _file(), profiles[name]) if name in profiles else None


def as_url(host: str) -> str:
    """A host as a profile or the environment has it, with the scheme that it may lack."""
    host = host.strip().rstrip("/")
    return host if not host or "://" in host else f"https://{host}"


def _is_of_conformance(name: str) -> bool:
    """Whether that is the name of a set of requirements, which are called profiles too."""
    from conformance.profiles import bare_name, full_names  # here: only a mistake pays for it

    return name in (known := full_names()) or name in map(bare_name, known)


def _file() -> Path:
    return Path(os.environ.get(FILE_ENV) or "~/.databrickscfg").expanduser()


def _default_name() -> str:
    return _sections(_file()).get(_SETTINGS, {}).get("default_profile", "").strip()


def _profiles(file: Path) -> dict[str, dict[str, str]] | None:
    if not file.exists():
        return None
    return {name: values for name, values in _sections(file).items() if name != _SETTINGS}


def _sections(file: Path) -> dict[str, dict[str, str]]:
    # As the SDK reads it: no section inherits from DEFAULT, and % stands for itself.
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except configparser.Error as error:
        # Its own text would show the line, and the line may be the one with the token.
        lines = [number for number, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", None)]
        where = f", line {lines[0]}" if lines[0] else ""
        raise UsageError(f"{file}{where} is not what a file of profiles holds: [name], then key = value") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no text in this machine's encoding: write it anew") from None
    return {name: dict(parser.items(name)) for name in parser.sections()}
