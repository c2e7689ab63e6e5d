"""mutmut on the checks and on the verdict logic, with operators that know what a finding is. tests/mutation.md says more.

Takes mutmut's own arguments: `run NAME…`, `results`, `show NAME`. Without any, it begins anew and runs them all.
"""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import click
import libcst as cst
from mutmut.__main__ import cli
from mutmut.mutation import mutators
from mutmut.stats import status_by_exit_code

MUTANTS = Path("mutants")
FINDINGS = "conformance.checks.findings"
OTHER = {
    "violation": "warning", "warning": "violation", "undecided": "inapplicable", "inapplicable": "undecided",
    "require_member": "assume_member", "assume_member": "require_member",
}  # fmt: skip
"""By what makes a finding, or reads a body: what makes one of another kind of the same arguments."""
KINDS = frozenset({*OTHER, "observation"})

Operator = Callable[[Any], Iterable[cst.CSTNode]]


def another_kind(node: cst.Call) -> Iterator[cst.BaseExpression]:
    """A finding of another kind."""
    named = {argument.keyword.value for argument in node.args if argument.keyword}
    other = OTHER.get(_called(node), "")
    # A violation needs both; without them the mutant would be killed by a TypeError, which shows nothing.
    if other and (other != "violation" or named >= {"expected", "actual"}):
        # Not every module imports the other one.
        maker = cst.parse_expression(f'__import__("{FINDINGS}", fromlist=["{other}"]).{other}')
        yield node.with_changes(func=maker)


def silence(node: cst.Yield) -> Iterator[cst.BaseExpression]:
    """A check that no longer tells what it has found."""
    if node.value is not None:
        yield cst.parse_expression("(yield from ())")


def _called(node: cst.Call) -> str:
    return node.func.value if isinstance(node.func, cst.Name) else ""


def _unless(skipped: Callable[[Any], bool], operator: Operator) -> Operator:
    return lambda node: () if skipped(node) else operator(node)


def _is_wording(node: cst.BaseString) -> bool:
    return isinstance(node, cst.SimpleString) and " " in node.value


def _makes_finding(node: cst.Call) -> bool:
    return _called(node) in KINDS


def adapt(operators: list[tuple[type, Operator]]) -> None:
    """Leaves sentences alone, and the arguments that a finding is told with; adds the operators above."""
    skips: dict[Operator, Callable[[Any], bool]] = {
        mutators.operator_string: _is_wording,
        mutators.operator_arg_removal: _makes_finding,
    }
    operators[:] = [(kind, _unless(skips[op], op) if op in skips else op) for kind, op in operators]
    operators += [(cst.Call, another_kind), (cst.Yield, silence)]


def table() -> str:
    """What was killed and what survived, by module."""
    lines = [f"{'module':<44}{'killed':>8}{'survived':>10}{'not run':>9}"]
    for meta in sorted((MUTANTS / "conformance").rglob("*.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"].values()
        if not codes:
            continue
        counts = Counter(status_by_exit_code[code] for code in codes)
        killed = counts["killed"] + counts["timeout"]
        survived = counts["survived"] + counts["no tests"]
        name = str(meta.relative_to(MUTANTS)).removesuffix(".meta")
        lines.append(f"{name:<44}{killed:>8}{survived:>10}{counts.total() - killed - survived:>9}")
    return "\n".join(lines)


if __name__ == "__main__":
    adapt(cast("list[tuple[type, Operator]]", mutators.mutation_operators))
    arguments = sys.argv[1:] or ["run"]
    if not sys.argv[1:]:
        # mutmut knows a result by the function that was mutated: a test that is new would change nothing.
        shutil.rmtree(MUTANTS, ignore_errors=True)
    cli(arguments, standalone_mode=False)
    if arguments[0] == "run":
        click.echo(table())
