"""Generated requests: how one goes to a target, and what is judged of its answer by which requirement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.answers import is_refused, is_success, lacks_model, status_and_text
from conformance.checks.findings import Finding, collect, inapplicable
from conformance.checks.generated import (
    Control,
    answer_fits,
    broken_is_refused,
    broken_is_the_clients,
    legal_is_answered,
)
from conformance.checks.invariants import findings
from conformance.corpus.case import GeneratedCase
from conformance.corpus.handmade import MODEL_HERE
from conformance.probing.judge import NotApplicable
from conformance.probing.surface import Surface, to_json
from conformance.wire.exchange import Exchange
from conformance.wire.sender import Sender

SendOnce = Callable[[str, Callable[[Sender], object]], Exchange]
"""Gives the exchange of a case that several others need: sends it if none of them has yet."""
_SAMPLES = {
    "https://example.com/sample-video.mp4": "video_url",
    "https://example.com/sample-audio.mp3": "audio_url",
}
"""The media of the documents' examples are not there: what stands for them is what the target can fetch."""


def name_of(case: GeneratedCase) -> str:
    """How pytest calls a case: its surface, where it goes, what it varies and how, and its id."""
    place = case.place.replace(".[]", "") or "body"
    return "-".join((case.of.surface, case.operation, place.replace("-", "_"), case.kind, case.id))


def id_of_legal(case: GeneratedCase) -> str:
    """The id of the case of the suite that sends a legal request."""
    surface, _, rest = name_of(case).partition("-")
    return f"{surface}/corpus.legal-{rest}"


def send(surface: Surface, case: GeneratedCase, plain: Callable[[], Exchange]) -> Exchange:
    """Sends a request. Raises `NotApplicable` if the target does not have the model that has to answer.

    A 404 may be about something else: it is the `plain` request that tells whether the model is there.
    """
    exchange = _send(at_its_model(surface, case), case)
    if lacks_model(exchange):
        plain()
    return exchange


def send_once(surface: Surface, case: GeneratedCase, shared: SendOnce) -> Exchange:
    """The exchange of a plain request, which many cases share: it is sent once in each process.

    Raises `NotApplicable` if the target does not have the model that has to answer.
    """
    asked = at_its_model(surface, case)
    exchange = shared(id_of_legal(case), lambda sender: _send(replace(asked, sender=sender), case))
    if not case.of.shown and lacks_model(exchange):
        # Whether the model or the path is not there cannot be told, and nothing says that the path has to be.
        raise NotApplicable(f"nothing answers at {case.of.path}: {status_and_text(exchange)}")
    asked.must_have_model(exchange)
    return exchange


def at_its_model(surface: Surface, case: GeneratedCase) -> Surface:
    """The surface, bound to the family that the request is about. Raises `NotApplicable` if the target has none."""
    family = case.family or case.of.family
    return surface.of_family(family) if family else surface


def _send(surface: Surface, case: GeneratedCase) -> Exchange:
    url = case.of.path.format(model=surface.model_name)
    headers = {"content-type": case.content_type}
    return surface.send(_bytes(surface, case), url=url, method=case.method, headers=headers)


def _bytes(surface: Surface, case: GeneratedCase) -> bytes:
    model = surface.model_name
    if case.raw is not None:
        return case.raw.replace(MODEL_HERE, model.encode())
    named = case.of.model_in_body and "model" not in case.without
    body = to_json(({"model": model} if named else {}) | case.body())
    for sample, medium in _SAMPLES.items():
        body = body.replace(sample.encode(), surface.target.media[medium].encode())
    return body


def judgements(case: GeneratedCase, exchange: Exchange, control: Control) -> Iterator[tuple[str, Iterable[Finding]]]:
    """By requirement: what its check finds. `control` gives the exchange of the plain request beside it.

    What one requirement of the catalogue promises or forbids is told there, and what holds of every answer by its invariant:
    those about the specs say nothing of it then.
    """
    what, shown = str(case), case.shown
    if case.mode == "positive":
        promised_by, plain = case.promised_by, case.is_plain
        held = list(findings(exchange, case.of.spec)) if case.of.surface != "serving" else []
        yield from ((name, [finding]) for name, finding in held)
        told = inapplicable(f"told by {', '.join(dict.fromkeys(name for name, _ in held))}")
        answered = legal_is_answered(exchange, control, what, shown=shown, promised_by=promised_by, plain=plain)
        if held and is_success(exchange):
            yield "SPEC-VALID-ANSWERED", [told]
        else:
            yield from _told_by(promised_by if is_refused(exchange) else (), "SPEC-VALID-ANSWERED", answered)
        yield "SPEC-ANSWER-FITS", [told] if held else answer_fits(exchange, case.of.spec, what, shown=case.of.shown)
        return
    yield "ERR-CLIENT-NOT-5XX", broken_is_the_clients(exchange, control, what, shown=shown)
    refused = broken_is_refused(exchange, control, what, shown=shown, forbidden_by=case.forbidden_by)
    yield from _told_by((case.forbidden_by,) if case.forbidden_by else (), "SPEC-INVALID-REFUSED", refused)


def _told_by(
    requirements: Sequence[str], otherwise: str, judged: Iterator[Finding]
) -> Iterator[tuple[str, Iterable[Finding]]]:
    """A violation is told by the one requirement that it breaks; of several nobody knows which, so the specs tell it."""
    found = collect(judged)
    broken = [finding for finding in found if finding.kind == "violation"]
    if broken and len(requirements) == 1:
        yield requirements[0], broken
        yield otherwise, [inapplicable(f"told by {requirements[0]}")]
    else:
        yield otherwise, found
