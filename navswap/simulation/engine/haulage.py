"""Haulage: transporters drive to the origin of a job, take packs out of its slots, and put them into those of the target."""

from collections.abc import Iterator

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.slots import WantedSlot, assign_slots
from navswap.features.logistics.domain.values import JobState, TransportJob
from navswap.features.packs.domain import custody
from navswap.features.packs.domain.values import Slot
from navswap.kit.geo import distance_metres
from navswap.simulation.engine.job_book import JobBook
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.vehicles import Fate, Vehicle

LOOKS_AGAIN_MINUTES = 15.0
"""After which one looks for room again who found none anywhere."""
Errand = tuple[TransportJob, Vehicle]
"""A job as it was when the drive for it began, and who drives."""


class Haulage:
    """Drives the vehicles; no pack on board is lost: those of a job that fails go to the nearest station with room."""

    def __init__(self, run: Run, riders: Riders, book: JobBook, fate: Fate) -> None:
        self._run = run
        self._riders = riders
        self._book = book
        self._fate = fate
        self._roads = run.parameters.logistics.matching.roads
        book.freed.append(self._clear)

    def begin(self, now: float, job: TransportJob, vehicle: Vehicle) -> None:
        """Drive to the origin of a job that was accepted, unless it is abandoned."""
        number = self._book.number_of(job.id)
        if not self._fate.abandons(vehicle, number):
            origin = self._run.station_of[job.origin_id]
            arrives = self._drive(now, vehicle, origin, self._fate.slowness(vehicle, number, 0))
            self._run.agenda.at(arrives, self._fetch, (job, vehicle))

    def _fetch(self, now: float, errand: Errand) -> None:
        """Take the packs of a job on board, and drive on; a job whose packs are gone fails."""
        then, vehicle = errand
        job = self._book.active.get(then.id)
        if job is None or job.state is not JobState.ACCEPTED or job.attempts != then.attempts:
            return  # it has lapsed on the way
        run, book, number = self._run, self._book, self._book.number_of(job.id)
        origin = run.station_of[job.origin_id]
        vehicle.point = origin.value.information.point
        moment = run.agenda.moment_of(now)
        taken = self._take(now, vehicle, job, origin)
        if not taken:
            book.apply(
                job_lifecycle.fail(job, vehicle.transporter.id, "no pack is there to fetch", moment), now
            )
            return
        moving = book.apply(job_lifecycle.pick_up(job, vehicle.transporter.id, taken, moment), now)
        leaves = now + len(taken) * self._fate.habits.pack_minutes
        target = run.station_of[job.target_id]
        arrives = self._drive(leaves, vehicle, target, self._fate.slowness(vehicle, number, 1))
        if self._fate.breaks_down(vehicle, number):
            run.agenda.at((leaves + arrives) / 2, self._break_down, (moving, vehicle))
        else:
            run.agenda.at(arrives, self._deliver, (moving, vehicle))

    def _deliver(self, now: float, errand: Errand) -> None:
        """Put the packs of a job into the slots of its target; those that find none go on to another station."""
        then, vehicle = errand
        job = self._book.active.get(then.id)
        if job is None:  # it has lapsed on the way, and its packs are brought where there is room
            return
        run, moment = self._run, self._run.agenda.moment_of(now)
        target = run.station_of[job.target_id]
        placed = self._put(now, vehicle, target)
        step = job_lifecycle.deliver(job, vehicle.transporter.id, placed, moment)
        job = self._book.apply(step, now)
        if not job.has_ended:
            reason = "no slot is empty at the target"
            self._book.apply(job_lifecycle.fail(job, vehicle.transporter.id, reason, moment), now)
        self._welcome(now, target)

    def _break_down(self, now: float, errand: Errand) -> None:
        then, vehicle = errand
        job = self._book.active.get(then.id)
        if job is not None:
            moment = self._run.agenda.moment_of(now)
            self._book.apply(
                job_lifecycle.fail(job, vehicle.transporter.id, "the vehicle broke down", moment), now
            )

    def _clear(self, now: float, vehicle: Vehicle) -> None:
        """Bring what is left on board of a job that is over to the nearest station with room."""
        if not vehicle.on_board or vehicle.is_returning:
            return
        vehicle.is_returning = True
        self._bring(now, vehicle)

    def _bring(self, now: float, vehicle: Vehicle) -> None:
        station = next(self._with_room(vehicle), None)
        if station is None:
            self._run.agenda.at(now + LOOKS_AGAIN_MINUTES, self._bring, vehicle)
            return
        arrives = self._drive(now, vehicle, station, self._fate.habits.slowest_drive)
        self._run.agenda.at(arrives, self._return, (station, vehicle))

    def _return(self, now: float, errand: tuple[SimStation, Vehicle]) -> None:
        station, vehicle = errand
        self._put(now, vehicle, station)
        self._welcome(now, station)
        if vehicle.on_board:
            self._bring(now, vehicle)
            return
        vehicle.is_returning = False
        for follow in self._book.freed:
            follow(now, vehicle)

    def _take(self, now: float, vehicle: Vehicle, job: TransportJob, station: SimStation) -> list[str]:
        """Take the fullest free packs out of their slots; returns their serial numbers."""
        run, moment = self._run, self._run.agenda.moment_of(now)
        model = next((bay.model for bay in station.bays if bay.model.id == job.pack_model_id), None)
        if model is None:
            return []
        station.bring_up_to(now)
        packs = station.best_packs(model, job.packs_to_fetch, now, run.agenda.moment_of)
        station.stock_changed(now)
        bays = [station.bays[(pack.place.evse_id or 1) - 1] for pack in packs]
        for bay in bays:
            run.energy.draw(station, bay.settle(now), now)
        if run.log is not None:
            run.log.loaded(station, bays, now)
        for pack, bay in zip(packs, bays, strict=True):
            loaded = custody.load(
                bay.report(now, run.agenda.moment_of),
                station.id,
                vehicle.transporter.id,
                station.promised_soc_percent,
                moment,
            )
            bay.take()
            vehicle.on_board[pack.id] = loaded.after
            run.publish(loaded.facts, now)
        if packs:
            station.share_power(now)
        return [pack.id for pack in packs]

    def _put(self, now: float, vehicle: Vehicle, station: SimStation) -> list[str]:
        """Put packs on board into empty slots that take their model; returns the serial numbers of those that found one."""
        run, moment = self._run, self._run.agenda.moment_of(now)
        vehicle.point = station.value.information.point
        packs = list(vehicle.on_board.values())
        free = {bay.evse_id: bay.model.id for bay in station.bays if bay.pack is None and bay.works}
        slots = assign_slots([WantedSlot(None, pack.model_id) for pack in packs], free)
        station.stock_changed(now)
        placed = []
        for pack, evse_id in zip(packs, slots, strict=True):
            if evse_id is None:
                continue
            bay = station.bays[evse_id - 1]
            slot = Slot(station.id, evse_id, bay.model.id)
            unloaded = custody.unload(pack, vehicle.transporter.id, slot, moment)
            bay.put(unloaded.after, now, station.promised_soc_percent)
            if run.log is not None:
                run.log.unloaded(station, bay, now)
            del vehicle.on_board[pack.id]
            run.publish(unloaded.facts, now)
            station.connect(bay, now)
            placed.append(pack.id)
        return placed

    def _welcome(self, now: float, station: SimStation) -> None:
        """Let riders who wait have the packs that came."""
        station.stock_changed(now)
        if station.waiting:
            self._riders.serve(now, station)

    def _with_room(self, vehicle: Vehicle) -> Iterator[SimStation]:
        """Yield the stations that take any pack on board, nearest first."""
        models = {pack.model_id for pack in vehicle.on_board.values()}
        for index, _ in self._run.city.near_point(vehicle.point, len(self._run.stations)):
            station = self._run.stations[index]
            if any(bay.pack is None and bay.works and bay.model.id in models for bay in station.bays):
                yield station

    def _drive(self, now: float, vehicle: Vehicle, station: SimStation, slowness: float) -> float:
        """Drive to a station; returns the minute of the run at which the vehicle has parked there."""
        metres = distance_metres(vehicle.point, station.value.information.point)
        self._run.kpis.km_driven += metres * self._roads.detour_factor / 1000
        minutes = self._roads.carry_minutes(metres) * self._run.slow_down(station.index, now) * slowness
        return now + minutes + self._fate.habits.stop_minutes
