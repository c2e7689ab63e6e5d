"""`python -m conformance` is `gateway-conformance`."""

from conformance.cli import main

main(prog_name="gateway-conformance")
