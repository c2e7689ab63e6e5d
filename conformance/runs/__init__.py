"""One run of the cases against one gateway or its recordings: the pytest plugin, its settings, and what came of it."""
