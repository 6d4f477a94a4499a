"""Keyed random draws: each is a function of seed, purpose, entity and index, and of nothing that was drawn before.

So a policy that draws once more shifts no other draw, and two policies are compared on the same riders, the same weather
and the same faults. Single draws are hashed (SplitMix64); long series come from a Philox generator with its own key.
"""

import math
from enum import IntEnum, unique

import numpy as np
import numpy.typing as npt

_MASK = (1 << 64) - 1
_SEED, _PURPOSE, _ENTITY, _INDEX = (
    0x9E3779B97F4A7C15,
    0xBF58476D1CE4E5B9,
    0x94D049BB133111EB,
    0xD6E8FEB86659FD93,
)
_TO_UNIT = 1.0 / (1 << 53)


@unique
class Purpose(IntEnum):
    """What a draw is for; a number once given is never given to another purpose, so that recorded seeds stay good."""

    DEMAND = 1
    WEATHER = 2
    INCIDENT = 3
    PATIENCE = 4
    NO_SHOW = 5
    CANCELLATION = 6
    LATENESS = 7
    PACK_START = 8
    PACK_FAILURE = 9
    SLOT_FAILURE = 10
    CHARGER_FAILURE = 11
    STATION_FAILURE = 12
    REPAIR = 13
    ACTION_OUTCOME = 14
    PARTNER_ANSWER = 15
    TRANSPORTER_ANSWER = 16
    STAFF_ANSWER = 17
    CHOICE = 18
    FEEDER_EVENT = 19
    STREETS = 20
    RIDER = 21
    DAY_LEVEL = 22
    AGENT = 23
    WALK_IN = 25
    ORIGIN = 26
    VEHICLE = 27
    CHARGE_ON_ASKING = 28
    PACE = 29
    POPULARITY = 30
    EXTRA_DEMAND = 31
    TILE = 32
    LINK_FAILURE = 33
    FAULT_CODE = 34
    ACTION_TRUTH = 35
    METER = 36
    PROBE = 37
    LOCAL_TRAFFIC = 38
    PACK_AGE = 39
    HEALTH = 40
    SHOP_GOODS = 41
    STORAGE_REVIEW = 42
    STORAGE_ANSWER = 43
    RESERVE = 44
    ROAMING = 45
    SHIFT = 46
    BREAK = 47
    EVENT_ID = 60


class Draws:
    """The random numbers of one run; `seed` is any integer of 64 bits."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._base = seed * _SEED

    def uniform(self, purpose: Purpose, entity: int, index: int = 0) -> float:
        """Return a number in [0, 1), the same for the same key."""
        mixed = (self._base + purpose * _PURPOSE + entity * _ENTITY + index * _INDEX) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * _PURPOSE) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * _ENTITY) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) * _TO_UNIT

    def uniforms(
        self, purpose: Purpose, entities: npt.NDArray[np.int64], index: int = 0
    ) -> npt.NDArray[np.float64]:
        """Return `uniform(purpose, entity, index)` of each entity, all at once and bit for bit the same."""
        constant = np.uint64((self._base + purpose * _PURPOSE + index * _INDEX) & _MASK)
        mixed = entities.astype(np.uint64) * np.uint64(_ENTITY) + constant
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_PURPOSE)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_ENTITY)
        return np.asarray(((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * _TO_UNIT, dtype=np.float64)

    def exponential(self, purpose: Purpose, entity: int, index: int = 0) -> float:
        """Return an exponential variable of mean 1."""
        return -math.log1p(-self.uniform(purpose, entity, index))

    def weibull(self, shape: float, scale: float, purpose: Purpose, entity: int, index: int = 0) -> float:
        """Return a Weibull variable, in the unit of `scale`."""
        return scale * math.pow(self.exponential(purpose, entity, index), 1.0 / shape)

    def generator(self, purpose: Purpose, entity: int) -> np.random.Generator:
        """Return a generator of its own for a long series, such as all riders of a day."""
        key = np.array([self.seed & _MASK, (purpose * _PURPOSE + entity * _ENTITY) & _MASK], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key))
