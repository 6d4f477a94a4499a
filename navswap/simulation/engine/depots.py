"""The depot of a run that is recorded or remembered: it gives packs out, takes them back, retires worn ones, and orders new ones.

Its packs are a reserve beside those in slots and with riders, which it never touches.
"""

from collections import Counter
from zoneinfo import ZoneInfo

from navswap.features.packs.domain import custody, fitness
from navswap.features.packs.domain.fitness import PackAction
from navswap.features.packs.domain.values import Pack
from navswap.features.procurement.domain import lifecycle
from navswap.features.procurement.domain.lifecycle import Decision
from navswap.features.procurement.domain.ordering import (
    DemandForecast,
    Supply,
    compute_inputs,
    forecast_demand,
    packs_to_order,
)
from navswap.features.procurement.domain.values import Depot, StockOrder
from navswap.kit.ids import Ids
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.modelled_reserve import modelled_issues
from navswap.simulation.engine.run import Run
from navswap.simulation.policies import Asks
from navswap.simulation.world.places import key_of

DAY_MINUTES = 24 * 60.0
DEPOT_ID = "depot"
FIRST_STOCK = 120
"""Packs of each model when a run begins."""
REVIEW_MINUTE = 5 * 60.0
"""Of the local day: the packs are counted and orders made."""
APPROVED_AFTER, LEAD_SPREAD = 90.0, 0.4
"""Minutes until an order is approved, and by how much of its lead time it comes sooner or later at most."""
WORN_SHARE = 0.06
"""Packs that come back worn out or damaged, and are replaced."""


class SimDepot:
    """Keeps the reserve of packs of a run."""

    def __init__(self, run: Run, ids: Ids) -> None:
        self._run = run
        self._ids = ids
        self._depot = Depot(DEPOT_ID, "Depot", run.city.time_zone, lead_time_days=7, point=run.city.depot)
        self._here: dict[str, list[Pack]] = {}
        self._issued: Counter[tuple[str, int]] = Counter()
        self._on_order: dict[str, StockOrder] = {}
        self._made = self._returned = 0

    def start(self) -> None:
        """Stock the depot, and put its first review on the agenda."""
        for model in self._run.city.pack_models:
            self._here[model.id] = [self._new_pack(model.id, 0.0) for _ in range(FIRST_STOCK)]
        self._run.agenda.at(REVIEW_MINUTE, self._review, None)

    def issue(self, now: float, model_id: str, packs: int, transporter_id: str) -> list[Pack]:
        """Give packs to a transporter: as many as are there of those wanted."""
        run, moment = self._run, self._run.agenda.moment_of(now)
        here = self._here[model_id]
        chosen, self._here[model_id] = here[:packs], here[packs:]
        moves = [custody.issue(pack, DEPOT_ID, transporter_id, moment) for pack in chosen]
        self._issued[model_id, int(now // DAY_MINUTES)] += len(moves)
        run.publish([fact for move in moves for fact in move.facts], now)
        return [move.after for move in moves]

    def take_back(self, now: float, packs: list[Pack], transporter_id: str) -> None:
        """Take packs of a transporter in; some are worn out, and never go out again."""
        run, moment = self._run, self._run.agenda.moment_of(now)
        for pack in packs:
            back = custody.hand_in(pack, transporter_id, DEPOT_ID, moment)
            self._returned += 1
            worn = run.draws.uniform(Purpose.RESERVE, key_of(pack.id), self._returned) < WORN_SHARE
            run.publish(back.facts, now)
            if not worn:
                self._here[pack.model_id].append(back.after)
                continue
            order = fitness.Order(self._ids.new(), "worn out or damaged", moment)
            run.publish(fitness.carry_out(back.after, PackAction.RETIRE, order).facts, now)

    def _review(self, now: float, about: object) -> None:
        """Propose an order for each model of which the depot should have more, as the procurement slice does each day."""
        self._run.agenda.at(now + DAY_MINUTES, self._review, about)
        moment = self._run.agenda.moment_of(now)
        today = int(now // DAY_MINUTES)
        day = moment.astimezone(ZoneInfo(self._run.city.time_zone)).date().isoformat()
        for model in self._run.city.pack_models:
            by_day = [self._issued[model.id, past] for past in range(max(0, today - 28), today)]
            orders = [order for order in self._on_order.values() if order.pack_model_id == model.id]
            supply = Supply(
                len(self._here[model.id]), sum(order.packs_on_order for order in orders), to_replace=0
            )
            inputs = compute_inputs(self._depot, self._forecast(now, model.id, by_day), supply, moment)
            packs = packs_to_order(inputs)
            if packs and by_day:
                proposed = lifecycle.propose(self._ids.new(), DEPOT_ID, day, packs, inputs, model.id)
                self._run.publish(proposed.facts, now)
                self._on_order[proposed.after.id] = proposed.after
                self._run.agenda.at(now + APPROVED_AFTER, self._approve, proposed.after)

    def _forecast(self, now: float, model_id: str, by_day: list[int]) -> DemandForecast:
        """Return what will be given out in a day: by the model, where it is asked and answers, else by what was."""
        counted, models = forecast_demand(by_day, None), self._run.asked(Asks.ORDERS)
        return counted if models is None else modelled_issues(models, DEPOT_ID, model_id, counted, now)

    def _approve(self, now: float, order: StockOrder) -> None:
        run = self._run
        approved = lifecycle.approve(order, Decision("operator", run.agenda.moment_of(now)))
        run.publish(approved.facts, now)
        self._on_order[order.id] = approved.after
        early = run.draws.uniform(Purpose.RESERVE, key_of(order.id), -1)
        days = self._depot.lead_time_days * (1 - LEAD_SPREAD + 2 * LEAD_SPREAD * early)
        run.agenda.at(now + days * DAY_MINUTES, self._receive, approved.after)

    def _receive(self, now: float, order: StockOrder) -> None:
        new = [self._new_pack(order.pack_model_id, now) for _ in range(order.packs)]
        received = lifecycle.receive(order, [pack.id for pack in new], self._run.agenda.moment_of(now))
        self._run.publish(received.facts, now)
        self._here[order.pack_model_id] += new
        del self._on_order[order.id]

    def _new_pack(self, model_id: str, now: float) -> Pack:
        self._made += 1
        return custody.commission(
            f"R-{self._made:06d}", model_id, DEPOT_ID, self._run.agenda.moment_of(now)
        ).after
