"""Which slots packs are put into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScannedPack:
    """A pack that is put into a slot; without `evse_id` into the lowest empty one that takes its model."""

    serial_number: str
    evse_id: int | None = None


@dataclass(frozen=True, slots=True)
class WantedSlot:
    """The slot that a pack of a model is put into, by its number or, as None, any."""

    evse_id: int | None
    pack_model_id: str


def assign_slots(wanted: Sequence[WantedSlot], free: Mapping[int, str]) -> list[int | None]:
    """Return the slot of each pack: the one that was named, else the lowest free one that takes its model.

    `free` are the empty slots with the model that each takes. None where there is no such slot, or where the named one
    is not free or was named before; no other pack is given a named slot. Whether a named slot takes the model is
    decided where the pack is put in.
    """
    left = dict(sorted(free.items()))
    chosen: list[int | None] = []
    for place in wanted:
        chosen.append(place.evse_id if place.evse_id in left else None)
        left.pop(place.evse_id or 0, None)
    for index, place in enumerate(wanted):
        if place.evse_id is None:
            fitting = (slot for slot, model_id in left.items() if model_id == place.pack_model_id)
            chosen[index] = next(fitting, None)
            left.pop(chosen[index] or 0, None)
    return chosen


def propose_slots(
    wanted: Iterable[tuple[str, str, int]], free: Mapping[int, str]
) -> dict[str, tuple[int, ...]]:
    """Return which slots each job fills: the lowest free ones that take its model, each slot for one job.

    `wanted` has jobs, those first that choose first, with their model and how many packs they bring. A job gets fewer
    slots than packs where fewer are free.
    """
    left, proposed = dict(free), dict[str, tuple[int, ...]]()
    for job_id, pack_model_id, packs in wanted:
        chosen = assign_slots([WantedSlot(None, pack_model_id)] * packs, left)
        proposed[job_id] = tuple(slot for slot in chosen if slot is not None)
        left = {slot: model_id for slot, model_id in left.items() if slot not in proposed[job_id]}
    return proposed
