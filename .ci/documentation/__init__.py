"""Makes the documentation site: the pages of docs/, those generated from the code, and a check of what came of it."""
