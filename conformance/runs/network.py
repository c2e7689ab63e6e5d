"""What a live run tells of the network that it was sent over. Never a credential, nor where files lie."""

from conformance.report import results
from conformance.targets.network import proxies_by_surface, uses_tls
from conformance.targets.target import Target
from conformance.wire.route import Route


def used(route: Route, target: Target) -> results.Network | None:
    """The network as results.json has it; None if a run got to its target directly and with the system's certificates."""
    proxies, has_tls = proxies_by_surface(route, target), uses_tls(route, target)
    authorities, client = route.certificates.authorities, route.certificates.client
    network = results.Network(
        proxies={
            surface: results.ProxyUsed(url=proxy.url, named_by=proxy.named_by) for surface, proxy in proxies.items()
        },
        ca_bundle=results.AuthoritiesUsed(
            name=authorities.name,
            certificates=authorities.count,
            sha256=authorities.sha256,
            named_by=authorities.named_by,
        )
        if authorities and has_tls
        else None,
        client_certificate=results.ClientCertificateUsed(subject=client.subject, named_by=client.named_by)
        if client and has_tls
        else None,
    )
    return None if network == results.Network() else network
