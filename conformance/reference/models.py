"""The models that the documents name, and what each can do."""

from dataclasses import dataclass, replace
from typing import Literal

from conformance.reference.errors import Refusal
from conformance.reference.policy import Policy

Effort = Literal["none", "minimal", "low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Model:
    """One foundation model: its documented name without a prefix, and how its reasoning is steered.

    `thinks` models take `thinking`. `efforts` are the values of `reasoning_effort` that a model takes, `effort` its
    default. `shows` tells whether its reasoning is visible, `signs` whether it is signed.
    """

    name: str
    family: str
    thinks: bool = False
    efforts: tuple[Effort, ...] = ()
    effort: Effort = "none"
    shows: bool = False
    signs: bool = False

    @property
    def served_as(self) -> str:
        """The name under which answers speak of it: its provider's."""
        return _PROVIDERS_NAMES[self.name]

    @property
    def gpt5_series(self) -> bool:
        """GPT-5 and what followed it: the OpenAI models of the Responses API."""
        return self.family.startswith("gpt-5")

    @property
    def reasons(self) -> bool:
        """Whether it reasons when it is not asked to."""
        return self.effort != "none"


def _claude(name: str) -> Model:
    return Model(f"claude-{name}", "claude", thinks=True, shows=True, signs=True)


_CLAUDES = {
    "sonnet-4-6": "",
    "sonnet-4-5": "-20250929-v1:0",
    "sonnet-4": "-20250514-v1:0",
    "haiku-4-5": "-20251001-v1:0",
    "opus-4-8": "",
    "opus-4-7": "",
    "opus-4-6": "-v1",
    "opus-4-5": "-20251101-v1:0",
    "opus-4-1": "-20250805-v1:0",
}
"""The Claude models, with the version that their provider adds to the name."""
_PROVIDERS_NAMES = {
    **{f"claude-{name}": f"us.anthropic.claude-{name}{version}" for name, version in _CLAUDES.items()},
    **{name: f"{name}-2025-08-07" for name in ("gpt-5", "gpt-5-mini", "gpt-5-nano")},
    "gpt-5-1": "gpt-5.1-2025-11-13",
    "gpt-5-2": "gpt-5.2-2025-12-11",
    "gpt-5-4": "gpt-5.4-2026-03-05",
    "gpt-5-5": "gpt-5.5-2026-04-23",
    "gpt-5-5-pro": "gpt-5.5-pro-2026-04-23",
    "gpt-oss-120b": "gpt-oss-120b-080525",
    "gpt-oss-20b": "gpt-oss-20b-080525",
    "gemini-3-1-pro": "gemini-3.1-pro-preview",
    "gemma-3-12b": "gemma-3-12b-it",
    "llama-4-maverick": "meta-llama-4-maverick-040225",
}
"""Under which name answers speak of each model: never under that of its endpoint."""
_LATER_GPT5 = ("gpt-5-1", "gpt-5-2", "gpt-5-4", "gpt-5-5", "gpt-5-5-pro")
_THREE: tuple[Effort, ...] = ("low", "medium", "high")

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        *(_claude(name) for name in _CLAUDES),
        *(
            Model(name, "gpt-5", efforts=("minimal", *_THREE), effort="medium")
            for name in ("gpt-5", "gpt-5-mini", "gpt-5-nano")
        ),
        *(Model(name, name, efforts=("none", *_THREE)) for name in _LATER_GPT5),
        *(
            Model(name, "gpt-oss", efforts=_THREE, effort="medium", shows=True)
            for name in ("gpt-oss-120b", "gpt-oss-20b")
        ),
        Model("gemini-3-1-pro", "gemini", efforts=_THREE, effort="low", shows=True, signs=True),
        Model("gemma-3-12b", "gemma"),
        Model("llama-4-maverick", "llama"),
    )
}
"""Every model that is served, by its name without a prefix."""


def find(name: str, policy: Policy) -> Model:
    """The model that a request names as `system.ai.<model>` (model service) or `databricks-<model>` (endpoint).

    Raises Refusal (404) for a name that is none.
    """
    for prefix in policy.model_prefixes:
        if name.startswith(prefix):
            model = MODELS.get(name.removeprefix(prefix))
            if model and model.name not in policy.models_absent:
                return replace(model, shows=False) if model.family in policy.reasoning_hidden else model
    if policy.unknown_model is not None:
        return MODELS[policy.unknown_model]
    raise Refusal(
        f"The model {shortened(name)} does not exist.",
        status=policy.unknown_model_status,
        code="RESOURCE_DOES_NOT_EXIST",
        parameter="model",
    )


def shortened(name: str) -> str:
    """A name out of a request, quoted and cut to what a message can hold."""
    return repr(name if len(name) <= 60 else name[:60] + "…")
