"""A certificate is about the contract alone."""

import json
from pathlib import Path

import pytest

from conformance.errors import UsageError

from .conftest import Keys, certified

pytestmark = pytest.mark.xdist_group("certificates")


def test_a_report_with_own_cases_is_not_certified(report: Path, tmp_path: Path, made_keys: Keys) -> None:
    """Nobody could judge those anew who does not have them."""
    file = report / "results.json"
    document = json.loads(file.read_text())
    document["selection"]["own"] = ["my_cases"]
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match=r"its selection leaves cases out \(own\): run without that"):
        certified(report, made_keys, tmp_path / "certificate")
