"""The web application: the reference gateway at the root, and every variant of it under a prefix of its own.

`/faults/<name>/ai-gateway/...` is the gateway with that fault, `/variants/<name>/...` one that differs and is right.
One process serves them all, with one credential.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Router
from starlette.types import Receive, Scope, Send

from conformance.reference.auth import Authenticator
from conformance.reference.calls import Answer
from conformance.reference.errors import Refusal, enveloped, phrase
from conformance.reference.faults import FAULTS
from conformance.reference.gateway import Gateway, whole
from conformance.reference.policy import DOCUMENTED, Policy
from conformance.reference.script import Script
from conformance.reference.variant import REFERENCE, Variant
from conformance.reference.variants import VARIANTS


class UnknownVariant(LookupError):
    """A name that no fault and no variant has; its text names the nearest."""


def variant_named(name: str) -> Variant:
    """The fault or the variant of this name. Raises UnknownVariant."""
    known: dict[str, Variant] = {**VARIANTS, **FAULTS}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    raise UnknownVariant(f"there is no fault named {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def create_app(
    policy: Policy = DOCUMENTED,
    fault: str | Variant | None = None,
    *,
    token: str | None = None,
    script: Script | None = None,
) -> Starlette:
    """The gateway as an ASGI application: with a policy of its own, or with a fault or variant (by name or itself).

    `token` is the one that is right; without it, the first one presented becomes that. `script` is what the model says: each
    request that reaches it, by whichever path, takes the next entry. Raises UnknownVariant.
    """
    if fault is None:
        variant = REFERENCE if policy is DOCUMENTED else Variant("policy", "has a policy of its own", policy)
    else:
        variant = variant_named(fault) if isinstance(fault, str) else fault
    authenticator = Authenticator(token)
    gateway = Gateway(variant, authenticator, script)

    async def refuse(request: Request, exception: Exception) -> Response:
        """404 and 405, of the gateway itself: a path that is absent belongs to no surface."""
        assert isinstance(exception, HTTPException)
        status = exception.status_code
        code = {404: "ENDPOINT_NOT_FOUND"}.get(status, phrase(status))
        refusal = Refusal(f"There is no {request.method} {request.url.path[:120]} here.", status=status, code=code)
        refused = Answer(enveloped(refusal, variant.policy.envelope), status, headers=exception.headers or {})
        return whole(refused, variant.policy)

    app = Starlette(
        routes=[
            Mount("/faults/{variant}", app=_Variants(FAULTS, authenticator, script)),
            Mount("/variants/{variant}", app=_Variants(VARIANTS, authenticator, script)),
            *gateway.routes(),
        ],
        exception_handlers={HTTPException: refuse},
    )
    app.router.redirect_slashes = False  # no path is documented in two spellings
    return app


class _Variants:
    """Dispatches to the gateway that the prefix names, made when it is first asked for."""

    def __init__(
        self, variants: Mapping[str, Variant], authenticator: Authenticator, script: Script | None = None
    ) -> None:
        self._variants = variants
        self._authenticator, self._script = authenticator, script
        self._routers: dict[str, Router] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["variant"]
        if name not in self._variants:
            raise HTTPException(404)
        if name not in self._routers:
            routes = Gateway(self._variants[name], self._authenticator, self._script).routes()
            self._routers[name] = Router(routes, redirect_slashes=False)
        await self._routers[name](scope, receive, send)
