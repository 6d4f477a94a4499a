"""Proposals: once a day, each depot that lacks packs is proposed an order."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import Outbox
from navswap.features.packs.service import PackService
from navswap.features.procurement.domain import lifecycle
from navswap.features.procurement.domain.ordering import Supply, compute_inputs, packs_to_order, share_of
from navswap.features.procurement.domain.values import Depot, OrderState
from navswap.features.procurement.service.forecasts import DemandForecaster
from navswap.features.procurement.storage import Depots, StockOrders
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids


class StockProposalService:
    """Proposes what depots should order."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        packs: PackService,
        forecaster: DemandForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._packs = packs
        self._forecaster = forecaster

    async def propose_due(self) -> int:
        """Propose an order for each depot that lacks packs and has no proposal of today; returns how many are new.

        A depot that fails holds up no other; its error is raised at the end.
        """
        depots = await Depots.list_all()

        async def propose(depot: Depot) -> int:
            return await self._propose(depot, depots)

        return await work_through(depots, propose)

    async def _propose(self, depot: Depot, depots: Sequence[Depot]) -> int:
        today = self._today(depot)
        if await StockOrders.is_proposed(depot.id, today.isoformat()):
            return 0
        forecast = await self._forecaster.forecast(depot.id, today)

        async def work(session: Session) -> int:
            supply = await self._supply(depot, depots, session)
            inputs = compute_inputs(depot, forecast, supply, self._clock.now())
            if packs_to_order(inputs) < 1:
                return 0
            proposal = lifecycle.propose(
                self._ids.new(), depot.id, today.isoformat(), packs_to_order(inputs), inputs
            )
            undecided = await StockOrders.list_in(depot.id, OrderState.PROPOSED, session)
            steps = [*(lifecycle.supersede(order) for order in undecided), proposal]
            await StockOrders.apply_all(steps, session)
            await self._outbox.publish(
                session, inputs.as_of, *(fact for step in steps for fact in step.facts)
            )
            return 1

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # another worker proposed for this day first
            return 0

    async def _supply(self, depot: Depot, depots: Sequence[Depot], session: Session) -> Supply:
        approved = await StockOrders.list_in(depot.id, OrderState.APPROVED, session)
        to_replace = await self._packs.count_out_of_use(session)
        return Supply(
            on_hand=await self._packs.count_at_depot(depot.id, session),
            on_order=sum(order.packs_on_order for order in approved),
            to_replace=share_of(to_replace, len(depots), depots.index(depot)),
        )

    def _today(self, depot: Depot) -> date:
        return self._clock.now().astimezone(ZoneInfo(depot.time_zone)).date()
