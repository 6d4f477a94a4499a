"""Packs at partner shops, in a run that is recorded or remembered: shops are asked, answer, get packs of the depot, and give them back.

Every step is one of the partners domain. The packs are a reserve near the stations: nothing of it touches slots or riders.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import Pack
from navswap.features.partners.domain import lifecycle, shops
from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.plans import ShopFacts, StorageForecast, plan_storage
from navswap.features.partners.domain.shops import ShopRecord
from navswap.features.partners.domain.values import PartnerShop, RequestState, StorageRequest, Wanted
from navswap.features.partners.errors import NoStoragePlaceError
from navswap.kit.errors import InvalidInputError
from navswap.kit.facts import Fact
from navswap.kit.forecasts import Source
from navswap.kit.geo import distance_metres
from navswap.kit.ids import SequentialIds
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.depots import SimDepot
from navswap.simulation.engine.modelled_reserve import modelled_storage
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.policies import Asks
from navswap.simulation.world.places import Shop, key_of
from navswap.simulation.world.shops import Reply, ShopHabits

HOUR_MINUTES, DAY_MINUTES = 60.0, 24 * 60.0
ALWAYS_OPEN = "24/7"
REVIEW_FROM, REVIEW_HOURS = 8.0, 13.0
"""Each station is looked at once a day, within so many hours from this one on."""
REVIEWED_SHARE = (0.75, 0.6, 0.6, 0.65, 0.8, 0.5, 0.35)
"""How many of the stations ask for room, by the day of the week."""
OVERFLOW_SLOTS = 1
"""A station with no more empty slots than these asks for more room."""
MISSING_SHARE = 0.06
"""Accepted packs that no transporter brings."""
FETCH_MINUTES, DRIVE_MINUTES = 50.0, 25.0
STAY_MINUTES = 26 * 60.0


@dataclass(slots=True)
class SimShop:
    """A shop: the domain's value, its habits, its room without any goods, and how often it was asked for how many packs."""

    value: PartnerShop
    habits: ShopHabits
    room: int
    asked: int = 0
    asked_on: Counter[int] = field(default_factory=Counter)
    asked_packs: list[tuple[float, int]] = field(default_factory=list)


