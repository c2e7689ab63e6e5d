"""Both sides of a proxy: run by `gateway-conformance behind` alone, which watches the proxy's upstream."""
