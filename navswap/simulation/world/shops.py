"""How partner shops behave: how much of their room their own goods take hour by hour, and what they answer to requests."""

import math
from dataclasses import dataclass
from enum import StrEnum

from navswap.simulation.draws import Draws, Purpose

HOURS = 24
DELIVERY_SHARE, DELIVERY_DAYS = 0.35, 2.0
"""Room that a delivery takes, and the days after which half or so of it is sold."""
NIGHT_SHARE, NIGHT_HOURS = 0.12, frozenset({0, 1, 2, 3, 4, 5, 6, 22, 23})
"""Room that is taken over night by what stands in front of a shop by day."""
DAY_SPREAD, HOUR_SPREAD = 0.12, 0.06
RUSH_HOURS = 2.0
"""Within so many hours of its busiest one a shop has little time for requests."""
SILENT_SHARE = 0.05
"""Requests that a shop does not answer at all."""
ANSWER_MINUTES, RUSH_MINUTES = 14.0, 30.0


class Reply(StrEnum):
    """What a shop does about a request."""

    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    SILENCE = "SILENCE"


@dataclass(frozen=True, slots=True)
class ShopHabits:
    """One shop: the share of its room that its goods take at least, when they come, when it is busy, how willing it is."""

    key: int
    filled: float
    delivery_weekday: int
    busy_hour: float
    willing: float

    @classmethod
    def of(cls, key: int, draws: Draws) -> "ShopHabits":
        """Return the habits of a shop, the same for the same key."""
        one, two, three, four = (draws.uniform(Purpose.SHOP_GOODS, key, -1 - number) for number in range(4))
        return cls(key, 0.05 + 0.3 * one, int(7 * two), 10.0 + 10.0 * three, 0.5 + 0.45 * four)

    def goods_share(self, draws: Draws, day: int, hour: int, weekday: int) -> float:
        """Return the share of its room that its own goods take in a local hour of a day, 0 to 1."""
        since = (weekday - self.delivery_weekday) % 7 + hour / HOURS
        share = self.filled + DELIVERY_SHARE * math.exp(-since / DELIVERY_DAYS)
        share += NIGHT_SHARE if hour in NIGHT_HOURS else 0.0
        share += DAY_SPREAD * (2 * draws.uniform(Purpose.SHOP_GOODS, self.key, 100 * day + 50) - 1)
        share += HOUR_SPREAD * (2 * draws.uniform(Purpose.SHOP_GOODS, self.key, 100 * day + hour) - 1)
        return min(1.0, max(0.0, share))

    def reply(
        self, draws: Draws, request: int, hour: float, *, free_share: float, asked_today: int
    ) -> tuple[Reply, float]:
        """Return what it does about its `request`-th request, and after how many minutes.

        `free_share` is the share of its room that is free, `asked_today` how often it was asked on that day before: a shop
        that is asked again and again grows tired of it.
        """
        is_busy = abs(hour - self.busy_hour) < RUSH_HOURS
        willing = self.willing * (0.45 + 0.55 * min(1.0, 2 * free_share)) * 0.93**asked_today
        willing *= 0.55 if is_busy else 1.0
        slow = draws.exponential(Purpose.STORAGE_ANSWER, self.key, 2 * request + 1)
        minutes = 1.0 + (RUSH_MINUTES if is_busy else ANSWER_MINUTES) * slow
        left = draws.uniform(Purpose.STORAGE_ANSWER, self.key, 2 * request)
        if left >= 1 - SILENT_SHARE:
            return Reply.SILENCE, minutes
        return (Reply.ACCEPT if left < willing * (1 - SILENT_SHARE) else Reply.DECLINE), minutes
