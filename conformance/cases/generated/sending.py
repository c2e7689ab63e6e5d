"""How a generated request goes to a target: its operation's path there, the target's name of the model filled in."""

from collections.abc import Callable
from dataclasses import replace

from conformance.cases.judge import NotApplicable
from conformance.cases.surface import Surface, to_json
from conformance.checks.answers import lacks_model, status_and_text
from conformance.corpus.case import GeneratedCase
from conformance.corpus.handmade import MODEL_HERE
from conformance.running import RunningCase
from conformance.wire.exchange import Exchange

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


def send_once(surface: Surface, case: GeneratedCase, running: RunningCase) -> Exchange:
    """The exchange of a plain request, which many cases share: it is sent once in each process.

    Raises `NotApplicable` if the target does not have the model that has to answer.
    """
    asked = at_its_model(surface, case)
    exchange = running.shared(id_of_legal(case), lambda wire: _send(replace(asked, wire=wire), case))
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
