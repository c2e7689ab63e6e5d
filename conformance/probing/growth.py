"""What is sent has to be paid for: the proof that a medium reached the model."""

from collections.abc import Sequence
from itertools import pairwise

from conformance.checks.findings import assume_member
from conformance.checks.usage import grows, seems_to_grow
from conformance.probing.judge import Judge
from conformance.probing.surface import Answer


def costs_more(
    judge: Judge,
    sent: Sequence[tuple[str, Answer]],
    *requirements: str,
    path: str = "usage.prompt_tokens",
    promised: bool = True,
) -> None:
    """Judges that each request cost more input tokens than the one before it.

    `sent`: what was sent, in words, and its answer. `promised`: whether a page says that it is counted. Raises `Undecided` if
    one of them tells no tokens.
    """
    counts = [(words, assume_member(answer.body, path, int)) for words, answer in sent]
    for (before, after), (_, answer) in zip(pairwise(counts), sent[1:], strict=True):
        check = grows if promised else seems_to_grow
        judge(check(before, after, path), *requirements, about=answer.exchange)
