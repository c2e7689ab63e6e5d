"""The requests that were made from the specs, each a case of its own."""
