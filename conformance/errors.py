"""Mistakes of the person who runs the suite: one clear line, exit code 4, never a traceback."""


class UsageError(Exception):
    """Bad input or configuration: says what is wrong, where, and how to mend it, in one line."""
