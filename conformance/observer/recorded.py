"""Recorded answers, as client libraries are given them: whatever a client sends, it gets what the recording says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.observer.trouble import AnswerOnRecord

SURFACES = ("chat", "responses", "gemini", "serving")


@dataclass(frozen=True)
class RecordedAnswer:
    """A request that was recorded, and what came back."""

    id: str
    surface: str
    path: str
    body: Mapping[str, Any]
    """The request's JSON; of one over 4 KB its skeleton, in which long texts and lists are cut."""

    @property
    def answer(self) -> AnswerOnRecord:
        """What came back."""
        return AnswerOnRecord(self.id)

    @property
    def model(self) -> str:
        """The model in the path, where the surface names it there."""
        return self.path.rpartition("/models/")[2].partition(":")[0] or self.path.split("/")[-2]
