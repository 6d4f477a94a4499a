"""Riders: they ask, ride, wait, swap or give up. Every step of a hold is a transition of the swapping domain."""

from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import Pack, Slot
from navswap.features.swapping.domain import codes, lifecycle
from navswap.features.swapping.domain.values import EntryState, QueueEntry, SwappedPack
from navswap.features.swapping.errors import HoldEndedError, NoChargedPackError, StationClosedError
from navswap.simulation.engine.bays import NEVER
from navswap.simulation.engine.choosing import Choice, StationChooser
from navswap.simulation.engine.holding import give_hold
from navswap.simulation.engine.modelled import MINUTE
from navswap.simulation.engine.rider_pool import RiderPool
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.visits import Visit
from navswap.simulation.kpis import LostSwap
from navswap.simulation.world.charging import drained_percent

ASKS_AGAIN_MINUTES = 10.0
"""After which a rider who found no station asks again."""
MOST_TRIES = 3
MOST_HOLDS = 3
"""Stations that a rider asks for a hold, one after the other, before riding to the first one without."""


class Riders:
    """Follows the riders of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._parameters = run.parameters.swapping
        self._chooser = StationChooser(run)
        self._visits: dict[str, Visit] = {}
        self._packs: dict[str, tuple[Pack, ...]] = {}
        """The packs that each rider rides with."""
        self._pool = RiderPool()

    @property
    def packs(self) -> dict[str, tuple[Pack, ...]]:
        """Return the packs of every rider who was seen so far."""
        return self._packs

    def ask(self, now: float, visit: Visit) -> None:
        """Choose a station, reserve the packs there, and ride."""
        visit.tries += 1
        if visit.tries == 1:
            visit.rider_id = self._pool.take(visit)
        choice = self._chooser.choose(now, visit)
        if choice is None:
            self._ask_again(now, visit)
            return
        visit.station = choice.station.index
        if self._run.policy.gives_holds and not visit.walks_in:
            choice = self._hold_near(now, visit, choice)
        if not visit.shows_up:
            self._run.kpis.no_shows += 1
            if visit.entry_id is None:
                self._part(visit)  # else the end of the hold ends the visit
            return
        self._ride(now, visit, choice.metres)

    def _hold_near(self, now: float, visit: Visit, best: Choice) -> Choice:
        """Reserve the packs of a visit at the best station, or at the next best one that has them; returns where the rider goes."""
        choice: Choice | None = best
        refused: list[int] = []
        while choice is not None and (choice is best or choice.has_packs) and len(refused) < MOST_HOLDS:
            self._aim_at(visit, choice)
            ride = self._ride_minutes(now, visit, choice.metres)
            if self._try_hold(now, visit, choice.station, expected_in=ride / visit.slow_ride):
                return choice
            refused.append(choice.station.index)
            choice = self._chooser.choose(now, visit, refused)
        self._aim_at(visit, best)
        return best

    def _aim_at(self, visit: Visit, choice: Choice) -> None:
        visit.station, visit.promised_minutes = choice.station.index, choice.wait_p90_minutes

    def arrive(self, now: float, visit: Visit) -> None:
        """Come to the station, and wait for the turn."""
        if visit.is_over or now < visit.arrives_at:
            return  # who was led to another station on the way comes there
        run = self._run
        visit.arrived_at, visit.lacks_packs_since = now, None
        station = run.stations[visit.station]
        entry = self._entry(visit)
        if entry is not None:
            moment = run.agenda.moment_of(now)
            arrived = lifecycle.arrive(entry, station.id, station.queue, moment)
            if arrived.is_change:
                station.queue_sequence += 1
                station.entries[entry.id] = arrived.after
                run.publish(arrived.facts, now)
        elif run.policy.leads_on and self._lead_on(now, visit, station):
            return
        station.waiting.append(visit)
        visit.leaves_at = now + visit.patience_minutes
        run.agenda.at(visit.leaves_at, self.lose_patience, visit)
        self.serve(now, station)

    def _lead_on(self, now: float, visit: Visit, station: SimStation) -> bool:
        """Let a rider who finds no packs ride on to a station that has them, with a hold there, where that is sooner."""
        run, city = self._run, self._run.city
        if run.gives_holds(station.index, now) and station.ready(visit.model, now).free >= visit.packs:
            return False
        visit.goes_on_from(
            [(station.index, 0.0), *city.near_with(station.index, city.pack_models.index(visit.model))]
        )
        choice = self._chooser.sooner_than_here(now, visit, station)
        if choice is None:
            return False
        self._aim_at(visit, choice)
        ride = self._ride_minutes(now, visit, choice.metres)
        if not self._try_hold(now, visit, choice.station, expected_in=ride / visit.slow_ride):
            visit.station, visit.promised_minutes = station.index, None
            return False
        visit.waits_since = now if visit.waits_since is None else visit.waits_since
        run.kpis.led_on += 1
        self._ride(now, visit, choice.metres)
        return True

    def serve(self, now: float, station: SimStation) -> None:
        """Begin the swap of the first rider who can have the packs, if the kiosk is free."""
        if station.kiosks_free_at[0] > now:
            return  # the end of the swap under way looks again
        for visit in station.waiting:
            if self._begin(now, visit, station):
                station.waiting.remove(visit)
                return
            if visit.lacks_packs_since is None:
                visit.lacks_packs_since = now
        self._wake_when_charged(now, station)

    def complete(self, now: float, visit: Visit) -> None:
        """End a swap: the packs change hands, and the next rider has the kiosk."""
        if visit.is_over or now < visit.completes_at:
            return
        station = self._run.stations[visit.station]
        entry = self._entry(visit)
        if entry is None:  # it was compensated during the swap
            self._lose(now, visit, station, "hold broken")
            self._part(visit)
        elif entry.state is EntryState.VERIFIED:
            self._exchange(now, visit, station, entry)
            self._part(visit)
        else:  # the hold was moved during the swap, and its rider rides on
            station = self._run.stations[visit.begun_at]
        self.serve(now, station)

    def lose_patience(self, now: float, visit: Visit) -> None:
        """Leave unserved, if the swap has not begun."""
        station = self._run.stations[visit.station]
        if visit.is_over or visit not in station.waiting or now < visit.leaves_at:
            return
        station.waiting.remove(visit)
        self._part(visit)
        self._lose(now, visit, station, "patience")
        if (entry := self._entry(visit)) is not None:
            self._cancel(now, station, entry)

    def cancel(self, now: float, visit: Visit) -> None:
        """Give a hold back on the way."""
        entry = self._entry(visit)
        if visit.is_over or visit.arrived_at is not None or entry is None:
            return
        self._part(visit)
        self._run.kpis.cancellations += 1
        self._cancel(now, self._run.stations[visit.station], entry)

    def lapse(self, now: float, visit: Visit) -> None:
        """End a hold whose time has run out."""
        entry = self._entry(visit)
        if entry is None:
            return
        run, station = self._run, self._run.stations[visit.station]
        if (until := run.agenda.minute_of(entry.hold_until)) > now + 1e-6:
            run.agenda.at(until + 1e-3, self.lapse, visit)  # it was moved, or the swap has begun
            return
        lapsed = lifecycle.lapse(entry, station.queue, run.agenda.moment_of(now))
        if lapsed.is_change:
            self._end(now, station, entry)
            run.publish(lapsed.facts, now)
            run.kpis.lapsed_holds += 1
            if not visit.shows_up:
                self._part(visit)
            self.serve(now, station)

    def lose_hold(self, now: float, station: SimStation, entry: QueueEntry) -> None:
        """Go on without a hold that was compensated: as one who walked in, or give up the ride where no one leads on from there."""
        visit = self._visits[entry.id]
        self._forget(station, entry)
        if visit.arrived_at is None and not visit.is_over and not self._run.policy.leads_on:
            self._lose(now, visit, station, "hold broken")
            self._part(visit)

    def move_hold(
        self, now: float, origin: SimStation, target: SimStation, entry: QueueEntry, metres: float
    ) -> None:
        """Take over a hold that was moved to other packs, and ride on where it is at another station now."""
        if origin is target:
            target.entries[entry.id] = entry
            target.queue_sequence += 1
            return
        visit = self._visits[entry.id]
        origin.entries.pop(entry.id)
        origin.queue_sequence += 1
        target.entries[entry.id] = entry
        target.queue_sequence += 1
        visit.station = target.index
        if visit in origin.waiting:
            origin.waiting.remove(visit)
        if visit.is_over or not visit.shows_up:
            return
        visit.ways = ()  # the way goes on from the first station
        left = max(0.0, visit.arrives_at - now)
        visit.arrived_at = None
        self._ride(now + left, visit, metres)

    def _ride(self, now: float, visit: Visit, metres: float) -> None:
        driven = metres * self._parameters.roads.detour_factor
        drained = drained_percent(driven, visit.model.capacity_kwh, packs=visit.packs)
        visit.soc_percent = max(0.0, visit.soc_percent - drained)
        visit.arrives_at = now + self._ride_minutes(now, visit, metres)
        self._run.agenda.at(visit.arrives_at, self.arrive, visit)

    def _try_hold(self, now: float, visit: Visit, station: SimStation, *, expected_in: float | None) -> bool:
        """Reserve the packs of a visit; False where the station cannot promise them, or is closed.

        `expected_in` is the minutes of the ride; None for a rider who stands at the station.
        """
        try:
            self._hold(now, visit, station, expected_in)
        except (NoChargedPackError, StationClosedError):
            self._run.kpis.refused_holds += 1
            return False
        return True

    def _hold(self, now: float, visit: Visit, station: SimStation, expected_in: float | None) -> None:
        run = self._run
        entry, lasts = give_hold(run, visit, station, expected_in, now)
        self._visits[entry.id] = visit
        visit.entry_id = entry.id
        run.agenda.at(now + lasts / MINUTE + 1e-3, self.lapse, visit)
        if visit.cancels_after < NEVER and expected_in is not None:
            run.agenda.at(now + visit.cancels_after, self.cancel, visit)

    def _begin(self, now: float, visit: Visit, station: SimStation) -> bool:
        """Scan the rider's code and begin the swap; False where the packs are not there yet."""
        run = self._run
        entry = self._entry(visit)
        if entry is None:
            if not self._try_hold(now, visit, station, expected_in=None):
                return False
            entry = self._entry(visit)
            assert entry is not None  # noqa: S101 - it was given a moment ago
        moment = run.agenda.moment_of(now)
        code = codes.code_of(entry)
        codes.require_station(code, station.id)
        try:
            codes.require_window(code, moment, self._parameters)
            verified = lifecycle.verify(entry, code, "kiosk", station.queue, moment, self._parameters)
        except HoldEndedError:
            return False
        station.entries[entry.id] = verified.after
        station.queue_sequence += 1
        run.publish(verified.facts, now)
        run.kpis.serve(visit, now)
        until = now + self._parameters.visits.service_minutes * visit.service_factor
        visit.completes_at, visit.begun_at = until, station.index
        station.occupy_kiosk(until)
        run.agenda.at(until, self.complete, visit)
        return True

    def _exchange(self, now: float, visit: Visit, station: SimStation, entry: QueueEntry) -> None:
        run, moment = self._run, self._run.agenda.moment_of(now)
        mine = self._packs_of(visit, now)
        station.stock_changed(now)
        out, freed = [], []
        for held in entry.packs:
            bay = station.bays[held.evse_id - 1]
            run.energy.draw(station, bay.settle(now), now)
            if run.log is not None:
                run.log.took_out(station, bay, now)
            charged = run.wear.after_charge(
                bay.report(now, run.agenda.moment_of), bay.soc_on_arrival, now - bay.arrived
            )
            moved = custody.hand_out(charged, visit.rider_id, moment)
            bay.take()
            freed.append(bay)
            out.append((moved.after, SwappedPack(held.serial_number, held.evse_id, moved.after.soc_percent)))
            run.publish(moved.facts, now)
        came = []
        for pack, bay in zip(mine, freed, strict=True):
            slot = Slot(station.id, bay.evse_id, bay.model.id)
            taken = custody.take_in(pack, visit.rider_id, slot, visit.soc_percent, moment)
            bay.put(taken.after, now, self._parameters.promised_soc_percent)
            if run.log is not None:
                run.log.put_in(station, bay, now)
            came.append(SwappedPack(pack.id, bay.evse_id, taken.after.soc_percent))
            run.publish(taken.facts, now)
        done = lifecycle.complete(
            entry,
            run.ids.new(),
            lifecycle.Exchange([swapped for _, swapped in out], came, "kiosk"),
            station.queue,
            moment,
            self._parameters,
        )
        self._packs[visit.rider_id] = tuple(pack for pack, _ in out)
        self._forget(station, entry)
        run.publish((*done.entry.facts, *done.swap.facts), now)
        run.kpis.complete(station.index, done.swap.after, now)
        if run.log is not None:
            run.log.served(station, visit, freed, now)
        run.forecasts.count(station.index, now, walk_in=entry.walk_in)
        run.forecasts.count_packs(station.index, now, visit.model.id, len(out))
        for bay in freed:
            station.connect(bay, now)

    def _packs_of(self, visit: Visit, now: float) -> tuple[Pack, ...]:
        """Return what a rider rides with; a rider who is seen for the first time has had the packs all along."""
        packs = self._packs.get(visit.rider_id)
        if packs is None:
            packs = self._run.wear.packs_of_new_rider(visit, now)
            self._packs[visit.rider_id] = packs
        return packs

    def _entry(self, visit: Visit) -> QueueEntry | None:
        if visit.entry_id is None:
            return None
        return self._run.stations[visit.station].entries.get(visit.entry_id)

    def _cancel(self, now: float, station: SimStation, entry: QueueEntry) -> None:
        run = self._run
        cancelled = lifecycle.cancel(entry, station.queue, run.agenda.moment_of(now), can_swap=True)
        self._end(now, station, entry)
        run.publish(cancelled.facts, now)
        self.serve(now, station)

    def _end(self, now: float, station: SimStation, entry: QueueEntry) -> None:
        """Give the packs of an ended hold free."""
        station.stock_changed(now)
        bays = (station.bays[held.evse_id - 1] for held in entry.packs)
        self._run.store(station, [custody.release(bay.pack).after for bay in bays if bay.pack is not None])
        self._forget(station, entry)

    def _forget(self, station: SimStation, entry: QueueEntry) -> None:
        del station.entries[entry.id]
        station.queue_sequence += 1
        self._visits.pop(entry.id).entry_id = None

    def _part(self, visit: Visit) -> None:
        """End a visit."""
        visit.is_over = True
        self._pool.give_back(visit)

    def _lose(self, now: float, visit: Visit, station: SimStation, reason: str) -> None:
        lost = LostSwap(now, station.index, visit.model.id, visit.packs, visit.walks_in, reason)
        self._run.kpis.lose(lost)
        if self._run.log is not None:
            self._run.log.lost(station, visit, now)

    def _ask_again(self, now: float, visit: Visit) -> None:
        if visit.tries >= MOST_TRIES:
            self._part(visit)
            self._lose(now, visit, self._run.stations[visit.near[0]], "no station")
            return
        self._run.agenda.at(now + ASKS_AGAIN_MINUTES, self.ask, visit)

    def _wake_when_charged(self, now: float, station: SimStation) -> None:
        """Look at the queue again when the next pack that a waiting rider can take is charged."""
        if not station.waiting:
            return
        ready = station.next_ready_for_waiting(now)
        if now < ready < NEVER and not now < station.wake_at <= ready:
            station.wake_at = ready
            self._run.agenda.at(ready + 1e-3, self._wake, station)

    def _wake(self, now: float, station: SimStation) -> None:
        station.wake_at = NEVER
        self.serve(now, station)

    def _ride_minutes(self, now: float, visit: Visit, metres: float) -> float:
        slow_down = self._run.slow_down(visit.station, now)
        return visit.ride_minutes(metres, self._parameters.roads, slow_down)
