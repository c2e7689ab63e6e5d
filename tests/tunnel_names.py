"""How the proxy of tests/tunnel.py resolves names. It is imported in the process of proxy.py alone."""

from proxy.http.proxy import HttpProxyBasePlugin

from tests.tunnel import HOST


class ToThisMachine(HttpProxyBasePlugin):
    """Resolves HOST, as the proxy of a company resolves what its clients cannot."""

    def resolve_dns(self, host: str, port: int) -> tuple[str | None, tuple[str, int] | None]:  # noqa: ARG002 (proxy.py's)
        return ("127.0.0.1" if host == HOST else None), None
