"""Reports of positions, and where subjects were last seen."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.topics import full_name
from navswap.features.positions.domain.filter import (
    Rejected,
    Rejection,
    Track,
    Verdict,
    judge_report,
)
from navswap.features.positions.errors import (
    NotYourPositionError,
    StreamUnavailableError,
    SubjectNotFoundError,
)
from navswap.features.positions.events import POSITIONS
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.storage import GpsLog, LatestPositions, Remembered
from navswap.features.users.service import UserService
from navswap.infra import telemetry
from navswap.infra.kafka import KafkaUnavailableError, Producer
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.gps import GpsPoint
from navswap.settings import Settings

log = structlog.get_logger(__name__)

MAX_BATCH = 500
"""Most points of one report."""
MAX_LISTED = 5_000
"""Most positions that are listed at once; the newest are kept."""

ACCEPTED = Counter("navswap_positions_accepted_total", "GPS points that were accepted and passed on")
CORRECTED = Counter(
    "navswap_device_clocks_corrected_total",
    "Batches of positions whose times were corrected, for the phone's clock is off",
)
LATEST_UNAVAILABLE = Counter(
    "navswap_latest_positions_unavailable_total", "Times that Redis could not be asked for positions", ["use"]
)


@dataclass(frozen=True, slots=True)
class PositionReport:
    """What became of a batch: how many points were accepted, and which were not, by their index.

    `correction` was added to the times of its points, for the clock of the phone is off; of several phones the largest.
    """

    accepted: int
    rejected: tuple[Rejected, ...]
    correction: timedelta = timedelta(0)

    @property
    def reasons(self) -> dict[Rejection, int]:
        """Return how many points were rejected for each reason."""
        return dict(Tally(rejection.reason for rejection in self.rejected))


class PositionService:
    """Takes positions in, and finds where subjects were last seen."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        producer: Producer,
        latest: LatestPositions,
        gps_log: GpsLog,
        users: UserService,
    ) -> None:
        self._topic = full_name(settings, POSITIONS)
        self._clock = clock
        self._producer = producer
        self._latest = latest
        self._gps_log = gps_log
        self._users = users

    async def report(
        self, principal: Principal, points: Sequence[GpsPoint], sent_at: datetime | None = None
    ) -> PositionReport:
        """Filter points of one or several subjects, pass on what is accepted, and remember where all are.

        `sent_at` is when the phone sent them by its own clock, None where it does not say.

        Raises InvalidInputError, NotYourPositionError, SubjectNotFoundError, and StreamUnavailableError when
        Kafka did not take the points; none of them is remembered then, so the batch can be sent again as it is.
        """
        if not 1 <= len(points) <= MAX_BATCH:
            raise InvalidInputError(
                "positions", f"Report 1 to {MAX_BATCH} positions at once, not {len(points)}."
            )
        indexes: dict[str, list[int]] = defaultdict(list)
        for index, point in enumerate(points):
            indexes[point.subject_id].append(index)
        roles = await self._roles(principal, list(indexes))
        tracks = await self._recall(list(indexes))
        now = self._clock.now()
        verdicts = {
            subject_id: judge_report(
                [points[index] for index in of_subject],
                tracks.get(subject_id, Track()),
                now,
                sent_at,
                is_relayed=subject_id != principal.user_id,
            )
            for subject_id, of_subject in indexes.items()
        }
        await self._produce(verdicts, roles, now)
        await self._remember(verdicts, roles, now)
        rejected = [
            Rejected(indexes[subject_id][rejection.index], rejection.reason)
            for subject_id, verdict in verdicts.items()
            for rejection in verdict.rejected
        ]
        corrections = [verdict.track.clock.correction for verdict in verdicts.values()]
        correction = timedelta(milliseconds=max(corrections, key=abs))
        return _counted(len(points), sorted(rejected, key=lambda rejection: rejection.index), correction)

    async def find_latest(self, subject_ids: Sequence[str]) -> dict[str, LatestPosition]:
        """Return where some subjects were last seen, for those seen within a day.

        Redis answers first; the GPS log answers for those that Redis does not know, a little behind the reports.
        """
        if not subject_ids:
            return {}
        try:
            found = await self._latest.find(subject_ids, self._clock.now())
        except (RedisError, OSError) as error:
            _count_outage("find", error)
            found = {}
        missing = [subject_id for subject_id in subject_ids if subject_id not in found]
        return found | await self._find_logged(missing)

    async def find_rejections(self, subject_ids: Sequence[str]) -> dict[str, Rejection]:
        """Return why the newest point of the last report of some subjects did not count, for those of whom it did not."""
        tracks = await self._recall(subject_ids)
        return {
            subject_id: track.rejection for subject_id, track in tracks.items() if track.rejection is not None
        }

    async def find_all(self) -> list[LatestPosition] | None:
        """Return the latest position of each subject seen within a day; None while Redis is away."""
        try:
            return await self._latest.list_all(self._clock.now())
        except (RedisError, OSError) as error:
            _count_outage("list", error)
            return None

    async def _roles(self, principal: Principal, subject_ids: Sequence[str]) -> dict[str, Role]:
        """Return the role of each subject that the principal may report for."""
        roles = {principal.user_id: principal.role}
        others = [subject_id for subject_id in subject_ids if subject_id != principal.user_id]
        if not others:
            return roles
        if principal.role is not Role.ADMIN:
            raise NotYourPositionError("Report your own positions only; leave `subjectId` out.")
        known = await self._users.list_roles(others)
        for subject_id in others:
            if subject_id not in known:
                raise SubjectNotFoundError(f"There is no user {subject_id}.")
        return roles | known

    async def _recall(self, subject_ids: Sequence[str]) -> dict[str, Track]:
        """Return what is remembered; without Redis every batch is judged by itself."""
        try:
            return await self._latest.recall(subject_ids)
        except (RedisError, OSError) as error:
            _count_outage("filter", error)
            return {}

    async def _produce(
        self, verdicts: Mapping[str, Verdict], roles: Mapping[str, Role], now: datetime
    ) -> None:
        headers = telemetry.propagated()
        messages = [
            (
                self._topic,
                subject_id,
                PositionBatch.of(verdict.accepted, roles[subject_id], now).to_bytes(),
                headers,
            )
            for subject_id, verdict in verdicts.items()
            if verdict.accepted
        ]
        if not messages:
            return
        try:
            await self._producer.send_many(messages)
        except KafkaUnavailableError as error:
            log.warning("positions_not_taken", error=str(error))
            raise StreamUnavailableError(
                "Positions cannot be taken now; send the batch again soon, late points are welcome."
            ) from error
        ACCEPTED.inc(sum(len(verdict.accepted) for verdict in verdicts.values()))

    async def _remember(
        self, verdicts: Mapping[str, Verdict], roles: Mapping[str, Role], now: datetime
    ) -> None:
        remembered = {
            subject_id: Remembered(
                LatestPosition.of(verdict.accepted[-1], roles[subject_id], now) if verdict.accepted else None,
                verdict.track,
            )
            for subject_id, verdict in verdicts.items()
        }
        try:
            await self._latest.remember(remembered, now)
        except (RedisError, OSError) as error:
            _count_outage("remember", error)

    async def _find_logged(self, subject_ids: Sequence[str]) -> dict[str, LatestPosition]:
        """Return what the log has; it does not say when the points were received, so that counts as now."""
        now = self._clock.now()
        found = await self._gps_log.find_latest(subject_ids, now)
        return {
            subject_id: LatestPosition.of(point, role, received_at=now)
            for subject_id, (point, role) in found.items()
        }


def _counted(total: int, rejected: Sequence[Rejected], correction: timedelta) -> PositionReport:
    for rejection in rejected:
        telemetry.REJECTIONS.labels("gps", rejection.reason).inc()
    if correction:
        CORRECTED.inc()
    return PositionReport(total - len(rejected), tuple(rejected), correction)


def _count_outage(use: str, error: Exception) -> None:
    LATEST_UNAVAILABLE.labels(use).inc()
    log.warning("latest_positions_unavailable", use=use, error=str(error))
