"""How often a client may try to sign in."""

from navswap.infra.rate_limiter import Quota, RateDecision, RateLimiter
from navswap.kit.addresses import network_of
from navswap.settings import Settings


class SignInGuard:
    """Limits the attempts to sign in from an address, far below other operations."""

    def __init__(self, limiter: RateLimiter, settings: Settings) -> None:
        self._limiter = limiter
        self._per_address = settings.rate_limit_sign_in_per_minute

    async def check_sign_in(self, address: str) -> RateDecision:
        """Count one attempt from an address; the caller refuses when it is not allowed."""
        return await self._limiter.decide(Quota(f"sign-in:{network_of(address)}", self._per_address))
