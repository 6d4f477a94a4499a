"""Partner shops: they answer when they are asked to store packs."""

from dataclasses import dataclass

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import (
    ACCEPT_STORAGE_REQUEST,
    DECLINE_STORAGE_REQUEST,
    STORAGE_REQUEST_CHANGED,
)
from navswap.simulation.live.errors import RefusedError
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.watching import watch

ACCEPTED_SHARE = 0.8
ANSWER_MINUTES = 3.0


@dataclass(slots=True)
class Shop:
    """One shop; `number` is its key among the draws."""

    number: int
    account: Account
    draws: Draws
    pace: Pace
    meter: Meter
    _requests: int = 0

    async def live(self) -> None:
        """Answer requests until cancelled."""
        async for moment in watch(self.account, STORAGE_REQUEST_CHANGED):
            for request in moment.get("requests") or [moment.get("request")]:
                if request is not None and request["state"] == "REQUESTED":
                    await self._answer(request["id"])

    async def _answer(self, request_id: str) -> None:
        self._requests += 1
        await self.pace.wait(ANSWER_MINUTES)
        accepts = self.draws.uniform(Purpose.PARTNER_ANSWER, self.number, self._requests) < ACCEPTED_SHARE
        operation = ACCEPT_STORAGE_REQUEST if accepts else DECLINE_STORAGE_REQUEST
        try:
            await self.account.do(operation, requestId=request_id)
        except RefusedError:  # it has lapsed
            return
        self.meter.happened("storage accepted" if accepts else "storage declined")
