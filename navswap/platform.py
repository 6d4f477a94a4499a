"""What every slice is built on, opened once for a process."""

from dataclasses import dataclass

from redis.asyncio import Redis

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.tokens import AccessTokens, RefreshTokens
from navswap.events.audit_log import AuditLog
from navswap.events.hub import Hub
from navswap.events.outbox import Outbox
from navswap.infra.idempotency import Idempotency
from navswap.infra.kafka import Producer
from navswap.infra.mongo import Mongo
from navswap.infra.rate_limiter import RateLimiter
from navswap.infra.turns import Turns
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.ml.forecaster import Forecaster
from navswap.settings import Settings


@dataclass(frozen=True, slots=True)
class Platform:
    """Settings, time, the stores, and the tokens of sessions; a slice takes from it what it needs."""

    settings: Settings
    clock: Clock
    ids: Ids
    mongo: Mongo
    redis: Redis
    producer: Producer
    hub: Hub
    outbox: Outbox
    audit_log: AuditLog
    idempotency: Idempotency
    turns: Turns
    rate_limiter: RateLimiter
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    ended_sessions: EndedSessions
    forecaster: Forecaster
