"""Mutations by which packs change hands: for a job, after one, or out of use."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.logistics import errors
from navswap.features.logistics.graphql.jobs import TransportJob
from navswap.features.logistics.graphql.transporters import Transporter
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
)
from navswap.features.packs import errors as pack_errors
from navswap.features.partners.errors import MorePacksThanAcceptedError, StorageRequestClosedError
from navswap.features.positions.graphql import NotAtPlace
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.input(description="A pack that was scanned into a slot.")
class ScannedPackInput:
    """A scanned pack as transporters give it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int | None = strawberry.field(
        default=None, description="Slot that it was put into, from 1; left out: the lowest empty one."
    )

    def to_scan(self) -> ScannedPack:
        """Return the scan."""
        return ScannedPack(self.serial_number, self.evse_id)


@strawberry.input(description="The packs that were scanned out of their slots.")
class PickUpPacksInput:
    """The input of pickUpPacks."""

    job_id: strawberry.ID = strawberry.field(description="Id of your job.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 200 serial numbers, each once; all are picked up or none."
    )


@strawberry.type(description="The packs are on board.")
class PickUpPacksPayload:
    """The answer of pickUpPacks."""

    job: TransportJob = strawberry.field(description="The job with its packs.")


PickUpPacksResult = Annotated[
    PickUpPacksPayload
    | InvalidInput
    | Refused[errors.TransportJobNotFoundError]
    | Refused[errors.TransportJobEndedError]
    | Refused[errors.TooManyPacksError]
    | Refused[errors.HandoverNeededError]
    | Refused[StorageRequestClosedError]
    | Refused[MorePacksThanAcceptedError]
    | NotAtPlace
    | Refused[pack_errors.PackNotFoundError]
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.PackPromisedError]
    | Refused[pack_errors.PackNotReadyError]
    | Refused[pack_errors.WrongPackModelError],
    strawberry.union("PickUpPacksResult", description="The job with its packs, or why none was picked up."),
]


@strawberry.input(description="The packs that were put into slots of the target.")
class DeliverPacksInput:
    """The input of deliverPacks."""

    job_id: strawberry.ID = strawberry.field(description="Id of your job.")
    packs: list[ScannedPackInput] = strawberry.field(
        description="1 to 200 packs, each once; all are delivered or none."
    )


@strawberry.type(description="The packs are in their slots.")
class DeliverPacksPayload:
    """The answer of deliverPacks."""

    job: TransportJob = strawberry.field(description="The job with its packs.")


DeliverPacksResult = Annotated[
    DeliverPacksPayload
    | InvalidInput
    | Refused[errors.TransportJobNotFoundError]
    | Refused[errors.TransportJobEndedError]
    | Refused[errors.PackNotOnBoardError]
    | Refused[errors.HandoverNeededError]
    | NotAtPlace
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.SlotTakenError]
    | Refused[pack_errors.WrongPackModelError]
    | Refused[errors.StationFullError],
    strawberry.union("DeliverPacksResult", description="The job with its packs, or why none was delivered."),
]


@strawberry.input(description="Packs that stayed with the transporter after a job.")
class ReturnPacksInput:
    """The input of returnPacks."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station that takes them, any.")
    packs: list[ScannedPackInput] = strawberry.field(
        description="1 to 200 packs, each once; all are returned or none."
    )


@strawberry.type(description="The packs are in their slots.")
class ReturnPacksPayload:
    """The answer of returnPacks."""

    station: Station = strawberry.field(description="The station with its stock.")


ReturnPacksResult = Annotated[
    ReturnPacksPayload
    | InvalidInput
    | Refused[StationNotFoundError]
    | Refused[errors.TransportJobUnderWayError]
    | NotAtPlace
    | Refused[pack_errors.PackNotFoundError]
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.SlotTakenError]
    | Refused[pack_errors.WrongPackModelError]
    | Refused[errors.StationFullError],
    strawberry.union("ReturnPacksResult", description="The station with its stock, or why it took no pack."),
]


@strawberry.input(description="Recalled and retired packs that were taken out of their slots.")
class CollectPacksInput:
    """The input of collectPacks."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 200 serial numbers, each once; all are taken or none."
    )


@strawberry.type(description="The packs are on board.")
class CollectPacksPayload:
    """The answer of collectPacks."""

    transporter: Transporter = strawberry.field(description="The transporter with its packs.")


CollectPacksResult = Annotated[
    CollectPacksPayload
    | InvalidInput
    | Refused[StationNotFoundError]
    | Refused[errors.VehicleTooSmallError]
    | NotAtPlace
    | Refused[pack_errors.PackNotFoundError]
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.PackNotReadyError],
    strawberry.union(
        "CollectPacksResult", description="The transporter with its packs, or why it took none."
    ),
]


@strawberry.type
class CustodyMutation:
    """Mutations by which packs change hands."""

    @strawberry.mutation(
        description="Take scanned packs of your job at its origin: charged ones that are not held out of the slots of a "
        "station, fit ones from a depot. Your newest position proves that you are there. At a shop the partner scans them "
        "(returnStoredPacks), with your code (createHandoverCode). Packs picked up before change nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def pick_up_packs(
        self, info: Info, input: Annotated[PickUpPacksInput, strawberry.argument(description="The packs.")]
    ) -> PickUpPacksResult:
        """Pick packs up."""
        job = await LogisticsServices.of(info.context).custody.pick_up(
            database_id(input.job_id, TransportJob, "job_id"),
            info.context.signed_in().user_id,
            input.serial_numbers,
        )
        return PickUpPacksPayload(job=TransportJob.of(job))

    @strawberry.mutation(
        description="Put scanned packs of your job into slots of its target, where you are. The job ends, and is paid, once none "
        "of its packs is on board. At a shop the partner scans them (receiveStoredPacks), with your code "
        "(createHandoverCode). Packs delivered before change nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def deliver_packs(
        self, info: Info, input: Annotated[DeliverPacksInput, strawberry.argument(description="The packs.")]
    ) -> DeliverPacksResult:
        """Deliver packs."""
        job = await LogisticsServices.of(info.context).custody.deliver(
            database_id(input.job_id, TransportJob, "job_id"),
            info.context.signed_in().user_id,
            [pack.to_scan() for pack in input.packs],
        )
        return DeliverPacksPayload(job=TransportJob.of(job))

    @strawberry.mutation(
        description="Put packs that stayed with you after a job into slots of any station; nothing is paid for it. "
        "Packs returned there before change nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def return_packs(
        self, info: Info, input: Annotated[ReturnPacksInput, strawberry.argument(description="The packs.")]
    ) -> ReturnPacksResult:
        """Return packs."""
        station = await LogisticsServices.of(info.context).custody.return_packs(
            database_id(input.station_id, Station, "station_id"),
            info.context.signed_in().user_id,
            [pack.to_scan() for pack in input.packs],
        )
        return ReturnPacksPayload(station=Station.of(station))

    @strawberry.mutation(
        description="Take scanned packs that were recalled or retired out of the slots of a station, to hand them in at "
        "a depot; nothing is paid for it. Packs taken before change nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def collect_packs(
        self, info: Info, input: Annotated[CollectPacksInput, strawberry.argument(description="The packs.")]
    ) -> CollectPacksResult:
        """Take packs out of use on board."""
        transporter_id = info.context.signed_in().user_id
        await LogisticsServices.of(info.context).custody.collect(
            database_id(input.station_id, Station, "station_id"), transporter_id, input.serial_numbers
        )
        found = await LogisticsServices.of(info.context).transporters.find_by_ids([transporter_id])
        return CollectPacksPayload(transporter=Transporter.of(found[transporter_id]))
