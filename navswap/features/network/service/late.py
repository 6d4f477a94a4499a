"""What is overdue, or held back, anywhere in the network: alerts that are not read off the stations."""

import asyncio
from datetime import datetime, timedelta

from navswap.features.energy.service import EnergyStationService
from navswap.features.faults.service import TicketService
from navswap.features.logistics.service import TransportReader
from navswap.features.network.domain.alerts import MOST_ALERTS, Alert, AlertKind, overdue
from navswap.features.partners.service import StorageRequestService


class LateReader:
    """Finds overdue tickets, jobs and requests, and feeders that are shed; at most 200 of each, the worst first."""

    def __init__(
        self,
        tickets: TicketService,
        transports: TransportReader,
        requests: StorageRequestService,
        energy: EnergyStationService,
        unanswered: timedelta,
    ) -> None:
        self._tickets = tickets
        self._transports = transports
        self._requests = requests
        self._energy = energy
        self._unanswered = unanswered

    async def read(self, now: datetime) -> list[Alert]:
        """Return the alerts that are not read off the stations."""
        tickets, jobs, requests, shed = await asyncio.gather(
            self._tickets.list_overdue(MOST_ALERTS),
            self._transports.list_overdue(now, MOST_ALERTS),
            self._requests.list_waiting(now - self._unanswered, MOST_ALERTS),
            self._energy.list_shed(MOST_ALERTS),
        )
        late = [
            *(
                (AlertKind.TICKET_OVERDUE, found.station_id, ("Ticket", found.id), found.due_at)
                for found in tickets
            ),
            *(
                (AlertKind.JOB_OVERDUE, found.station_id, ("TransportJob", found.id), found.due_at)
                for found in jobs
            ),
            *(
                (
                    AlertKind.STORAGE_REQUEST_WAITING,
                    found.station_id,
                    ("StorageRequest", found.id),
                    found.requested_at,
                )
                for found in requests
            ),
        ]
        limits = [
            Alert(AlertKind.FEEDER_SHED, station.id, station.shed.limit_kw)
            for station in shed
            if station.shed is not None
        ]
        return [*(overdue(*found, now) for found in late), *limits]
