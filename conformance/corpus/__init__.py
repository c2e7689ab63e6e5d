"""The frozen requests that were made from openapi/: which ones there are, and what each of them varies."""
