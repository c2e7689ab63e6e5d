"""Variants of how a workspace lists its model services; what it answers to requests is the same."""

from dataclasses import replace

from conformance.reference.policy import DOCUMENTED
from conformance.reference.variants.declared import variant

variant(
    "services-in-pages",
    "lists its model services in small pages, the first of which is empty: the caller may not see those",
    replace(DOCUMENTED, services_a_page=5, services_kept=5),
)
variant(
    "services-hidden",
    "lists no model service to a caller without privileges on system.ai, and answers all the same",
    replace(DOCUMENTED, services="hidden", services_a_page=5),
)
variant("services-off", "does not offer the listing of model services", replace(DOCUMENTED, services="off"))
