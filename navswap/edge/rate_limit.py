"""Rate limits of the edge: by principal and by address, with the headers that report them."""

import math
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_network
from typing import Final, Protocol

from graphql import GraphQLError
from starlette.types import Scope

from navswap.infra.rate_limiter import Quota, RateDecision
from navswap.kit.addresses import network_of, parse_address
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

_QUOTAS: Final = 8_192
"""Clients of each kind whose quotas are kept at hand."""


class RateLimitedError(NavSwapError):
    """Too many operations in a minute; the message says how long to wait."""

    code = "RATE_LIMITED"

    def __init__(self, decision: RateDecision) -> None:
        super().__init__(
            f"More than {decision.limit} operations a minute; try again in {_seconds(decision)} seconds."
        )
        self.decision = decision

    def as_graphql(self) -> GraphQLError:
        """Return the error with the limit and the wait in its extensions."""
        return GraphQLError(
            self.message,
            extensions={
                "code": self.code,
                "limit": self.decision.limit,
                "retryAfterSeconds": _seconds(self.decision),
            },
        )


class Limiter(Protocol):
    """What decides by quotas."""

    async def decide(self, *quotas: Quota) -> RateDecision:
        """Take one permit from every quota, or none from any when one of them is spent."""
        ...

    def decide_at_once(self, *quotas: Quota) -> RateDecision | None:
        """Take one permit from every quota where that needs no waiting; None, and none is taken, where it does."""
        ...


class OperationGuard:
    """Limits the operations of a principal and of an address; both are asked in one step."""

    def __init__(self, limiter: Limiter, settings: Settings) -> None:
        self._limiter = limiter
        self._per_principal = settings.rate_limit_principal_per_minute
        self._per_address = settings.rate_limit_address_per_minute

    async def check_operation(self, principal: str | None, address: str) -> RateDecision:
        """Count one operation of an address and, of a signed-in client, of the principal."""
        of_address = _quota_of_address(address, self._per_address)
        if principal is None:
            return await self._limiter.decide(of_address)
        return await self._limiter.decide(of_address, _quota_of_principal(principal, self._per_principal))

    def check_at_once(self, principal: str | None, address: str) -> RateDecision | None:
        """Count one operation that is allowed; None, and nothing is counted, where `check_operation` has to be asked."""
        of_address = _quota_of_address(address, self._per_address)
        if principal is None:
            return self._limiter.decide_at_once(of_address)
        return self._limiter.decide_at_once(of_address, _quota_of_principal(principal, self._per_principal))


@lru_cache(maxsize=_QUOTAS)
def _quota_of_address(address: str, limit: int) -> Quota:
    return Quota(f"address:{network_of(address)}", limit)


@lru_cache(maxsize=_QUOTAS)
def _quota_of_principal(principal: str, limit: int) -> Quota:
    return Quota(f"principal:{principal}", limit)


class ClientAddress:
    """Finds the address of a client, past the proxies that the settings trust and no others."""

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        self._trusted = [ip_network(network) for network in trusted_proxies]

    def of(self, scope: Scope) -> str:
        """Return the last address that a trusted proxy vouches for; without such a proxy it is the peer."""
        client = scope.get("client")
        address: str = client[0] if client else "unknown"
        if not self._trusted:
            return address
        forwarded = (
            value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
        )
        hops = ",".join(forwarded).split(",")
        while hops and self._trusts(address) and (hop := parse_address(hops.pop().strip())) is not None:
            address = str(hop)
        return address

    def _trusts(self, address: str) -> bool:
        parsed = parse_address(address)
        return parsed is not None and any(parsed in network for network in self._trusted)


def raw_rate_headers(decision: RateDecision) -> list[tuple[bytes, bytes]]:
    """Return the headers of an allowed operation as ASGI has them."""
    return [
        (b"ratelimit-limit", b"%d" % decision.limit),
        (b"ratelimit-remaining", b"%d" % decision.remaining),
        (b"ratelimit-reset", b"%d" % _seconds(decision)),
    ]


def rate_headers(decision: RateDecision) -> dict[str, str]:
    """Return the headers that report its limit to a client; times are whole seconds, rounded up."""
    headers = {
        "ratelimit-limit": str(decision.limit),
        "ratelimit-remaining": str(decision.remaining),
        "ratelimit-reset": str(_seconds(decision)),
    }
    return headers if decision.allowed else {**headers, "retry-after": str(_seconds(decision))}


def _seconds(decision: RateDecision) -> int:
    return math.ceil(decision.reset_seconds)
