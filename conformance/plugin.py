"""Where the pytest plugin was before it moved to `conformance.runs.plugin`: `-p conformance.plugin` still finds it."""

pytest_plugins = ("conformance.runs.plugin",)
