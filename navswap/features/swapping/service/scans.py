"""Scans: the rider shows the code of a hold, and the station spends it once."""

from dataclasses import asdict

from navswap.auth.tokens import InvalidTokenError, QrClaims, QrTokens
from navswap.features.swapping.domain import lifecycle
from navswap.features.swapping.domain.codes import (
    Code,
    code_of,
    require_station,
    require_window,
)
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.presence import Position, require_presence
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.errors import QrInvalidError, RiderNotAtStationError
from navswap.features.swapping.service.recording import QueueRecorder
from navswap.features.swapping.service.riders import RiderService
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class ScanService:
    """Signs the codes of holds, and spends them."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        idempotency: Idempotency,
        queue: QueueRecorder,
        riders: RiderService,
        qr_tokens: QrTokens,
        parameters: SwappingParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._idempotency = idempotency
        self._queue = queue
        self._riders = riders
        self._qr_tokens = qr_tokens
        self._parameters = parameters

    def qr_token(self, entry: QueueEntry) -> str:
        """Return the signed code of a hold; asking again gives the same one."""
        return self._qr_tokens.sign(QrClaims(**asdict(code_of(entry))))

    async def verify(
        self, token: str, station_id: str, verified_by: str, idempotency_key: str | None
    ) -> QueueEntry:
        """Spend a QR code. Of two scans one succeeds; a retry with the same key returns the first answer.

        Raises QrInvalidError, QrOutsideWindowError, WrongStationError, StationNotFoundError,
        RiderNotAtStationError, QrAlreadyUsedError, HoldEndedError, IdempotencyConflictError.
        """
        code = self._read(token)
        latest = await self._riders.position_of(code.rider_id)

        async def work(session: Session) -> QueueEntry:
            return await self._spend(code, station_id, verified_by, latest, session)

        try:
            async with self._queue.turn_at(station_id):
                if idempotency_key is None:
                    return await self._mongo.in_transaction(work)
                content = {"token": token, "station_id": station_id}
                request = KeyedRequest(verified_by, "verifyQr", idempotency_key, content)
                return await self._idempotency.answer(request, work, QueueEntries.get, seldom_repeated=True)
        except RiderNotAtStationError as error:
            rejection = await self._riders.rejection_of(code.rider_id)
            raise RiderNotAtStationError(error.absence, rejection) from error

    def _read(self, token: str) -> Code:
        try:
            return Code(**asdict(self._qr_tokens.read(token)))
        except InvalidTokenError as error:
            raise QrInvalidError(
                "This QR code is not one of NavSwap; let the rider show it again."
            ) from error

    async def _spend(
        self,
        code: Code,
        station_id: str,
        verified_by: str,
        latest: Position | None,
        session: Session,
    ) -> QueueEntry:
        now, parameters = self._clock.now(), self._parameters
        require_window(code, now, parameters)
        place = await self._queue.read(station_id, session)
        require_station(code, station_id)
        require_presence(latest, place.station.information.point, now, parameters)
        entry = await QueueEntries.find(code.entry_id, session)
        verified = lifecycle.verify(entry, code, verified_by, place.queue, now, parameters)
        await self._queue.record(verified, {station_id: place}, session)
        return verified.after
