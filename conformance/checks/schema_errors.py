"""What of a body breaks a schema, in the words of jsonschema: the second opinion that every schema violation needs.

jsonschema-rs tells in microseconds whether a body fits. Only where it does not is this module loaded and the body looked at
again; of a union the branch is told that its discriminator selects, or the one that fits best.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from conformance.checks.findings import ABSENT, Finding, undecided, violation

Path = Sequence[str | int]
_UNIONS = ("oneOf", "anyOf")


def confirmed(schema: dict[str, Any], body: Any, name: str, at: Path = ()) -> Iterator[Finding]:
    """The violations of a body that does not fit, as jsonschema sees them; if it sees none, that the validators disagree.

    `name` is what the schema is called. `at`: the body was cut to what lies on this path, so that each list on the way holds
    one item; the path of a finding is the one before the cut.
    """
    disagree = True
    try:
        for error in Draft202012Validator(schema).iter_errors(body):
            disagree = False
            for cause, branch in _causes(error):
                path = [*at[: len(cause.absolute_path)], *list(cause.absolute_path)[len(at) :]]
                yield violation(
                    f"{_dotted(path) or 'the body'} is not what {name}{branch} says",
                    expected=_expected(cause),
                    actual=ABSENT if cause.validator == "required" else cause.instance,
                    path=_dotted(path),
                )
    except RecursionError:
        if disagree:
            yield undecided(f"jsonschema-rs refuses the body by {name}, and it lies too deep for jsonschema to tell")
            return
    if disagree:
        yield undecided(f"two validators disagree on whether the body is what {name} says: it is held against nobody")


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _causes(error: ValidationError, branch: str = "") -> Iterator[tuple[ValidationError, str]]:
    """The errors inside the one branch of a union that the body means; the error itself where there is no union."""
    branches = _by_branch(error)
    if not branches:
        yield error, branch
        return
    if known := _discriminated(error):
        member, values = known
        instance: Any = error.instance
        value = instance[member]
        if not isinstance(value, str) or value not in values:
            yield error, branch
            return
        for cause in branches.get(values[value], ()):
            yield from _causes(cause, f"{branch} ({member} {value})")
        return
    # No discriminator: a branch for another type is not meant; of the others, the one with the fewest errors.
    fitting = [causes for causes in branches.values() if not any(_is_of_another_type(cause, error) for cause in causes)]
    if not fitting:
        yield error, branch
        return
    nearest = min(fitting, key=len)
    yield from _causes(nearest[0] if len(nearest) == 1 else _best(nearest), branch)


def _by_branch(error: ValidationError) -> dict[int, list[ValidationError]]:
    """The errors of each branch of a union, by its index; none where the error is not about a union."""
    found: dict[int, list[ValidationError]] = {}
    if error.validator in _UNIONS:
        for cause in error.context or ():
            found.setdefault(int(cause.schema_path[0]), []).append(cause)
    return found


def _best(errors: list[ValidationError]) -> ValidationError:
    """The one of several errors that jsonschema's own heuristic prefers; unions below it are looked into by ours."""
    best: Any = best_match(errors)
    while not any(best is error for error in errors):
        best = best.parent
    found: ValidationError = best
    return found


def _is_of_another_type(cause: ValidationError, error: ValidationError) -> bool:
    return cause.validator == "type" and cause.absolute_path == error.absolute_path


def _discriminated(error: ValidationError) -> tuple[str, dict[str, int]] | None:
    """The member that discriminates a union, if the body has it, and the index of the branch for each of its values."""
    union: Any = error.schema
    discriminator = union.get("discriminator")
    if not discriminator or not isinstance(error.instance, dict) or discriminator["propertyName"] not in error.instance:
        return None
    references = [option.get("$ref") for option in union[error.validator]]
    mapping = discriminator.get("mapping", {})
    values = {value: references.index(target) for value, target in mapping.items() if target in references}
    return discriminator["propertyName"], values


def _expected(error: ValidationError) -> str:
    value: Any = error.validator_value
    match error.validator:
        case "type":
            return value if isinstance(value, str) else " or ".join(value)
        case "required":
            return f"the member {error.message.removesuffix(' is a required property')}"
        case "enum":
            return f"one of {', '.join(map(repr, value))}"
        case "const":
            return repr(value)
        case "oneOf" | "anyOf":
            return _expected_of_union(error)
        case _:
            return str(error.message)


def _expected_of_union(error: ValidationError) -> str:
    if known := _discriminated(error):
        return f"{known[0]} one of {', '.join(map(repr, known[1]))}"
    here = [cause for cause in error.context or () if cause.absolute_path == error.absolute_path]
    return " or ".join(dict.fromkeys(map(_expected, here))) or str(error.message)
