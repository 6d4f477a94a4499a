"""Mutations of a rider's visit: hold, cancel, scan, swap."""

from datetime import datetime
from typing import Annotated, ClassVar, Self

import strawberry

from navswap.auth.roles import Role
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackNotFoundError,
    SlotTakenError,
    WrongPackModelError,
)
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.features.swapping import errors
from navswap.features.swapping.graphql.presence import RiderNotAtStation
from navswap.features.swapping.graphql.types import QueueEntry, Swap
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refusal, Refused
from navswap.graphql.scalars import Percent
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.errors import NavSwapError

SCANNERS = roles(Role.STAFF, Role.ADMIN, Role.PARTNER)


@strawberry.input(description="The hold that a rider wants.")
class ConfirmQueueInput:
    """The input of confirmQueue."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new request: a retry with the "
        "same key returns the first answer."
    )


@strawberry.input(description="The hold to give back.")
class CancelQueueInput:
    """The input of cancelQueue."""

    entry_id: strawberry.ID = strawberry.field(description="Id of the entry.")


@strawberry.input(description="A scanned QR code.")
class VerifyQrInput:
    """The input of verifyQr."""

    token: str = strawberry.field(description="What the QR code holds.")
    station_id: strawberry.ID = strawberry.field(description="Id of the station that scanned it.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the scanner, 1 to 100 characters: a retry of the same scan with the same key "
        "returns the first answer instead of QrAlreadyUsed.",
    )


@strawberry.input(description="A pack that the rider hands in.")
class ReturnedPackInput:
    """A returned pack as clients give it."""

    serial_number: str | None = strawberry.field(
        default=None,
        description="Serial number of the pack; may be left out where only one of `me { packs }` can be meant.",
    )
    soc_percent: Percent = strawberry.field(description="State of charge as measured.")
    evse_id: int | None = strawberry.field(
        default=None,
        description="Slot that it was put into, from 1; left out: the slot of a pack that is handed out.",
    )


@strawberry.input(description="The swap to complete.")
class CompleteSwapInput:
    """The input of completeSwap."""

    entry_id: strawberry.ID = strawberry.field(description="Id of the verified entry.")
    returned_packs: list[ReturnedPackInput] = strawberry.field(
        default_factory=list,
        description="The packs that the rider hands in: all that it rides with, none for a rider's first packs.",
    )


@strawberry.type(description="The packs are held.")
class ConfirmQueuePayload:
    """The answer of confirmQueue."""

    entry: QueueEntry = strawberry.field(description="The place in the queue, with the QR code to show.")


@strawberry.type(description="The hold is given back.")
class CancelQueuePayload:
    """The answer of cancelQueue."""

    entry: QueueEntry = strawberry.field(description="The cancelled entry.")


@strawberry.type(description="The swap may begin.")
class VerifyQrPayload:
    """The answer of verifyQr."""

    entry: QueueEntry = strawberry.field(description="The verified entry.")


@strawberry.type(description="The packs have changed hands.")
class CompleteSwapPayload:
    """The answer of completeSwap."""

    swap: Swap = strawberry.field(description="The swap.")


@strawberry.type(description=" ".join((errors.StationClosedError.__doc__ or "").split()))
class StationClosed(Refusal):
    """The refusal of holds at a station that is closed, or closes too soon."""

    error: ClassVar[type[NavSwapError]] = errors.StationClosedError

    opens_at: datetime | None = strawberry.field(
        description="When it opens by its hours (UTC); null where its operator has closed it, or no time is known. "
        "The message has the local time."
    )

    @classmethod
    def of(cls, error: errors.StationClosedError) -> Self:
        """Build the answer to an error."""
        return cls(code=cls.error.code, message=error.message, opens_at=error.opens_at)


ConfirmQueueResult = Annotated[
    ConfirmQueuePayload
    | InvalidInput
    | Refused[errors.NoChargedPackError]
    | StationClosed
    | Refused[StationNotFoundError]
    | Refused[errors.AlreadyQueuedError]
    | Refused[IdempotencyConflictError],
    strawberry.union("ConfirmQueueResult", description="The place in the queue, or why there is none."),
]
CancelQueueResult = Annotated[
    CancelQueuePayload
    | InvalidInput
    | Refused[errors.EntryNotFoundError]
    | Refused[errors.SwapUnderWayError]
    | Refused[errors.HoldEndedError],
    strawberry.union("CancelQueueResult", description="The cancelled entry, or why it stands."),
]
VerifyQrResult = Annotated[
    VerifyQrPayload
    | InvalidInput
    | Refused[errors.QrInvalidError]
    | Refused[errors.QrOutsideWindowError]
    | Refused[errors.QrAlreadyUsedError]
    | Refused[errors.WrongStationError]
    | RiderNotAtStation
    | Refused[errors.HoldEndedError]
    | Refused[StationNotFoundError]
    | Refused[IdempotencyConflictError],
    strawberry.union("VerifyQrResult", description="The verified entry, or why the swap may not begin."),
]
CompleteSwapResult = Annotated[
    CompleteSwapPayload
    | InvalidInput
    | Refused[errors.EntryNotFoundError]
    | Refused[errors.NotVerifiedError]
    | Refused[errors.HoldEndedError]
    | Refused[errors.NoChargedPackError]
    | Refused[errors.ReturnPackMissingError]
    | Refused[errors.SwapCompletedOtherwiseError]
    | Refused[PackNotFoundError]
    | Refused[PackElsewhereError]
    | Refused[SlotTakenError]
    | Refused[WrongPackModelError],
    strawberry.union("CompleteSwapResult", description="The swap, or why no pack changed hands."),
]


@strawberry.type
class SwappingMutation:
    """Mutations of a visit."""

    @strawberry.mutation(
        description="Hold as many packs of the promised charge as the rider's vehicle takes, all or none, until a time. The "
        "answer holds the QR code to show at the station. One active entry per rider.",
        extensions=roles(Role.CONSUMER),
    )
    async def confirm_queue(
        self,
        info: Info,
        input: Annotated[ConfirmQueueInput, strawberry.argument(description="The hold that is wanted.")],
    ) -> ConfirmQueueResult:
        """Hold packs."""
        entry = await SwappingServices.of(info.context).confirmations.confirm(
            info.context.signed_in().user_id,
            database_id(input.station_id, Station, "station_id"),
            input.idempotency_key,
        )
        return ConfirmQueuePayload(entry=QueueEntry.of(entry))

    @strawberry.mutation(
        description="Give a hold back; its packs are free at once. Cancelling again is the same as once. After the scan only where the station has no packs for it any more.",
        extensions=roles(Role.CONSUMER),
    )
    async def cancel_queue(
        self,
        info: Info,
        input: Annotated[CancelQueueInput, strawberry.argument(description="The hold to give back.")],
    ) -> CancelQueueResult:
        """Give a hold back."""
        entry = await SwappingServices.of(info.context).holds.cancel(
            database_id(input.entry_id, QueueEntry, "entry_id"), info.context.signed_in().user_id
        )
        return CancelQueuePayload(entry=QueueEntry.of(entry))

    @strawberry.mutation(
        description="Spend a QR code: checks signature, time, station and that the rider is there. Of two "
        "simultaneous scans one succeeds.",
        extensions=SCANNERS,
    )
    async def verify_qr(
        self,
        info: Info,
        input: Annotated[VerifyQrInput, strawberry.argument(description="The scanned code.")],
    ) -> VerifyQrResult:
        """Spend a QR code."""
        entry = await SwappingServices.of(info.context).scans.verify(
            input.token,
            database_id(input.station_id, Station, "station_id"),
            info.context.signed_in().user_id,
            input.idempotency_key,
        )
        return VerifyQrPayload(entry=QueueEntry.of(entry))

    @strawberry.mutation(
        description="Complete a verified swap: all packs change hands together, or none. Completing again returns "
        "the first swap.",
        extensions=SCANNERS,
    )
    async def complete_swap(
        self, info: Info, input: Annotated[CompleteSwapInput, strawberry.argument(description="The swap.")]
    ) -> CompleteSwapResult:
        """Exchange the packs."""
        swap = await SwappingServices.of(info.context).swaps.complete(
            database_id(input.entry_id, QueueEntry, "entry_id"),
            info.context.signed_in().user_id,
            *(
                ReturnedPack(pack.serial_number, pack.soc_percent, pack.evse_id)
                for pack in input.returned_packs
            ),
        )
        return CompleteSwapPayload(swap=Swap.of(swap))
