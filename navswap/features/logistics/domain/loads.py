"""Loads: what one vehicle carries of a transport."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from navswap.features.logistics.domain.rebalancing import Transport


def load_limit(capacities: Sequence[int], usual: int) -> int:
    """Return the largest load of one job: at least half of the vehicles can take it; `usual` where none is known."""
    return statistics.median_low(capacities) if capacities else usual


def load_sizes(packs: int, limit: int) -> list[int]:
    """Return the sizes of the fewest loads of at most `limit` packs, nearly equal, the larger ones first."""
    count = math.ceil(packs / limit)
    return [packs // count + (place < packs % count) for place in range(count)]


def split_into_loads(transport: Transport, limit: int) -> list[Transport]:
    """Cut a transport into the fewest loads of at most `limit` packs, nearly equal, promised packs in the first."""
    loads, promised = [], transport.promised
    for packs in load_sizes(transport.packs, limit):
        urgent = min(packs, promised)
        promised -= urgent
        loads.append(replace(transport, packs=packs, promised=urgent))
    return loads
