"""Stays of packs at shops, and the nights that are paid for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo

from navswap.features.partners.domain.values import Stay
from navswap.kit.lifecycle import Transition, unchanged


def begin(stay_id: str, serial_number: str, shop_id: str, now: datetime) -> Transition[Stay]:
    """Return the stay of a pack that has just come."""
    return Transition(None, Stay(stay_id, serial_number, shop_id, since=now))


def end(stay: Stay, now: datetime) -> Transition[Stay]:
    """End the stay of a pack that has left."""
    return Transition(stay, replace(stay, until=now, present=False, revision=stay.revision + 1))


def nights_to_pay(stay: Stay, now: datetime, zone: tzinfo) -> list[date]:
    """Return the nights of a stay that are over and not paid, oldest first; each is named by the local day before it.

    A pack-day is a local day at whose end the pack was there; so a pack is paid once for each, to one shop, whenever it
    came and went.
    """
    paid = stay.paid_through
    day = _day_of(stay.since, zone) if paid is None else date.fromisoformat(paid) + timedelta(days=1)
    over = _day_of(now if stay.until is None else min(stay.until, now), zone)
    return [day + timedelta(days=number) for number in range((over - day).days)]


def pay(stay: Stay, nights: Sequence[date]) -> Transition[Stay]:
    """Record the nights that were paid, oldest first; a stay that is over is settled then."""
    paid_through = nights[-1].isoformat() if nights else stay.paid_through
    paid = replace(stay, paid_through=paid_through, settled=not stay.present)
    return unchanged(stay) if paid == stay else Transition(stay, replace(paid, revision=stay.revision + 1))


def _day_of(time: datetime, zone: tzinfo) -> date:
    return time.astimezone(zone).date()
