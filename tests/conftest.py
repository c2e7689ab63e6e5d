"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# What a property is tried on is the same each time, and a busy machine may take its time.
settings.register_profile(
    "ours", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ours")
