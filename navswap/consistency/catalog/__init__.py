"""All invariants, in the order in which they are examined."""

from navswap.consistency.catalog.documents import DocumentsCanBeRead
from navswap.consistency.catalog.energy import ChargersKeepToTheFeeder
from navswap.consistency.catalog.events import (
    EventsAreDoneInTime,
    NoEventIsDeadLettered,
    StreamsCarryEveryRevision,
)
from navswap.consistency.catalog.faults import (
    CompensationsArePaid,
    TicketsHaveTheirCause,
    WhatIsOutOfUseHasAFault,
)
from navswap.consistency.catalog.guards import UniqueIndexesStand
from navswap.consistency.catalog.holds import (
    EntriesAreActiveOrEnded,
    FencesFollowHolds,
    HeldPacksAreAsPromised,
    HeldPacksBelongToActiveEntries,
    HoldsAreOfRiders,
    HoldsAreServed,
    HoldsHaveTheirPack,
    SwapsFulfilTheirEntries,
)
from navswap.consistency.catalog.leases import LeasesEnd
from navswap.consistency.catalog.ledger import (
    BalancesAreTheSumsOfTheirEntries,
    BonusesArePaid,
    EntriesFollowEachOther,
    NoHolderOwes,
)
from navswap.consistency.catalog.orders import OrdersReceiveWhatWasOrdered
from navswap.consistency.catalog.packs import (
    CustodyIsUnbroken,
    NoPackIsLost,
    PacksFitWhereTheyAre,
    PacksStandInOnePlace,
    WithdrawalsAreWrittenDown,
    WithdrawnPacksAreNotHeld,
)
from navswap.consistency.catalog.sessions import SessionsBelongToUsers
from navswap.consistency.catalog.shops import NightsArePaidToWhoStored, PlacesAreCounted, StaysFollowThePacks
from navswap.consistency.catalog.staff import AssignmentsAreActiveOrEnded
from navswap.consistency.catalog.stations import QueueLengthsAreCounted, StockIsCounted
from navswap.consistency.catalog.traffic import CellsFollowTheMap, ProbesAreCounted
from navswap.consistency.catalog.transport import (
    JobsAreFailedWithoutPacks,
    JobsAreOpenTakenOrEnded,
    JobsPayOnce,
    OffersFollowTheirJobs,
    PacksOnBoardAreWithTheirTransporter,
)
from navswap.consistency.catalog.trips import TripsFollowTheirRequests
from navswap.consistency.invariant import Invariant

INVARIANTS: tuple[type[Invariant], ...] = (
    DocumentsCanBeRead,
    UniqueIndexesStand,
    PacksFitWhereTheyAre,
    PacksStandInOnePlace,
    NoPackIsLost,
    CustodyIsUnbroken,
    WithdrawnPacksAreNotHeld,
    WithdrawalsAreWrittenDown,
    StockIsCounted,
    QueueLengthsAreCounted,
    EntriesAreActiveOrEnded,
    HoldsHaveTheirPack,
    HeldPacksAreAsPromised,
    HeldPacksBelongToActiveEntries,
    HoldsAreOfRiders,
    HoldsAreServed,
    FencesFollowHolds,
    SwapsFulfilTheirEntries,
    BalancesAreTheSumsOfTheirEntries,
    EntriesFollowEachOther,
    NoHolderOwes,
    BonusesArePaid,
    JobsAreOpenTakenOrEnded,
    JobsAreFailedWithoutPacks,
    PacksOnBoardAreWithTheirTransporter,
    TripsFollowTheirRequests,
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
    LeasesEnd,
    StreamsCarryEveryRevision,
    EventsAreDoneInTime,
    NoEventIsDeadLettered,
)
