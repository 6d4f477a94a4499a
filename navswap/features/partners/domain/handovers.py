"""Consent of a transporter to packs changing hands at a shop, as a code that the shop scans from the transporter's display."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from navswap.features.partners.errors import (
    HandoverCodeExpiredError,
    HandoverCodeInvalidError,
    MorePacksThanAgreedError,
)


class Direction(StrEnum):
    """Which way packs change hands."""

    INTO_SHOP = "INTO_SHOP"
    OUT_OF_SHOP = "OUT_OF_SHOP"


@dataclass(frozen=True, slots=True)
class HandoverCode:
    """What a transporter agreed to: at most so many packs into or out of one shop, once, until a time."""

    id: str
    transporter_id: str
    shop_id: str
    direction: Direction
    packs: int
    expires_at: datetime


def require_agreed(code: HandoverCode, shop_id: str, direction: Direction, packs: int, now: datetime) -> None:
    """Raise HandoverCodeInvalidError, HandoverCodeExpiredError or MorePacksThanAgreedError unless a code covers a handover."""
    if (code.shop_id, code.direction) != (shop_id, direction):
        raise HandoverCodeInvalidError(
            "This code is for another shop, or for packs that go the other way; let the transporter show a new one."
        )
    if now >= code.expires_at:
        raise HandoverCodeExpiredError("This code is over; let the transporter show a new one.")
    if packs > code.packs:
        raise MorePacksThanAgreedError(
            f"The transporter agreed to {code.packs} packs, not {packs}; scan fewer, or let a new code be shown."
        )
