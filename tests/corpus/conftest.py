"""Properties are tried on the same examples everywhere: a test that passes here passes in CI."""

from hypothesis import settings

settings.register_profile("corpus", deadline=None, derandomize=True, database=None, max_examples=200)
settings.load_profile("corpus")
