"""The cases of client libraries: what the documents show, and what users build on it, through the real clients."""
