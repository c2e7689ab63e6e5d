"""A request as the model sees it, whichever surface it came through."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from conformance.reference import tokens
from conformance.reference.images import Picture
from conformance.reference.media_parts import Clip
from conformance.reference.models import Model
from conformance.reference.policy import Policy

Role = Literal["system", "user", "assistant", "tool"]
Modality = Literal["text", "image", "audio", "video"]

_LOOKED_AT = 4000
"""Characters of a question that decide about its answer. All of it counts."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it was read: its text, the bytes of its images, its recordings, the reasoning that it replays."""

    role: Role
    text: str = ""
    images: tuple[bytes, ...] = ()
    clips: tuple[Clip, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A message as it is seen: its images decoded."""

    role: Role
    text: str = ""
    pictures: tuple[Picture, ...] = ()
    clips: tuple[Clip, ...] = ()
    reasoning: str = ""

    def tokens(self, policy: Policy) -> Counter[Modality]:
        """What this turn counts, its reasoning apart."""
        counted = policy.counted
        total = Counter[Modality]({"text": tokens.MESSAGE + tokens.of_text(self.text)})
        if "image" in counted:
            of_image = tokens.of_image if policy.images_scaled else tokens.of_image_in_full
            total["image"] += sum(of_image(picture.width, picture.height) for picture in self.pictures)
        for clip in self.clips:
            if clip.kind in counted:
                total[clip.kind] += tokens.of_media(clip.kind, clip.seconds)
        return total


@dataclass(frozen=True, slots=True)
class Prompt:
    """All turns of a request, and the text of what else is put before the model (the tools)."""

    model: Model
    turns: tuple[Turn, ...]
    beside: str = ""

    def tokens(self, policy: Policy) -> Counter[Modality]:
        """The input tokens by modality. Of replayed reasoning only that of the last assistant turn counts."""
        total = sum((turn.tokens(policy) for turn in self.turns), Counter[Modality]())
        visible = _last_session(self.turns) if policy.last_reasoning_only else self.turns
        total["text"] += tokens.of_text(self.beside) + sum(tokens.of_text(turn.reasoning) for turn in visible)
        return total

    @property
    def asked(self) -> str:
        """What the user wrote last, as far as the model looks; empty if the user wrote nothing."""
        return next((turn.text[:_LOOKED_AT] for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def after_tool(self) -> bool:
        """Whether the last turn is the output of a tool."""
        return bool(self.turns) and self.turns[-1].role == "tool"


def _last_session(turns: tuple[Turn, ...]) -> list[Turn]:
    """The last assistant turn, with those before it since the user spoke: a tool-use session is one."""
    session: list[Turn] = []
    for turn in reversed(turns):
        if turn.role == "assistant":
            session.append(turn)
        elif turn.role == "user" and session:
            break
    return session
