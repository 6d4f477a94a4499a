"""Positions that tests need."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.positions.service.batches import PositionBatch
from navswap.kit.gps import GpsPoint
from tests.factories.gps import START


def a_principal(user_id: str, role: Role = Role.CONSUMER) -> Principal:
    """Return somebody who is signed in for a year."""
    return Principal(user_id, role, f"session-of-{user_id}", START + timedelta(days=365))


def a_message(points: Sequence[GpsPoint], role: Role = Role.CONSUMER, received_at: datetime = START) -> bytes:
    """Return points of one subject as Kafka carries them."""
    return PositionBatch.of(points, role, received_at).to_bytes()
