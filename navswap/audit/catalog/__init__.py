"""All invariants, in the order in which they are examined."""

from navswap.audit.catalog.energy import ChargersKeepToTheFeeder
from navswap.audit.catalog.events import NoEventIsDeadLettered, StreamsTellEveryRevision
from navswap.audit.catalog.faults import (
    CompensationsArePaid,
    TicketsHaveTheirCause,
    WhatIsOutOfUseHasAFault,
)
from navswap.audit.catalog.guards import UniqueIndexesStand
from navswap.audit.catalog.holds import (
    EntriesAreActiveOrEnded,
    FencesFollowHolds,
    HeldPacksBelongToActiveEntries,
    HoldsHaveTheirPack,
    SwapsFulfilTheirEntries,
)
from navswap.audit.catalog.ledger import BalancesAreTheSumsOfTheirEntries, BonusesArePaid, NobodyOwes
from navswap.audit.catalog.orders import OrdersReceiveWhatWasOrdered
from navswap.audit.catalog.packs import (
    CustodyIsUnbroken,
    NoPackIsLost,
    PacksStandInOnePlace,
    WithdrawalsAreWrittenDown,
    WithdrawnPacksAreNotHeld,
)
from navswap.audit.catalog.sessions import SessionsBelongToUsers
from navswap.audit.catalog.shops import NightsArePaidToWhoStored, PlacesAreCounted, StaysFollowThePacks
from navswap.audit.catalog.staff import AssignmentsAreActiveOrEnded
from navswap.audit.catalog.stations import QueueLengthsAreCounted, StockIsCounted
from navswap.audit.catalog.traffic import CellsFollowTheMap, ProbesAreCounted
from navswap.audit.catalog.transport import (
    JobsAreFailedWithoutPacks,
    JobsAreOpenTakenOrEnded,
    JobsPayOnce,
    OffersFollowTheirJobs,
    PacksOnBoardAreWithTheirTransporter,
)
from navswap.audit.invariant import Invariant

INVARIANTS: tuple[type[Invariant], ...] = (
    UniqueIndexesStand,
    PacksStandInOnePlace,
    NoPackIsLost,
    CustodyIsUnbroken,
    WithdrawnPacksAreNotHeld,
    WithdrawalsAreWrittenDown,
    StockIsCounted,
    QueueLengthsAreCounted,
    EntriesAreActiveOrEnded,
    HoldsHaveTheirPack,
    HeldPacksBelongToActiveEntries,
    FencesFollowHolds,
    SwapsFulfilTheirEntries,
    BalancesAreTheSumsOfTheirEntries,
    NobodyOwes,
    BonusesArePaid,
    JobsAreOpenTakenOrEnded,
    JobsAreFailedWithoutPacks,
    PacksOnBoardAreWithTheirTransporter,
    JobsPayOnce,
    OffersFollowTheirJobs,
    PlacesAreCounted,
    StaysFollowThePacks,
    NightsArePaidToWhoStored,
    OrdersReceiveWhatWasOrdered,
    AssignmentsAreActiveOrEnded,
    ChargersKeepToTheFeeder,
    TicketsHaveTheirCause,
    WhatIsOutOfUseHasAFault,
    CompensationsArePaid,
    ProbesAreCounted,
    CellsFollowTheMap,
    SessionsBelongToUsers,
    StreamsTellEveryRevision,
    NoEventIsDeadLettered,
)
