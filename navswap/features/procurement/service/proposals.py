"""Proposals: once a day, each depot that lacks packs of a model is proposed an order."""

from collections.abc import Sequence
from datetime import date
from itertools import product
from zoneinfo import ZoneInfo

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import Outbox
from navswap.features.packs.service import PackModelService, PackService
from navswap.features.procurement.domain import lifecycle
from navswap.features.procurement.domain.ordering import Supply, compute_inputs, packs_to_order, share_of
from navswap.features.procurement.domain.values import Depot, OrderState
from navswap.features.procurement.service.forecasts import DemandForecaster
from navswap.features.procurement.storage import Depots, StockOrders
from navswap.infra.batches import work_through
from navswap.infra.mongo import Mongo, Session
from navswap.kit.charging import PackModel
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
        models: PackModelService,
        forecaster: DemandForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._packs = packs
        self._models = models
        self._forecaster = forecaster

    async def propose_due(self) -> int:
        """Propose an order for each depot that lacks packs of a model and has no proposal of today for it.

        Returns how many are new. One that fails holds up no other; its error is raised at the end.
        """
        depots = await Depots.list_all()

        async def propose(line: tuple[Depot, PackModel]) -> int:
            depot, model = line
            return await self._propose(depot, model.id, depots)

        return await work_through(product(depots, await self._models.list_all()), propose)

    async def _propose(self, depot: Depot, model_id: str, depots: Sequence[Depot]) -> int:
        today = self._today(depot)
        if await StockOrders.is_proposed(depot.id, model_id, today.isoformat()):
            return 0
        forecast = await self._forecaster.forecast(depot.id, model_id, today)

        async def work(session: Session) -> int:
            supply = await self._supply(depot, model_id, depots, session)
            inputs = compute_inputs(depot, forecast, supply, self._clock.now())
            if packs_to_order(inputs) < 1:
                return 0
            proposal = lifecycle.propose(
                self._ids.new(), depot.id, today.isoformat(), packs_to_order(inputs), inputs, model_id
            )
            undecided = await StockOrders.list_in(depot.id, model_id, OrderState.PROPOSED, session)
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

    async def _supply(self, depot: Depot, model_id: str, depots: Sequence[Depot], session: Session) -> Supply:
        approved = await StockOrders.list_in(depot.id, model_id, OrderState.APPROVED, session)
        to_replace = await self._packs.count_out_of_use(session, model_id=model_id)
        return Supply(
            on_hand=await self._packs.count_at_depot(depot.id, session, model_id=model_id),
            on_order=sum(order.packs_on_order for order in approved),
            to_replace=share_of(to_replace, len(depots), depots.index(depot)),
        )

    def _today(self, depot: Depot) -> date:
        return self._clock.now().astimezone(ZoneInfo(depot.time_zone)).date()
