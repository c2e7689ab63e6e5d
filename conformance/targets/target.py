"""A target, from a workspace's base URL or from a TOML file."""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from conformance.checks.asked_for import not_offered
from conformance.errors import UsageError
from conformance.requirements import SURFACES, always_offered, documented_models, families, family_of, features
from conformance.targets import credentials, profiles
from conformance.targets.credentials import DEFAULT_TOKEN_ENV, Credential, NoCredential
from conformance.wire.sender import RateLimits

if TYPE_CHECKING:
    from conformance.wire.route import Route

DOCUMENTED_PATHS = {
    "chat": "/ai-gateway/mlflow/v1",
    "responses": "/ai-gateway/mlflow/v1",
    "gemini": "/ai-gateway/gemini/v1beta",
    "serving": "/serving-endpoints",
}
FAMILIES_FOR_ANY = {
    # The families of which a surface takes any model for what is not about a family; elsewhere it is every family.
    "responses": ("gpt-5", "gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5"),
    "gemini": ("gemini",),
}
_HOLDS_CREDENTIAL = re.compile(r"https?://[^/?#\s]*@")
_COMMON_HEADER = re.compile("accept.*|content-.*|user-agent|cache-control|connection", re.IGNORECASE)
"""Headers whose values are words of HTTP."""
DEFAULT_MEDIA = {
    # Public sample files that the vendor of the Gemini models keeps for such tests: a short clip, two seconds of speech.
    "video_url": "https://storage.googleapis.com/cloud-samples-data/video/cat.mp4",
    "audio_url": "https://storage.googleapis.com/cloud-samples-data/speech/brooklyn_bridge.mp3",
    # No public MCP server is anybody's to use: whether this one can be reached decides nothing.
    "mcp_url": "https://mcp.example.com/mcp",
}


@dataclass(frozen=True)
class Target:
    """Where and how to reach what is under test. `surfaces` maps a surface to its base URL, without a slash at the end."""

    name: str
    surfaces: Mapping[str, str]
    token_env: str = DEFAULT_TOKEN_ENV
    auth: Literal["token", "none"] = "token"
    profile: str = ""
    """Of `~/.databrickscfg`: then it gives the credential, and `token_env` does not."""
    auth_type: str = ""
    """The kind of credential that a run was found to have; empty as long as nobody has looked."""
    headers: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] | None = None
    """Documented model to the name here; None: the documented names."""
    surface_models: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By surface: the names there of models that it calls otherwise than `models` does."""
    not_offered: Mapping[str, str] = field(default_factory=dict)
    """Features of the catalogue that it does not claim, each with the reason."""
    media: Mapping[str, str] = field(default_factory=lambda: DEFAULT_MEDIA)
    network: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`proxy`, which may hold a password, `ca_bundle`, `client_cert`: as far as the target file names them."""
    limits: RateLimits = field(default_factory=RateLimits)
    """How fast a run may send to it."""
    barred: frozenset[str] = frozenset()
    """Documented models that the preflight found to be kept from this caller, or not to be listed: another one stands for them
    where it can."""
    lacking: frozenset[str] = frozenset()
    """Documented models that the preflight found this target not to serve."""

    def model_name(self, model: str, surface: str) -> str | None:
        """What a request calls the documented `model` on `surface`; None if this target has no such model."""
        if self.models is not None:
            return self.surface_models.get(surface, {}).get(model) or self.models.get(model)
        if model in self.lacking:
            return None
        return f"databricks-{model}" if surface == "serving" else f"system.ai.{model}"

    @cached_property
    def documented_names(self) -> Mapping[str, str]:
        """By what a request calls a model: the documented model, of names that stand for one alone."""
        found = dict[str, set[str]]()
        for surface in self.surfaces:
            for model in documented_models():
                if name := self.model_name(model, surface):
                    found.setdefault(name, set()).add(model)
        return {name: next(iter(models)) for name, models in found.items() if len(models) == 1}

    @property
    def workspace(self) -> str | None:
        """The root of the workspace whose documented paths the surfaces have; None if they have others."""
        roots = (
            base.removesuffix(DOCUMENTED_PATHS[surface])
            for surface, base in self.surfaces.items()
            if base.endswith(DOCUMENTED_PATHS[surface])
        )
        return next(roots, None)

    def absent_models(self) -> tuple[str, ...]:
        """The documented models that this target does not have."""
        return tuple(model for model in documented_models() if not self.has_model(model))

    def has_model(self, model: str) -> bool:
        """Whether the target has the documented `model`, on any surface."""
        return any(self.model_name(model, surface) for surface in self.surfaces)

    def secret_headers(self) -> frozenset[str]:
        """The values of its headers, whatever they are called, but for words of HTTP and what a report tells anyway."""
        tables = (self.models or {}, *self.surface_models.values())
        told = {self.name, *(name for table in tables for name in table.values())}
        found = {value for name, value in self.headers.items() if not _COMMON_HEADER.fullmatch(name)}
        return frozenset(found - told)

    def names_models(self) -> bool:
        """Whether the target says itself which models it has: one that is then missing is a failure of the target."""
        return self.models is not None

    def contradictions(self) -> tuple[str, ...]:
        """In words: models of the target that stand for several families, of which the documents promise different things."""
        behind = dict[str, list[str]]()
        for surface in self.surfaces if self.names_models() else ():
            for model in documented_models():
                if (name := self.model_name(model, surface)) and model not in behind.setdefault(name, []):
                    behind[name].append(model)
        return tuple(
            f"{name} stands for {', '.join(models)}: what is promised of them differs, and one model cannot keep all of it"
            for name, models in behind.items()
            if len({family_of(model) for model in models}) > 1
        )

    @cached_property
    def waived(self) -> Mapping[str, str]:
        """By requirement: why it does not apply, since the target does not offer what it is about."""
        return {
            requirement: not_offered({name: reason})
            for name, reason in self.not_offered.items()
            for requirement in features()[name].requirements
        }

    def candidates(self, surface: str) -> tuple[str, ...]:
        """The documented models that can play any part on `surface`, the preferred one first."""
        wanted = FAMILIES_FOR_ANY.get(surface, tuple(families()))
        named = [model for family in wanted for model in families()[family] if self.model_name(model, surface)]
        return tuple(sorted(named, key=self.barred.__contains__))  # the sort keeps the order of the others

    def model_of_family(self, family: str, surface: str = "") -> str | None:
        """The documented model that plays `family` on a surface, or anywhere; None if the target has none there."""
        has_model = (lambda model: self.model_name(model, surface) is not None) if surface else self.has_model
        named = list(filter(has_model, families()[family]))
        return next((model for model in named if model not in self.barred), named[0] if named else None)

    def credential(self, route: "Route | None" = None) -> Credential:
        """What requests authenticate with: of a profile, from the environment, or none. Raises `UsageError`.

        `route`: how whoever gives tokens is asked.
        """
        if self.auth == "none":
            return NoCredential()
        hosts = {urlsplit(url)._replace(path="").geturl() for url in self.surfaces.values()}
        if self.profile:
            from conformance.targets import unified

            return unified.of_profile(profiles.read(self.profile), next(iter(hosts)), route)
        if self.token_env == DEFAULT_TOKEN_ENV and DEFAULT_TOKEN_ENV not in os.environ and len(hosts) == 1:
            from conformance.targets import unified

            if found := unified.of_environment(next(iter(hosts)), route):
                return found
        return credentials.from_environment(self.token_env)

    @property
    def has_personal_token(self) -> bool:
        """Whether the credential is a token of the kind that the documents speak of, and not one that OAuth gives."""
        return credentials.is_personal(self.auth_type)


