"""The reference proxy, and what sets others apart from it: deliberate defects, and ways to differ that are right."""

from conformance.reference.proxies import faults, variants
from conformance.reference.proxies.declared import PROXIES, PROXY_FAULTS, PROXY_VARIANTS

__all__ = ["PROXIES", "PROXY_FAULTS", "PROXY_VARIANTS", "faults", "variants"]
