"""The cases: pytest tests that send probes to a gateway and judge its answers. They judge gateways; `tests/` judges us."""

import pytest

from conformance.requirements import catalogue


def decides(*requirements: str) -> pytest.MarkDecorator:
    """Marks a case with the requirements that it decides. Raises `KeyError` on an id that the catalogue does not have."""
    for requirement in requirements:
        catalogue()[requirement]
    return pytest.mark.decides(*requirements)
