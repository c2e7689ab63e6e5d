"""Whether recordings are what they say: whole, unchanged, not too old, of each case, and without secrets."""
