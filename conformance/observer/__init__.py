"""What runs beside a client library, in the environment of whoever uses it: it needs Python 3.9, pytest 7 and nothing else.

It makes calls and tells what their caller gets. The gateways that answer, and all judging, are in the process that has
started it, in an environment of its own: `conformance.sdk`.
"""
