"""The reference gateway: a real HTTP server that conforms to everything documented, and its deliberate faults.

It knows nothing of the requirements' checks or cases, or it would only agree with itself.
"""