def from_options(
    base_url: str | None, target: Path | None, profile: str | None = None, *, live: bool = False
) -> Target | None:
    """The target that the options of a command name; None if they name none. Raises `UsageError`.

    `live`: one that only the environment, or the default profile, names will do.
    """
    if base_url and target:
        raise UsageError("--base-url and --target exclude each other: the target file holds the URLs")
    found = from_base_url(base_url) if base_url else from_file(target) if target else None
    if profile and found:
        if found.auth == "none":
            raise UsageError(f'--profile {profile}, and the target file says auth = "none": leave out one of them')
        return replace(found, profile=profiles.read(profile).name)
    if profile:
        return _of_profile(profiles.read(profile))
    if found or not live:
        return found
    if (host := os.environ.get(profiles.HOST_ENV)) and not os.environ.get(profiles.PROFILE_ENV):
        return from_base_url(profiles.as_url(host))
    named = None if os.environ.get(DEFAULT_TOKEN_ENV) else profiles.default()
    return _of_profile(named) if named else None


def _of_profile(profile: profiles.Profile) -> Target:
    """The workspace of a profile. Raises `UsageError`."""
    host = profile.host or profiles.as_url(os.environ.get(profiles.HOST_ENV, ""))
    if not host:
        raise UsageError(f"{profile} in {profile.file} has no host: put it there, or give --base-url")
    return replace(from_base_url(host), profile=profile.name)


def check_url(url: str, what: str, wanted: str) -> str:
    """The host and port of a URL that `what` gives. Raises `UsageError` on one that is none, or holds more than a place."""
    try:
        parts = urlsplit(url)
        valid = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and url.isprintable()
            and not re.search(r"\s", url)
            and (parts.port or 1)
        )
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"{what} {url!r} is no URL: give {wanted}, such as https://my-workspace.example")
    if parts.username or parts.password:
        raise UsageError(f"{what} holds a credential: take it out, the token comes from {DEFAULT_TOKEN_ENV}")
    if parts.query or parts.fragment:
        raise UsageError(f"{what} has a query or a fragment: give {wanted} alone")
    return parts.netloc


