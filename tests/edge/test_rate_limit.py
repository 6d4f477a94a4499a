from datetime import timedelta

import pytest
from redis.asyncio import Redis

from navswap.auth.sign_in_limit import SignInGuard
from navswap.edge.rate_limit import ClientAddress, OperationGuard, rate_headers
from navswap.infra.rate_limiter import RateDecision, RateLimiter
from navswap.kit.addresses import network_of
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.settings import Settings


@pytest.fixture
def limiter(settings: Settings, redis: Redis, clock: ManualClock) -> RateLimiter:
    return RateLimiter(redis, f"{settings.redis_prefix}{new_id()}:", clock, timeout_seconds=60)


@pytest.fixture
def strict(settings: Settings) -> Settings:
    limits = {
        "rate_limit_principal_per_minute": 2,
        "rate_limit_address_per_minute": 3,
        "rate_limit_sign_in_per_minute": 1,
    }
    return settings.model_copy(update=limits)


async def test_one_principal_is_limited_from_all_its_addresses(
    limiter: RateLimiter, strict: Settings
) -> None:
    guard = OperationGuard(limiter, strict)
    addresses = ("203.0.113.1", "203.0.113.2", "203.0.113.3")
    decisions = [await guard.check_operation("rider", address) for address in addresses]
    assert [(decision.allowed, decision.limit) for decision in decisions] == [
        (True, 2),
        (True, 2),
        (False, 2),
    ]


async def test_one_address_is_limited_for_all_its_principals_and_the_anonymous(
    limiter: RateLimiter, strict: Settings
) -> None:
    guard = OperationGuard(limiter, strict)
    principals = ("rider-1", None, "rider-2", None)
    decisions = [await guard.check_operation(principal, "203.0.113.1") for principal in principals]
    assert [decision.allowed for decision in decisions] == [True, True, True, False]
    assert decisions[-1].limit == 3
    assert (await guard.check_operation(None, "203.0.113.9")).allowed


async def test_signing_in_has_a_limit_of_its_own(
    limiter: RateLimiter, strict: Settings, clock: ManualClock
) -> None:
    guard = SignInGuard(limiter, strict)
    assert (await guard.check_sign_in("203.0.113.1", "a@b.test")).allowed
    assert await guard.check_sign_in("203.0.113.1", "c@d.test") == RateDecision(False, 1, 0, 60.0)
    assert (await guard.check_sign_in("203.0.113.2", "e@f.test")).allowed
    assert (await OperationGuard(limiter, strict).check_operation(None, "203.0.113.1")).allowed
    clock.advance(timedelta(minutes=1))
    assert (await guard.check_sign_in("203.0.113.1", "a@b.test")).allowed


async def test_many_addresses_guess_the_password_of_one_account_no_faster_than_one(
    limiter: RateLimiter, strict: Settings, clock: ManualClock
) -> None:
    guard = SignInGuard(limiter, strict.model_copy(update={"rate_limit_account_per_minute": 3}))
    decisions = [await guard.check_sign_in(f"203.0.113.{host}", "asha@navswap.test") for host in range(1, 6)]
    assert [decision.allowed for decision in decisions] == [True, True, True, False, False]
    assert not (await guard.check_sign_in("203.0.113.9", " ASHA@navswap.test")).allowed
    assert (await guard.check_sign_in("203.0.113.10", "mei@navswap.test")).allowed
    clock.advance(timedelta(seconds=20))
    assert (await guard.check_sign_in("203.0.113.11", "asha@navswap.test")).allowed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_client_is_limited_by_the_network_that_it_owns(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ([], "10.0.0.1", ["203.0.113.7"], "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.9.9.9", ["203.0.113.7"], "203.0.113.7"),
        (["10.0.0.1"], "198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["1.1.1.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", ["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (["10.0.0.1"], "10.0.0.1", [], "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", ["", "nonsense"], "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", ["203.0.113.7, nonsense"], "10.0.0.1"),
        (["10.0.0.1"], "::ffff:10.0.0.1", ["2001:db8::7"], "2001:db8::7"),
    ],
)
def test_only_a_trusted_proxy_may_name_the_client(
    trusted: list[str], peer: str, forwarded: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert ClientAddress(trusted).of(scope) == address


def test_a_proxy_that_is_no_network_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="proxy"):
        ClientAddress(["proxy"])


def test_headers_tell_the_limit_and_a_refusal_tells_when_to_come_back() -> None:
    assert rate_headers(RateDecision(True, 60, 12, 0.2)) == {
        "ratelimit-limit": "60",
        "ratelimit-remaining": "12",
        "ratelimit-reset": "1",
    }
    assert rate_headers(RateDecision(False, 60, 0, 7.5)) == {
        "ratelimit-limit": "60",
        "ratelimit-remaining": "0",
        "ratelimit-reset": "8",
        "retry-after": "8",
    }
