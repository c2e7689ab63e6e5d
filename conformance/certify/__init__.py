"""Certificates: what a run has shown of a target, signed, so that anyone can check it offline."""
