"""What cases cost, known from the bundled recordings: how many requests each of them sends to a gateway that is right."""

from conformance import resources


def recorded_requests() -> dict[str, int]:
    """By case that is written by hand: the number of its recorded requests. Of generated ones each sends one or two."""
    directory = resources.directory("cassettes")
    return {
        path.relative_to(directory).with_suffix("").as_posix(): path.read_bytes().count(b'"request":')
        for path in directory.rglob("*.json")
    }
