"""Mutations of the swapping slice, and their refusals."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OPERATORS, Role
from navswap.features.packs.errors import WrongPackModelError
from navswap.features.packs.graphql import PackElsewhere, PackNotFound, SlotTaken
from navswap.features.packs.service import PackReading
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.features.swapping import errors
from navswap.features.swapping.graphql.types import QueueEntry, Swap
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refusal, refusal
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.errors import InvalidInputError

MAX_READINGS = 500


@refusal(errors.NoChargedPackError)
class NoChargedPack(Refusal):
    """No pack is free."""


@refusal(errors.AlreadyQueuedError)
class AlreadyQueued(Refusal):
    """There is an active entry."""


@refusal(IdempotencyConflictError)
class IdempotencyConflict(Refusal):
    """The key was used for another request."""


@refusal(errors.EntryNotFoundError)
class EntryNotFound(Refusal):
    """There is no such entry."""


@refusal(errors.HoldEndedError)
class HoldEnded(Refusal):
    """The hold has ended."""


@refusal(errors.SwapUnderWayError)
class SwapUnderWay(Refusal):
    """The swap is under way."""


@refusal(errors.QrInvalidError)
class QrInvalid(Refusal):
    """The token is not ours."""


@refusal(errors.QrOutsideWindowError)
class QrOutsideWindow(Refusal):
    """The token is not good now."""


@refusal(errors.QrAlreadyUsedError)
class QrAlreadyUsed(Refusal):
    """The token was spent."""


@refusal(errors.WrongStationError)
class WrongStation(Refusal):
    """The hold is for another station."""


@refusal(errors.RiderNotAtStationError)
class RiderNotAtStation(Refusal):
    """The rider is elsewhere."""


@refusal(errors.NotVerifiedError)
class NotVerified(Refusal):
    """The token was not scanned."""


@refusal(errors.ReturnPackMissingError)
class ReturnPackMissing(Refusal):
    """The rider's pack is missing."""


@refusal(WrongPackModelError)
class WrongPackModel(Refusal):
    """The slot takes other packs."""


@refusal(errors.StationClosedError)
class StationClosed(Refusal):
    """The station hands out no packs."""


ConfirmQueueResult = Annotated[
    QueueEntry
    | NoChargedPack
    | StationClosed
    | StationNotFound
    | AlreadyQueued
    | IdempotencyConflict
    | InvalidInput
    | BadId,
    strawberry.union("ConfirmQueueResult", description="The entry with its hold, or why there is none."),
]
CancelQueueResult = Annotated[
    QueueEntry | EntryNotFound | SwapUnderWay | HoldEnded | BadId,
    strawberry.union("CancelQueueResult", description="The cancelled entry, or why it stands."),
]
VerifyQrResult = Annotated[
    QueueEntry
    | QrInvalid
    | QrOutsideWindow
    | QrAlreadyUsed
    | WrongStation
    | RiderNotAtStation
    | HoldEnded
    | StationNotFound
    | IdempotencyConflict
    | InvalidInput
    | BadId,
    strawberry.union("VerifyQrResult", description="The verified entry, or why the swap may not begin."),
]
CompleteSwapResult = Annotated[
    Swap
    | EntryNotFound
    | NotVerified
    | HoldEnded
    | NoChargedPack
    | ReturnPackMissing
    | PackNotFound
    | PackElsewhere
    | SlotTaken
    | WrongPackModel
    | InvalidInput
    | BadId,
    strawberry.union("CompleteSwapResult", description="The swap, or why no pack changed hands."),
]
ReportPacksResult = Annotated[
    Station | StationNotFound | PackElsewhere | InvalidInput | BadId,
    strawberry.union("ReportPacksResult", description="The station with its new stock, or why it stays."),
]


@strawberry.input(description="The hold that a rider wants.")
class ConfirmQueueInput:
    """The input of confirmQueue."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new request: a retry with the "
        "same key returns the first answer."
    )


@strawberry.input(description="The hold to give back.")
class CancelQueueInput:
    """The input of cancelQueue."""

    entry_id: relay.GlobalID = strawberry.field(description="Id of the entry.")


@strawberry.input(description="A scanned QR code.")
class VerifyQrInput:
    """The input of verifyQr."""

    token: str = strawberry.field(description="What the QR code holds.")
    station_id: relay.GlobalID = strawberry.field(description="Id of the station that scanned it.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the scanner, 1 to 100 characters: a retry of the same scan with the same key "
        "returns the first answer instead of QrAlreadyUsed.",
    )


@strawberry.input(description="The pack that the rider hands in.")
class ReturnedPackInput:
    """A returned pack as clients give it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    soc_percent: float = strawberry.field(description="State of charge as measured, 0 to 100 %.")
    evse_id: int | None = strawberry.field(
        default=None, description="Slot it was put into, from 1; left out: the slot of the handed-out pack."
    )


