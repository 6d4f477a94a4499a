"""What is late, or held back, anywhere in the network: alerts that are not read off the stations."""

import asyncio
from datetime import datetime

from navswap.features.energy.service import EnergyStationService
from navswap.features.faults.service import TicketService
from navswap.features.logistics.service import TransportReader
from navswap.features.network.rules import LONG_UNANSWERED, MOST_ALERTS, Alert, AlertKind, Late, alert_of_late
from navswap.features.partners.service import StorageRequestService


class LateReader:
    """Finds late tickets, jobs and requests, and feeders that are shed; at most 200 of each, the worst first."""

    def __init__(
        self,
        tickets: TicketService,
        transports: TransportReader,
        requests: StorageRequestService,
        energy: EnergyStationService,
    ) -> None:
        self._tickets = tickets
        self._transports = transports
        self._requests = requests
        self._energy = energy

    async def read(self, now: datetime) -> list[Alert]:
        """Return the alerts that are not read off the stations: what is late, and which feeders are shed."""
        tickets, jobs, requests, shed = await asyncio.gather(
            self._tickets.list_overdue(MOST_ALERTS),
            self._transports.list_overdue(now, MOST_ALERTS),
            self._requests.list_waiting(now - LONG_UNANSWERED, MOST_ALERTS),
            self._energy.list_shed(MOST_ALERTS),
        )
        late = [
            *(
                Late(AlertKind.TICKET_OVERDUE, one.station_id, ("Ticket", one.id), one.due_at)
                for one in tickets
            ),
            *(
                Late(AlertKind.JOB_OVERDUE, one.target_id, ("TransportJob", one.id), one.due_at)
                for one in jobs
            ),
            *(
                Late(
                    AlertKind.STORAGE_REQUEST_WAITING,
                    one.station_id,
                    ("StorageRequest", one.id),
                    one.requested_at,
                )
                for one in requests
            ),
        ]
        sheds = [
            Alert(AlertKind.FEEDER_SHED, one.id, one.shed.limit_kw) for one in shed if one.shed is not None
        ]
        return [*(alert_of_late(one, now) for one in late), *sheds]
