"""Codes by which transporters agree to packs changing hands at shops: signed, for minutes, good for one handover."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from navswap.auth.tokens import HandoverClaims, HandoverTokens, InvalidTokenError
from navswap.features.partners.domain.handovers import Direction, HandoverCode
from navswap.features.partners.errors import (
    HandoverCodeInvalidError,
    HandoverCodeUsedError,
    ShopNotFoundError,
)
from navswap.features.partners.service.trips import Trips
from navswap.features.partners.storage import Shops
from navswap.features.positions.service import PresenceReader
from navswap.infra.idempotency import HasId, Idempotency, IdempotencyConflictError, KeyedRequest
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

MAX_PACKS = 100
"""Most packs of one handover."""

V = TypeVar("V", bound=HasId)


class HandoverService:
    """Makes codes for transporters who are at a shop, and spends each once; `trips` are in step with the handovers."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        presence: PresenceReader,
        tokens: HandoverTokens,
        idempotency: Idempotency,
        trips: Trips,
        code_life: timedelta,
    ) -> None:
        self.trips = trips
        self._clock = clock
        self._ids = ids
        self._presence = presence
        self._tokens = tokens
        self._idempotency = idempotency
        self._code_life = code_life

    async def create(
        self, shop_id: str, transporter_id: str, direction: Direction, packs: int
    ) -> tuple[str, HandoverCode]:
        """Return a code, signed and as it reads, of a transporter who is at a shop; nothing is stored.

        Raises InvalidInputError unless it is for 1 to 100 packs, ShopNotFoundError, NotAtPlaceError.
        """
        if not 1 <= packs <= MAX_PACKS:
            raise InvalidInputError("packs", f"A code is for 1 to {MAX_PACKS} packs.")
        whereabouts = await self._presence.read(transporter_id)
        shop = await Shops.find(shop_id)
        if shop is None:
            raise ShopNotFoundError("There is no such shop.")
        now = self._clock.now()
        whereabouts.require_at(shop.point, shop.name, now)
        code = HandoverCode(self._ids.new(), transporter_id, shop_id, direction, packs, now + self._code_life)
        claims = HandoverClaims(code.id, transporter_id, shop_id, direction.value, packs, code.expires_at)
        token = self._tokens.sign(claims)
        return token, self.read(token)

    def read(self, token: str) -> HandoverCode:
        """Return what a signed code says; raises HandoverCodeInvalidError."""
        try:
            claims = self._tokens.read(token)
        except InvalidTokenError as error:
            raise HandoverCodeInvalidError(
                "This code is not one of NavSwap; let the transporter show it again."
            ) from error
        return HandoverCode(
            claims.code_id,
            claims.transporter_id,
            claims.shop_id,
            Direction(claims.direction),
            claims.packs,
            claims.expires_at,
        )

    async def spend(
        self,
        code: HandoverCode,
        scan: tuple[str, str, Sequence[str]],
        work: Callable[[Session], Awaitable[V]],
        load: Callable[[str], Awaitable[V]],
    ) -> V:
        """Do the work of a scan, which is (who scans, for what, which packs), under a code, once.

        The same scan with the code again gives the first answer; raises HandoverCodeUsedError for another scan, and
        what the work raises, which leaves the code good.
        """
        owner_id, subject_id, serial_numbers = scan
        content = {"subject_id": subject_id, "serial_numbers": list(serial_numbers)}
        request = KeyedRequest(owner_id, f"handover {code.direction}", code.id, content)
        try:
            return await self._idempotency.answer(request, work, load)
        except IdempotencyConflictError as error:
            raise HandoverCodeUsedError(
                "This code was used for another scan; let the transporter show a new one."
            ) from error
