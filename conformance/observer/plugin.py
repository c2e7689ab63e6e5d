"""The pytest plugin of client cases: each calls a real client, and what its caller gets is told to the judging process."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UsageError, refuse_unknown_options
from conformance.observer.caller import Caller
from conformance.observer.clients import derives
from conformance.observer.limit import limited
from conformance.observer.link import Link
from conformance.observer.loops import EventLoop
from conformance.observer.recorded import SURFACES, RecordedAnswer
from conformance.observer.seen import of_error

CASES = Path(__file__).resolve().parent / "cases"
"""The directory of our cases."""
_SLOW_S = 1.0
"""A call that takes longer is made once more: the first call of a client pays for what is imported, and machines are busy."""
_LINK = pytest.StashKey[Link]()
_RECORDED = pytest.StashKey["list[RecordedAnswer]"]()
_ID = pytest.StashKey[str]()
_CALLING = pytest.StashKey[Caller]()
_AGAIN = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How the judging process tells what it wants."""
    group = parser.getgroup("sdk")
    group.addoption("--observer-link", metavar="HOST:PORT", help="where the judging process listens")
    group.addoption("--observer-limit", metavar="S", type=float, default=30.0, help="how long a case may take")
    group.addoption("--observer-only", metavar="FILE", type=Path, help="holds the ids of the cases that are to run")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> None:
    """Tells in one line which option was meant by one that nobody knows. Raises `pytest.UsageError`."""
    try:
        refuse_unknown_options(parser, args, "--observer-", "sdk")
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure(config: pytest.Config) -> None:
    """Finds the judging process."""
    config.addinivalue_line(
        "markers", "decides(*requirements): the facts of a client in the catalogue that a case shows"
    )
    config.addinivalue_line(
        "markers", "loop_scope(name): 'module' for one event loop a file, where a library keeps a client of its own"
    )
    config.stash[_LINK] = Link(config.getoption("--observer-link"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tells of an end before all cases were run, as with -x."""
    if session.shouldfail or session.shouldstop:
        session.config.stash[_LINK].ask("cut_short")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes leave of the judging process."""
    if link := config.stash.get(_LINK, None):
        link.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case that takes a recorded answer is there once for each that the judging process has."""
    for surface in SURFACES:
        if (name := f"{surface}_answer") in metafunc.fixturenames:
            held = [one for one in _recorded(metafunc.config) if one.surface == surface]
            metafunc.parametrize(name, held, ids=[one.id for one in held])


def _recorded(config: pytest.Config) -> list[RecordedAnswer]:
    if _RECORDED not in config.stash:
        config.stash[_RECORDED] = [RecordedAnswer(**one) for one in config.stash[_LINK].ask("recorded")["answers"]]
    return config.stash[_RECORDED]


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """A file that cannot be imported is what a version does to its user."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and report.call.excinfo and isinstance(collector, pytest.File):
        error = report.call.excinfo.value
        # What pytest raises itself tells what it has caught in words of its own.
        told = of_error(error.__cause__ if isinstance(error, collector.CollectError) and error.__cause__ else error)
        collector.config.stash[_LINK].ask("unimportable", file=collector.path.stem, error=told)


@pytest.hookimpl(hookwrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Gives each case its id, before -k leaves some out; keeps the cases that are wanted, and tells which they are."""
    _name(items)
    yield
    if only := config.getoption("--observer-only"):
        wanted = set(only.read_text(encoding="utf-8").splitlines())
        others = [item for item in items if _id(item) not in wanted]
        items[:] = [item for item in items if _id(item) in wanted]
        config.hook.pytest_deselected(items=others)
    config.stash[_LINK].ask("collected", cases=[_id(item) for item in items])


@pytest.fixture(scope="module")
def _loop_of_the_module() -> Iterator[EventLoop]:
    loop = EventLoop()
    yield loop
    loop.close()


@pytest.fixture(autouse=True)  # a test that asks for no caller fails with a version as well
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """The caller of this case."""
    item, link = request.node, request.config.stash[_LINK]
    scope = item.get_closest_marker("loop_scope")
    of_module = scope is not None and "module" in (*scope.args, *scope.kwargs.values())
    loop = request.getfixturevalue("_loop_of_the_module") if of_module else EventLoop()
    begun = link.ask("begin", case=_id(item), again=item.stash.get(_AGAIN, False))
    of_a_user = not _is_ours(item)
    made_of_answers = of_a_user or derives(item.path.stem)
    calling = item.stash[_CALLING] = Caller(link, loop, begun, derives=made_of_answers, passes_on=of_a_user)
    yield calling
    if not of_module:
        loop.close()


def _end(item: pytest.Item, calling: Caller) -> None:
    """Tells that a case has come to its end, its fixtures too."""
    if calling.failure and not calling.has_seen:
        calling.note({"error": calling.failure})
    elif not calling.has_seen:
        calling.note({})
    about = (getattr(item, "function", None).__doc__ or "").partition("\n")[0]
    requirements = [name for marker in item.iter_markers("decides") for name in marker.args]
    failure = {} if _is_ours(item) else calling.failure
    calling.ask("end", about=about, requirements=requirements, failure=failure)


def _is_ours(item: pytest.Item) -> bool:
    return CASES in item.path.parents


def _id(item: pytest.Item) -> str:
    return item.stash[_ID]


def _name(items: Sequence[pytest.Item]) -> None:
    """Gives each case its id, by its file and its name; of two files with the same name by their directories too."""
    own = {item.path for item in items if not _is_ours(item)}
    times = Counter(path.stem for path in {item.path for item in items})
    above = Path(os.path.commonpath([path.parent for path in own])).parent if own else CASES
    for item in items:
        # pytest's own id, so that two cases of the same name in two classes are two.
        names = [_without(part, "test_", "Test") for part in item.nodeid.partition("::")[2].split("::")]
        file = Path(_without(item.path.stem, "test_"))
        if item.path in own and times[item.path.stem] > 1:
            file = item.path.parent.relative_to(above) / file
        item.stash[_ID] = f"sdk/{file.as_posix()}.{'.'.join(names).replace('[', '-').rstrip(']')}"


def _without(name: str, *beginnings: str) -> str:
    return next((name[len(start) :] for start in beginnings if name.startswith(start)), name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """What one of our cases raises beside the call that it is about is what a version does to its caller too.

    A name that it does not have, for example, or a client that hangs while it is closed. A user's own case fails as any
    test does, and that is kept; also where something that it needs fails before the case has its caller.
    """
    outcome: Any = yield
    report = outcome.get_result()
    calling = item.stash.get(_CALLING, None)
    if calling is None:
        if call.excinfo and report.failed and "caller" in getattr(item, "fixturenames", ()):
            item.config.stash[_LINK].ask("never_begun", case=_id(item), error=of_error(call.excinfo.value))
        return
    if call.excinfo and report.failed:
        calling.failure = calling.failure or of_error(call.excinfo.value)
        if _is_ours(item):
            calling.note({"error": calling.failure})
            report.outcome, report.longrepr = "passed", None
    if call.when == "teardown":
        _end(item, calling)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """What a case needs may hang as well as its call."""
    with limited(item.config.getoption("--observer-limit")):
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A case has so long for its calls."""
    with limited(item.config.getoption("--observer-limit")):
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A client may hang while it is closed."""
    with limited(item.config.getoption("--observer-limit")):
        yield


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Measures a slow case again: the shorter time counts."""
    yield
    calling = item.stash.get(_CALLING, None)
    if calling is None or calling.duration_s <= _SLOW_S or calling.has_hung or item.stash.get(_AGAIN, False):
        return
    from _pytest.runner import runtestprotocol

    item.stash[_AGAIN] = True
    item._initrequest()  # type: ignore[attr-defined]  # noqa: SLF001 (as the plugins do that run a test again)
    runtestprotocol(item, nextitem=nextitem, log=False)