@strawberry.input(description="The swap to complete.")
class CompleteSwapInput:
    """The input of completeSwap."""

    entry_id: relay.GlobalID = strawberry.field(description="Id of the verified entry.")
    returned_pack: ReturnedPackInput | None = strawberry.field(
        default=None, description="The pack that the rider hands in; left out for a rider's first pack."
    )


@strawberry.input(description="What a station measured of a pack in one of its slots.")
class PackReadingInput:
    """A reading as stations give it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    soc_percent: float = strawberry.field(description="State of charge, 0 to 100 %.")
    soh_percent: float | None = strawberry.field(
        default=None, description="State of health, 0 to 100 %; left out: unchanged."
    )
    faulty: bool | None = strawberry.field(
        default=None, description="Whether the pack is faulty; left out: unchanged. A retired one stays so."
    )


@strawberry.input(description="What a station measured of its packs.")
class ReportPacksInput:
    """The input of reportPacks."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    readings: list[PackReadingInput] = strawberry.field(description="1 to 500 readings; all or none count.")


@strawberry.type
class SwappingMutation:
    """Mutations of the swapping slice."""

    @strawberry.mutation(
        description="Hold a pack of the promised charge and its slot until a time. The answer holds the QR "
        "code to show at the station. One active entry per rider.",
        extensions=roles(Role.CONSUMER),
    )
    async def confirm_queue(
        self,
        info: Info,
        input: Annotated[ConfirmQueueInput, strawberry.argument(description="The hold that is wanted.")],
    ) -> ConfirmQueueResult:
        """Hold a pack."""
        entry = await SwappingServices.of(info.context).confirmations.confirm(
            info.context.signed_in().user_id,
            database_id(input.station_id, Station),
            input.idempotency_key,
        )
        return QueueEntry.of(entry)

    @strawberry.mutation(
        description="Give a hold back; its pack and slot are free at once. Cancelling again is the same as once.",
        extensions=roles(Role.CONSUMER),
    )
    async def cancel_queue(
        self,
        info: Info,
        input: Annotated[CancelQueueInput, strawberry.argument(description="The hold to give back.")],
    ) -> CancelQueueResult:
        """Give a hold back."""
        entry = await SwappingServices.of(info.context).holds.cancel(
            database_id(input.entry_id, QueueEntry), info.context.signed_in().user_id
        )
        return QueueEntry.of(entry)

    @strawberry.mutation(
        description="Spend a QR code: checks signature, time, station and that the rider is there. Of two "
        "simultaneous scans one succeeds.",
        extensions=roles(Role.STAFF, Role.ADMIN, Role.PARTNER),
    )
    async def verify_qr(
        self,
        info: Info,
        input: Annotated[VerifyQrInput, strawberry.argument(description="The scanned code.")],
    ) -> VerifyQrResult:
        """Spend a QR code."""
        entry = await SwappingServices.of(info.context).scans.verify(
            input.token,
            database_id(input.station_id, Station),
            info.context.signed_in().user_id,
            input.idempotency_key,
        )
        return QueueEntry.of(entry)

    @strawberry.mutation(
        description="Complete a verified swap: both packs change hands together. Completing again returns "
        "the first swap.",
        extensions=roles(Role.STAFF, Role.ADMIN, Role.PARTNER),
    )
    async def complete_swap(
        self, info: Info, input: Annotated[CompleteSwapInput, strawberry.argument(description="The swap.")]
    ) -> CompleteSwapResult:
        """Move both packs."""
        returned = input.returned_pack
        swap = await SwappingServices.of(info.context).swaps.complete(
            database_id(input.entry_id, QueueEntry),
            info.context.signed_in().user_id,
            *(
                ReturnedPack(pack.serial_number, _percent(pack.soc_percent), pack.evse_id)
                for pack in ([] if returned is None else [returned])
            ),
        )
        return Swap.of(swap)

    @strawberry.mutation(
        description="Report what a station measured of the packs in its slots; its stock is counted anew.",
        extensions=roles(*OPERATORS),
    )
    async def report_packs(
        self, info: Info, input: Annotated[ReportPacksInput, strawberry.argument(description="The readings.")]
    ) -> ReportPacksResult:
        """Report packs."""
        if not 1 <= len(input.readings) <= MAX_READINGS:
            raise InvalidInputError("readings", f"Report 1 to {MAX_READINGS} packs at once.")
        readings = [
            PackReading(
                reading.serial_number,
                _percent(reading.soc_percent),
                None if reading.soh_percent is None else _percent(reading.soh_percent),
                reading.faulty,
            )
            for reading in input.readings
        ]
        station = await SwappingServices.of(info.context).reports.report_packs(
            database_id(input.station_id, Station), readings
        )
        return Station.of(station)


def _percent(value: float) -> float:
    if not 0 <= value <= 100:
        raise InvalidInputError("", f"{value} is no percentage; give 0 to 100.")
    return value
