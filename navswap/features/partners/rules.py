"""Pure decisions of partners: which shop stores which packs, when it is open, which nights are paid."""

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from navswap.features.partners.documents import WHOLE_DAY, OpeningSpan, Weekday

REACH_METRES = 8_000.0
"""How far from a station its packs are stored at most, straight."""

FAIRNESS_METRES = 3_000.0
"""A shop that was lately asked to store as many packs as it has places counts as so much farther away."""

LEAST_PROBABILITY = 0.05
"""A shop that hardly ever accepts counts as at most twenty times as far."""

_WEEK = tuple(Weekday)
_SHORT = {day[:2].title(): place for place, day in enumerate(_WEEK)}
_RULE = re.compile(r"(?:(\w\w)(?:-(\w\w))? )?(\d\d):(\d\d)-(\d\d):(\d\d)")


def read_opening_hours(text: str) -> list[OpeningSpan]:
    """Return the weekly spans in OpenStreetMap's plain forms: `24/7`, `Mo-Sa 09:00-21:00; Su 10:00-14:00`.

    Raises ValueError for anything else.
    """
    if text.strip() == "24/7":
        return [OpeningSpan(weekday=day, opens_minute=0, closes_minute=WHOLE_DAY) for day in _WEEK]
    spans = []
    for part in text.split(";"):
        found = _RULE.fullmatch(part.strip())
        if found is None or not {found[1] or "Mo", found[2] or found[1] or "Su"} <= _SHORT.keys():
            raise ValueError(f"{part.strip()!r} tells no opening hours such as Mo-Sa 09:00-21:00")
        first = _SHORT[found[1]] if found[1] else 0
        last = _SHORT[found[2]] if found[2] else first if found[1] else len(_WEEK) - 1
        opens, closes = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
        if not first <= last or not opens < closes <= WHOLE_DAY:
            raise ValueError(f"{part.strip()!r} ends before it begins")
        spans += [
            OpeningSpan(weekday=day, opens_minute=opens, closes_minute=closes)
            for day in _WEEK[first : last + 1]
        ]
    return spans


def is_open(spans: Iterable[OpeningSpan], moment: datetime, zone: tzinfo) -> bool:
    """Tell whether a shop is open at a moment."""
    local = moment.astimezone(zone)
    minute, today = local.hour * 60 + local.minute, _WEEK[local.weekday()]
    return any(span.weekday is today and span.opens_minute <= minute < span.closes_minute for span in spans)


def acceptance_rate(accepted: int, answered: int) -> float:
    """Return the share of requests that a shop accepts; a shop that was never asked counts as one half (Laplace)."""
    return (accepted + 1) / (answered + 2)


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What the allocation knows of a shop that is open and within reach."""

    shop_id: str
    distance_metres: float
    free_places: float
    acceptance_probability: float
    recent_packs: int
    capacity_packs: int

    @property
    def recent_share(self) -> float:
        """Return the packs asked for lately over the capacity."""
        return self.recent_packs / self.capacity_packs

    def cost_metres(self, already: int) -> float:
        """Return what one more pack costs, in metres, after `already` packs of this plan.

        The way counts as often as a shop must be asked on average until one accepts; what a shop was given lately, by
        this plan too, counts as a longer way, so that the earnings are shared.
        """
        way = self.distance_metres / max(LEAST_PROBABILITY, self.acceptance_probability)
        return way + FAIRNESS_METRES * (self.recent_packs + already) / self.capacity_packs


def allocate(packs: int, shops: Sequence[ShopFacts]) -> dict[str, int]:
    """Return how many packs each shop is asked to store, those with none left out.

    Each pack goes where one more costs least. Since the cost of a shop only grows, no other allocation of as many packs
    costs less in all.
    """
    places = {shop.shop_id: int(shop.free_places) for shop in shops}
    nearest = [(shop.cost_metres(0), shop.shop_id, shop) for shop in shops if places[shop.shop_id] > 0]
    heapq.heapify(nearest)
    given: dict[str, int] = {}
    for _ in range(packs):
        if not nearest:
            break
        _, shop_id, shop = heapq.heappop(nearest)
        given[shop_id] = given.get(shop_id, 0) + 1
        if given[shop_id] < places[shop_id]:
            heapq.heappush(nearest, (shop.cost_metres(given[shop_id]), shop_id, shop))
    return given


def night_of(moment: datetime, zone: tzinfo) -> date:
    """Return the local day whose night comes next after a moment."""
    return moment.astimezone(zone).date()


def nights_to_pay(
    since: datetime, until: datetime | None, paid_through: date | None, now: datetime, zone: tzinfo
) -> list[date]:
    """Return the nights of a stay that are over and not paid, oldest first.

    A pack-day is a local day at whose end the pack was there; so a pack is paid once for each, to one shop, whenever it
    came and went.
    """
    day = night_of(since, zone) if paid_through is None else paid_through + timedelta(days=1)
    end = night_of(now if until is None else min(until, now), zone)
    return [day + timedelta(days=number) for number in range((end - day).days)]
