"""What each fact says in numbers: the tables that features are counted from, one module a subject.

A module reads payloads as `docs/events.md` and `docs/archive.md` describe them; it never imports a slice, so a test feeds every
table with the slices' own facts (`tests/ml/test_tables.py`).
"""

from typing import Final

from navswap.ml.history import History, TableSpec
from navswap.ml.tables.depots import DEPOT_MOVES, PROPOSALS
from navswap.ml.tables.energy import FEEDERS, LOADS
from navswap.ml.tables.faults import ENDED_FAULTS, FAILED_COMMANDS, FAULTS, STAGES
from navswap.ml.tables.inventories import CHARGING_PLANS, SLOT_MOVES, STOCK
from navswap.ml.tables.outages import OUTAGES
from navswap.ml.tables.packs import HEALTH
from navswap.ml.tables.partners import ANSWERS, ASKED, SHOPS
from navswap.ml.tables.slots import DOCKINGS
from navswap.ml.tables.staffing import TICKETS, WORK
from navswap.ml.tables.stations import STATUS
from navswap.ml.tables.swapping import ARRIVALS, HOLDS, OUTCOMES, SWAPS
from navswap.ml.tables.traffic import CELL_SPEEDS, ZONE_SPEEDS

TABLES: Final[tuple[TableSpec, ...]] = (
    SWAPS,
    HOLDS,
    ARRIVALS,
    OUTCOMES,
    STATUS,
    FAULTS,
    FAILED_COMMANDS,
    ENDED_FAULTS,
    STAGES,
    STOCK,
    SLOT_MOVES,
    CHARGING_PLANS,
    WORK,
    TICKETS,
    HEALTH,
    DOCKINGS,
    LOADS,
    FEEDERS,
    OUTAGES,
    ZONE_SPEEDS,
    CELL_SPEEDS,
    SHOPS,
    ASKED,
    ANSWERS,
    DEPOT_MOVES,
    PROPOSALS,
)
"""All tables, in any order."""


def new_history(time_zone: str) -> History:
    """Return an empty history of all tables, of a network in a time zone (IANA)."""
    return History(TABLES, time_zone)


def archived_topics() -> tuple[str, ...]:
    """Return the topics on which those facts travel, in alphabetical order."""
    return History(TABLES, "UTC").topics


def archived_types() -> frozenset[str]:
    """Return the types of the facts that the tables are made of."""
    return frozenset(type_ for table in TABLES for type_ in table.types)
