"""How often a client may try to sign in, and how often anyone may try one account."""

import hashlib

from navswap.infra.rate_limiter import Quota, RateDecision, RateLimiter
from navswap.kit.addresses import network_of
from navswap.settings import Settings


class SignInGuard:
    """Limits the attempts to sign in from an address, and those at an account, far below other operations.

    The limit of an account holds for all addresses together, so that many machines guess one password no faster than
    one. It slows the owner down, too, for as long as the guessing lasts; sessions that run are not affected.
    """

    def __init__(self, limiter: RateLimiter, settings: Settings) -> None:
        self._limiter = limiter
        self._per_address = settings.rate_limit_sign_in_per_minute
        self._per_account = settings.rate_limit_account_per_minute

    async def check_sign_in(self, address: str, email: str) -> RateDecision:
        """Count one attempt from an address at an account; the caller refuses when it is not allowed."""
        account = hashlib.sha256(email.strip().casefold().encode()).hexdigest()  # a key of bounded length
        return await self._limiter.decide(
            Quota(f"sign-in:{network_of(address)}", self._per_address),
            Quota(f"sign-in-account:{account}", self._per_account),
        )
