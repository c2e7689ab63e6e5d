"""How tests start `gateway-conformance` in a process of its own."""

import sys

PROGRAM = "from conformance.cli import main; main()"
"""What the installed command does, for tests that do something else before or after it in the same process."""
COMMAND = (sys.executable, "-c", PROGRAM)
"""The first words of a command line: further words are the command's own."""
