"""What stations report of their stock, for a run that is recorded: production publishes it with each change."""

from collections.abc import Mapping

from navswap.features.packs.domain.counting import PackCount, count_packs
from navswap.features.stations.domain.lifecycle import record_availability, record_stock
from navswap.features.stations.domain.values import Station
from navswap.kit.values import replace
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation

REPORT_MINUTES = 15.0
"""How often; each report is the whole status, so a finer one adds rows and little that could be learned."""


class StatusReports:
    """Publishes the status of every station again and again, spread over the quarter of an hour.

    What the run decides by stays as it is, so that a run that is recorded is the run that it would be otherwise.
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def start(self) -> None:
        """Put the first report of each station on the agenda."""
        count = len(self._run.stations)
        for station in self._run.stations:
            self._run.agenda.at(REPORT_MINUTES * station.index / count, self._report, station)

    def stop(self) -> None:
        """Report no longer."""
        self._run.agenda.cancel(self._report)

    def _report(self, now: float, station: SimStation) -> None:
        run = self._run
        run.agenda.at(now + REPORT_MINUTES, self._report, station)
        counts = _count(station, now)
        joined = len(station.entries) - station.value.status.queue_length
        recorded = record_stock(station.value, counts, run.agenda.moment_of(now), joined=joined or None)
        station.value = recorded.after
        run.publish(recorded.facts, now)


def report_availability(run: Run, before: Station, station: SimStation, now: float) -> None:
    """Publish at once that a fault took a station or a slot out of use, or gave it back; `before` is the station until then."""
    moment = run.agenda.moment_of(now)
    recorded = record_availability(before, station.value, _count(station, now), moment)
    station.value = recorded.after
    run.publish(recorded.facts, now)


def _count(station: SimStation, now: float) -> Mapping[str, PackCount]:
    packs = [
        replace(bay.pack, soc_percent=bay.soc_at(now), shut_in=not bay.works)
        for bay in station.bays
        if bay.pack is not None
    ]
    return count_packs(packs, station.promised_soc_percent)
