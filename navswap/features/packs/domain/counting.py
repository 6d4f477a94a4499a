"""The packs in the slots of one station: what can be done with them, and the best of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from navswap.features.packs.domain.custody import may_be_handed_out
from navswap.features.packs.domain.values import Condition, Pack


@dataclass(frozen=True, slots=True)
class PackCount:
    """Packs of one model in the slots of one station, counted by what can be done with them.

    `blocked` are the fit ones in a locked or faulted slot; `shut_in` are all in such a slot.
    """

    charged: int = 0
    held: int = 0
    charging: int = 0
    faulty: int = 0
    blocked: int = 0
    shut_in: int = 0

    @property
    def total(self) -> int:
        """Return how many slots are filled."""
        return self.charged + self.charging + self.faulty + self.blocked

    @property
    def free(self) -> int:
        """Return the charged packs that are not held."""
        return self.charged - self.held


def count_packs(packs: Iterable[Pack], promised_soc_percent: float) -> dict[str, PackCount]:
    """Count packs against a promised charge, by the id of their model; a model without packs is left out."""
    by_model: dict[str, list[Pack]] = {}
    for pack in packs:
        by_model.setdefault(pack.model_id, []).append(pack)
    return {model_id: _count(found, promised_soc_percent) for model_id, found in sorted(by_model.items())}


def best_free(
    packs: Iterable[Pack], *, model_id: str, count: int, promised_soc_percent: float
) -> tuple[Pack, ...]:
    """Return the fullest packs of a model that are not held and may be handed out, at most `count`."""
    free = [
        pack
        for pack in packs
        if pack.model_id == model_id
        and pack.held_by is None
        and may_be_handed_out(pack, promised_soc_percent)
    ]
    return tuple(sorted(free, key=lambda pack: (-pack.soc_percent, pack.id))[:count])


def at_station(station_id: str, packs: Sequence[Pack], changed: Sequence[Pack]) -> tuple[Pack, ...]:
    """Return the packs in the slots of a station, by slot, once some packs have changed, come or left."""
    now = {pack.id: pack for pack in (*packs, *changed)}
    there = (pack for pack in now.values() if pack.is_in_slot_of(station_id))
    return tuple(sorted(there, key=lambda pack: pack.place.evse_id or 0))


def _count(packs: Sequence[Pack], promised_soc_percent: float) -> PackCount:
    charged = held = charging = faulty = blocked = shut_in = 0
    for pack in packs:
        shut_in += pack.shut_in
        if pack.condition is not Condition.FIT:
            faulty += 1
        elif pack.shut_in:
            blocked += 1
        elif pack.soc_percent >= promised_soc_percent:
            charged += 1
            held += pack.held_by is not None
        else:
            charging += 1
    return PackCount(charged, held, charging, faulty, blocked, shut_in)