class PartnerStorage:
    """Asks shops for room, and lives through what comes of it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ids = SequentialIds("r")
        self._parameters = StorageParameters()
        self._zone = ZoneInfo(run.city.time_zone)
        self._depot = SimDepot(run, self._ids)
        self._shops = {shop.id: self._open_shop(shop) for shop in run.city.shops}
        self._requests: dict[str, StorageRequest] = {}
        self._numbers: dict[str, int] = {}
        self._vehicles = [carrier.id for carrier in run.city.transporters] or ["van"]

    def start(self) -> None:
        """Put the first hour of the shops, the first reviews of the stations and the depot on the agenda."""
        run = self._run
        self._depot.start()
        run.agenda.at(0.0, self._restock, None)
        for station in run.stations:
            key = run.city.stations[station.index].key
            at = REVIEW_FROM + REVIEW_HOURS * run.draws.uniform(Purpose.STORAGE_REVIEW, key, -1)
            run.agenda.at(at * HOUR_MINUTES, self._review, station)

    def _restock(self, now: float, about: object) -> None:
        """Let the goods of every shop take their room of the hour; packs that are there or expected keep theirs."""
        run = self._run
        run.agenda.at(now + HOUR_MINUTES, self._restock, about)
        day, hour = int(now // DAY_MINUTES), int(now % DAY_MINUTES // HOUR_MINUTES)
        facts: list[Fact] = []
        for shop in self._shops.values():
            goods = shop.habits.goods_share(run.draws, day, hour, self._weekday(now))
            room = max(1, shop.value.taken_places, round(shop.room * (1 - goods)))
            adapted = shops.adapt(shop.value, None, room)
            shop.value = adapted.after
            facts += adapted.facts
        run.publish(facts, now)

    def _review(self, now: float, station: SimStation) -> None:
        """Ask shops near a station for room, on most days."""
        run = self._run
        run.agenda.at(now + DAY_MINUTES, self._review, station)
        key, day = run.city.stations[station.index].key, int(now // DAY_MINUTES)
        uniform = run.draws.uniform(Purpose.STORAGE_REVIEW, key, 3 * day)
        if uniform >= REVIEWED_SHARE[self._weekday(now)]:
            return
        size = run.draws.uniform(Purpose.STORAGE_REVIEW, key, 3 * day + 1)
        packs = 1 + int(3 * size) + (2 if station.empty_slots <= OVERFLOW_SLOTS else 0)
        slot = int(len(station.bays) * run.draws.uniform(Purpose.STORAGE_REVIEW, key, 3 * day + 2))
        self._ask(now, station, Wanted(station.id, packs, pack_model_id=station.bays[slot].model.id))

    def _ask(self, now: float, station: SimStation, wanted: Wanted) -> None:
        moment = self._run.agenda.moment_of(now)
        point = station.value.information.point
        asked = [
            shop
            for shop in self._shops.values()
            if shop.value.is_open_at(moment)
            and distance_metres(shop.value.point, point) <= self._parameters.reach_metres
        ]
        models, forecasts = self._run.asked(Asks.STORAGE), dict[str, StorageForecast]()
        if models is not None:
            forecasts = modelled_storage(models, [shop.value.id for shop in asked], now)
        near = [
            ShopFacts.of(
                shop.value,
                point,
                forecasts.get(shop.value.id) or _last_values(shop.value),
                self._recent(shop, now),
            )
            for shop in asked
        ]
        try:
            plan = plan_storage(self._ids.new(), wanted, near, self._parameters, "twin", moment)
        except NoStoragePlaceError:
            return
        due_at = moment + self._parameters.answer_within
        for candidate in plan.candidates:
            if candidate.packs:
                shop = self._shops[candidate.shop_id]
                step = lifecycle.ask(shop.value, plan, self._ids.new(), candidate.packs, due_at)
                request = self._take(now, shop, step)
                self._expect_answer(now, shop, request)

    def _expect_answer(self, now: float, shop: SimShop, request: StorageRequest) -> None:
        run, day = self._run, int(now // DAY_MINUTES)
        reply, minutes = shop.habits.reply(
            run.draws,
            shop.asked,
            now % DAY_MINUTES / HOUR_MINUTES,
            free_share=shop.value.free_places / shop.room,
            asked_today=shop.asked_on[day],
        )
        self._numbers[request.id] = shop.asked
        shop.asked += 1
        shop.asked_on[day] += 1
        shop.asked_packs.append((now, request.packs))
        if reply is not Reply.SILENCE:
            run.agenda.at(now + minutes, self._accept if reply is Reply.ACCEPT else self._decline, request.id)
        self._watch(request)

    def _accept(self, now: float, request_id: str) -> None:
        request, run = self._requests[request_id], self._run
        moment = run.agenda.moment_of(now)
        if request.state is not RequestState.REQUESTED or request.due_at <= moment:
            return
        shop = self._shops[request.shop_id]
        accepted = self._take(
            now, shop, lifecycle.accept(request, shop.value, moment, self._parameters.deliver_within)
        )
        self._watch(accepted)
        if self._draw(shop, request_id, 0) >= MISSING_SHARE:
            minutes = 15.0 + FETCH_MINUTES * run.draws.exponential(
                Purpose.RESERVE, shop.habits.key, self._index(request_id, 1)
            )
            run.agenda.at(now + minutes, self._collect, request_id)

    def _decline(self, now: float, request_id: str) -> None:
        request = self._requests[request_id]
        moment = self._run.agenda.moment_of(now)
        if request.state is RequestState.REQUESTED and moment < request.due_at:
            shop = self._shops[request.shop_id]
            self._take(now, shop, lifecycle.decline(request, shop.value, moment))

    def _collect(self, now: float, request_id: str) -> None:
        """Let a transporter fetch the packs at the depot; it brings as many as are there."""
        request, run = self._requests[request_id], self._run
        moment = run.agenda.moment_of(now)
        if request.state is not RequestState.ACCEPTED or request.due_at <= moment:
            return
        shop = self._shops[request.shop_id]
        vehicle = self._vehicles[self._numbers[request_id] % len(self._vehicles)]
        packs = self._depot.issue(now, request.pack_model_id, request.packs, vehicle)
        if packs:
            serials = [pack.id for pack in packs]
            self._take(now, shop, lifecycle.collect(request, shop.value, serials, moment))
            minutes = DRIVE_MINUTES * (0.6 + self._draw(shop, request_id, 2))
            run.agenda.at(now + minutes, self._deliver, (request_id, vehicle, packs))

    def _deliver(self, now: float, about: tuple[str, str, list[Pack]]) -> None:
        """Bring packs to the shop; those that come too late go back."""
        request_id, vehicle, packs = about
        request, run = self._requests[request_id], self._run
        if request.state is not RequestState.ACCEPTED:
            self._depot.take_back(now, packs, vehicle)
            return
        moment, shop = run.agenda.moment_of(now), self._shops[request.shop_id]
        stored = [custody.store(pack, shop.value.id, vehicle, moment) for pack in packs]
        run.publish([fact for move in stored for fact in move.facts], now)
        self._take(now, shop, lifecycle.receive(request, shop.value, [pack.id for pack in packs], moment))
        stays = 120.0 + STAY_MINUTES * run.draws.exponential(
            Purpose.RESERVE, shop.habits.key, self._index(request_id, 3)
        )
        run.agenda.at(now + stays, self._give_back, (request_id, vehicle, [move.after for move in stored]))

    def _give_back(self, now: float, about: tuple[str, str, list[Pack]]) -> None:
        """Let a transporter bring packs of a shop back to the depot."""
        request_id, vehicle, packs = about
        run, shop = self._run, self._shops[self._requests[request_id].shop_id]
        moment = run.agenda.moment_of(now)
        fetched = [custody.fetch(pack, shop.value.id, vehicle, moment) for pack in packs]
        handed = lifecycle.hand_over(shop.value, len(packs))
        shop.value = handed.after
        run.publish([*(fact for move in fetched for fact in move.facts), *handed.facts], now)
        on_board = [move.after for move in fetched]
        run.agenda.at(now + DRIVE_MINUTES, self._bring_home, (vehicle, on_board))

    def _bring_home(self, now: float, about: tuple[str, list[Pack]]) -> None:
        vehicle, packs = about
        self._depot.take_back(now, packs, vehicle)

    def _watch(self, request: StorageRequest) -> None:
        run = self._run
        run.agenda.at(run.agenda.minute_of(request.due_at) + 1e-3, self._expire, request.id)

    def _expire(self, now: float, request_id: str) -> None:
        request, moment = self._requests[request_id], self._run.agenda.moment_of(now)
        shop = self._shops[request.shop_id]
        step = lifecycle.expire(request, shop.value, moment)
        if step.request.is_change:
            self._take(now, shop, step)

    def _take(self, now: float, shop: SimShop, step: lifecycle.Step) -> StorageRequest:
        shop.value = step.shop.after
        self._requests[step.request.after.id] = step.request.after
        self._run.publish(step.facts, now)
        return step.request.after

    def _recent(self, shop: SimShop, now: float) -> int:
        since = now - self._parameters.recent / timedelta(minutes=1)
        shop.asked_packs = [(at, packs) for at, packs in shop.asked_packs if at >= since]
        return sum(packs for _, packs in shop.asked_packs)

    def _weekday(self, now: float) -> int:
        return self._run.agenda.moment_of(now).astimezone(self._zone).weekday()

    def _index(self, request_id: str, which: int) -> int:
        return 4 * self._numbers[request_id] + which

    def _draw(self, shop: SimShop, request_id: str, which: int) -> float:
        return self._run.draws.uniform(Purpose.RESERVE, shop.habits.key, self._index(request_id, which))

    def _open_shop(self, shop: Shop) -> SimShop:
        record = ShopRecord(
            owner_id=f"owner-{shop.id}",
            name=shop.id,
            address="",
            district="",
            point=shop.point,
            time_zone=self._run.city.time_zone,
            opening_hours=shop.timetable.notation or ALWAYS_OPEN,
            capacity_packs=shop.capacity_packs,
            credits_per_pack_day=max(1, round(shop.price_per_pack_day * 100)),
        )
        try:
            value = shops.new_shop(shop.id, record)
        except InvalidInputError:  # hours that shops cannot have
            value = shops.new_shop(shop.id, replace(record, opening_hours=ALWAYS_OPEN))
        habits = ShopHabits.of(key_of(shop.id), self._run.draws)
        return SimShop(value, habits, shop.capacity_packs)


def _last_values(shop: PartnerShop) -> StorageForecast:
    return StorageForecast(float(shop.free_places), shop.acceptance_rate, Source.BASELINE)
