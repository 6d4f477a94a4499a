"""Sortable numbers of an entity and a time: what an index is in order of, and what it is searched for."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

NOWHERE: Final = -1
"""The entity of a row that has none, and of a question about one that is unknown; it has no rows."""
TIME_BITS: Final = 43  # milliseconds up to the year 2248
_FEW: Final = 256
"""So many numbers at most are put in one by one."""
_SPARE_SHARE: Final = 16
"""The room for numbers to come is this part of those that are there."""
_UNKNOWN: Final = -2  # what is asked of NOWHERE: rows that have no entity are no answer to it


class By(StrEnum):
    """Which time of a fact a window is measured by."""

    KNOWN = "KNOWN"
    HAPPENED = "HAPPENED"


class Asked:
    """Entities that are asked about again and again, of all of them at one time."""

    __slots__ = ("first_keys", "has_unknown", "slot", "slots")

    def __init__(self, entity: Integers) -> None:
        """Take entities; NOWHERE is asked about, too, and has no rows."""
        self.first_keys = asked(entity) << TIME_BITS
        """The least key that an index may have of each."""
        self.slot = entity - NOWHERE
        self.slots = int(self.slot.max(initial=0)) + 1
        """Where each is counted, and how many such slots there are at least; the first is that of NOWHERE."""
        self.has_unknown = not self.slot.all()


class Ends:
    """Where the rows of each entity end in an index, by slot (`Asked`): what a question about now would search for."""

    def __init__(self) -> None:
        self._ends = np.empty(0, dtype=np.int64)

    def of(self, entities: Asked, keys: Integers) -> Integers:
        """Return how many of the keys, those of the index, stand before the first behind each entity; 0 for NOWHERE."""
        if len(self._ends) < entities.slots:
            self._ends = keys.searchsorted(np.arange(entities.slots, dtype=np.int64) << TIME_BITS)
        ends = self._ends[entities.slot]
        if entities.has_unknown:
            ends[entities.slot == 0] = 0
        return ends

    def take_in(self, entity: Integers) -> None:
        """Follow an index into which rows of some entities have come."""
        known = len(self._ends)
        if known:
            self._ends += np.bincount(entity - NOWHERE, minlength=known)[:known].cumsum()

    def clear(self) -> None:
        """Forget where rows end: some have been dropped."""
        self._ends = np.empty(0, dtype=np.int64)


class Room:
    """Where an array of numbers in order takes in a few more in place: it is long, and facts come one by one."""

    def __init__(self) -> None:
        self._held = np.empty(0, dtype=np.int64)

    def insert(self, numbers: Integers, places: Integers, new: Integers) -> Integers:
        """Return numbers with new ones before some places, which rise; the array that was given is not to be used any more."""
        if len(new) > _FEW:
            return np.insert(numbers, places, new)
        before, after = len(numbers), len(numbers) + len(new)
        if numbers.base is not self._held or after > len(self._held):
            self._held = np.empty(after + _FEW + after // _SPARE_SHARE, dtype=np.int64)
            self._held[:before] = numbers
        end = before
        for shift in range(len(new), 0, -1):  # from the end on, so that each number moves once
            place = int(places[shift - 1])
            self._held[place + shift : end + shift] = self._held[place:end]
            self._held[place + shift - 1] = new[shift - 1]
            end = place
        return self._held[:after]


def asked(entity: Integers) -> Integers:
    """Return entities as an index is searched for them."""
    return np.where(np.asarray(entity) < 0, _UNKNOWN, entity)


def joined(entity: Integers, time: Integers) -> Integers:
    """Return one sortable number of an entity and a time; that of NOWHERE is below all others."""
    number: Integers = (np.asarray(entity, dtype=np.int64) << TIME_BITS) + np.asarray(time, dtype=np.int64)
    return number


def distinct(numbers: Integers) -> Integers:
    """Return numbers in order, each once."""
    ordered = np.sort(numbers, kind="stable")  # quick where they are in order by and large
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
