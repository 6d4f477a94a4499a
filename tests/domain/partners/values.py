"""Shops, plans and requests for the tests of decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from navswap.features.partners.domain.opening_hours import read_opening_hours
from navswap.features.partners.domain.values import PartnerShop, StoragePlan, StorageRequest, Wanted
from navswap.kit.geo import Point

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_shop(hours: str = "24/7", **values: Any) -> PartnerShop:
    """Return a shop with places for 10 packs."""
    known = {
        "id": "shop",
        "owner_id": "owner",
        "name": "Corner shop",
        "point": Point(121.5, 25.0),
        "time_zone": "Asia/Kolkata",
        "opening_hours": read_opening_hours(hours),
        "capacity_packs": 10,
        "credits_per_pack_day": 650,
    }
    return PartnerShop(**{**known, **values})


def a_plan(packs: int = 3, model_id: str = "NS-48") -> StoragePlan:
    """Return a plan for packs of a station."""
    return StoragePlan("plan", Wanted("station", packs, None, model_id), 0, (), "admin", NOW)


def a_request(packs: int = 3, **values: Any) -> StorageRequest:
    """Return a request that waits for an answer for 2 hours."""
    known = {
        "id": "request",
        "plan_id": "plan",
        "shop_id": "shop",
        "station_id": "station",
        "packs": packs,
        "requested_at": NOW,
        "due_at": NOW + 2 * HOUR,
    }
    return StorageRequest(**{**known, **values})