def from_base_url(base_url: str, name: str = "") -> Target:
    """The target at a workspace root, with the documented paths and model names. Raises `UsageError`."""
    host = check_url(base_url, "--base-url", "the workspace root")
    root = base_url.rstrip("/")
    for path in DOCUMENTED_PATHS.values():
        if root.endswith(path):
            raise UsageError(
                f"--base-url ends in {path}: give the workspace root, or name each surface in a target file"
            )
    return Target(name or host, {surface: root + path for surface, path in DOCUMENTED_PATHS.items()})


def from_file(path: Path) -> Target:
    """The target that a TOML file describes. Raises `UsageError` with the key and a mend."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"target file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"target file {path} is no TOML: {error}") from None
    target = from_document(document, f"target file {path}")
    return replace(target, network=_beside(path, target.network))


def from_document(document: Mapping[str, Any], where: str) -> Target:
    """The target that a parsed document describes; `where` begins the message of a `UsageError`."""
    import jsonschema_rs

    schema = json.loads(Path(__file__).with_name("target.schema.json").read_text(encoding="utf-8"))
    errors = list(jsonschema_rs.validator_for(schema).iter_errors(dict(document)))
    # A mistyped key explains a missing one: it is told first.
    for error in sorted(errors, key=lambda error: not hasattr(error.kind, "unexpected")):
        raise UsageError(f"{where}: {_explain(error, schema)}")
    models, surface_models = _models(document, where)
    _check_not_offered(document.get("not_offered", {}), where)
    if "token_env" in document and document.get("auth") == "none":
        raise UsageError(f'{where}: token_env and auth = "none" exclude each other')
    if "profile" in document and ("token_env" in document or document.get("auth") == "none"):
        raise UsageError(f'{where}: profile excludes token_env and auth = "none": it gives the credential')
    as_they_are = ("name", "token_env", "auth", "profile", "headers", "network", "not_offered")
    return Target(
        **{key: document[key] for key in as_they_are if key in document},
        surfaces={
            surface: document["surfaces"][surface].rstrip("/")
            for surface in SURFACES
            if surface in document["surfaces"]
        },
        models=models,
        surface_models=surface_models,
        media=DEFAULT_MEDIA | document.get("media", {}),
        limits=RateLimits(**document.get("limits", {})),
    )


def _models(document: Mapping[str, Any], where: str) -> tuple[dict[str, str] | None, dict[str, dict[str, str]]]:
    """The models of a target file: for all surfaces, and by surface. Raises `UsageError` on one that no document names."""
    if "models" not in document:
        return None, {}
    by_surface = {name: table for name, table in document["models"].items() if isinstance(table, dict)}
    models = {name: own for name, own in document["models"].items() if name not in by_surface}
    for surface in by_surface:
        if surface not in document["surfaces"]:
            raise UsageError(
                f"{where}: there is [models.{surface}], and [surfaces] has no {surface}: add it, or leave out both"
            )
    for table, named in (("models", models), *((f"models.{surface}", own) for surface, own in by_surface.items())):
        for model in named:
            if model not in documented_models():
                near = _suggestion(model, documented_models())
                raise UsageError(f"{where}: [{table}] names {model!r}, which no document names{near}")
    return models, by_surface


def _check_not_offered(named: Mapping[str, str], where: str) -> None:
    """Raises `UsageError` on what is no feature, or none that a target can leave out."""
    for name in named:
        if name in SURFACES:
            mend = f"{name} is a surface: take it out of [surfaces] instead"
        elif name in always_offered():
            mend = f"{name} cannot be left out: {always_offered()[name]}"
        else:
            mend = f"unknown feature {name!r}{_suggestion(name, features())}"
        if name not in features():
            raise UsageError(f"{where}: [not_offered]: {mend}")


def _beside(path: Path, network: Mapping[str, str]) -> dict[str, str]:
    """What a target file says of the network, with its relative paths taken from where the file lies."""

    def full(files: str) -> str:
        return ",".join(str(path.parent / Path(file).expanduser()) for file in files.split(","))

    return {name: value if name == "proxy" else full(value) for name, value in network.items()}


def _explain(error: Any, schema: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error.instance_path) or "the file"
    unexpected = getattr(error.kind, "unexpected", None)
    if unexpected:
        for part in error.instance_path:
            schema = schema["properties"][part]
        known = list(schema["properties"])
        return f"unknown key {unexpected[0]!r} in {place}{_suggestion(unexpected[0], known)}"
    if place.startswith("models.") and isinstance(error.instance, dict):
        tables = [surface for surface in SURFACES if surface != "sdk"]
        return f"[{place}] is no table of a surface{_suggestion(place.removeprefix('models.'), tables)}"
    if place.startswith("not_offered."):
        return f"{place} must be the reason, in words"
    if place.startswith(("surfaces.", "media.")):
        if _HOLDS_CREDENTIAL.match(str(error.instance)):
            return f"{place} holds a credential: take it out, the token comes from the variable that token_env names"
        return f"{place} must be a URL without a query, such as http://127.0.0.1:4000/v1"
    return f"{place}: {error.message}"


def _suggestion(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
