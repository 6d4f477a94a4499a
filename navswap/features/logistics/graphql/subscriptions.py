"""Subscriptions of the logistics slice."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS, Role
from navswap.features.logistics.errors import TransportJobNotFoundError
from navswap.features.logistics.events import JOBS, JobChanged, OfferChanged, job_stream, offers_stream
from navswap.features.logistics.graphql.jobs import JobOffer, TransportJob
from navswap.features.logistics.service import LogisticsServices
from navswap.features.stations.graphql import WatchedStations, stream_of_stations
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles


@strawberry.type(description="All offers that the transporter can answer.")
class JobOffersSnapshot(StreamMoment):
    """The first message of jobOffersChanged."""

    offers: list[JobOffer] = strawberry.field(description="The offers that stand, oldest first.")


@strawberry.type(description="An offer to the transporter was made or ended.")
class JobOffersUpdate(StreamMoment):
    """A later message of jobOffersChanged."""

    offer: JobOffer = strawberry.field(
        description="The offer as it is now; it stands while its state is OFFERED."
    )


@strawberry.type(description="The whole job.")
class TransportJobSnapshot(StreamMoment):
    """The first message of transportJobChanged."""

    job: TransportJob = strawberry.field(description="The job as it is.")


@strawberry.type(description="The job changed.")
class TransportJobUpdate(StreamMoment):
    """A later message of transportJobChanged."""

    job: TransportJob = strawberry.field(description="The job as it is now.")


@strawberry.type(description="All transport jobs of the scope that are not over.")
class TransportJobsSnapshot(StreamMoment):
    """The first message of transportJobsChanged."""

    jobs: list[TransportJob] = strawberry.field(description="The jobs that are not over, oldest first.")


@strawberry.type(
    description="A job of the scope was opened or changed; `sequence` counts those from or to one of its stations."
)
class TransportJobsUpdate(StreamMoment):
    """A later message of transportJobsChanged."""

    job: TransportJob = strawberry.field(description="The job as it is now; drop it once `endedAt` is set.")


TransportJobsChange = Annotated[
    TransportJobsSnapshot | TransportJobsUpdate | Resync,
    strawberry.union("TransportJobsChange", description="A message of transportJobsChanged."),
]
JobOffersChange = Annotated[
    JobOffersSnapshot | JobOffersUpdate | Resync,
    strawberry.union("JobOffersChange", description="A message of jobOffersChanged."),
]
TransportJobChange = Annotated[
    TransportJobSnapshot | TransportJobUpdate | Resync,
    strawberry.union("TransportJobChange", description="A message of transportJobChanged."),
]


@strawberry.type
class LogisticsSubscription:
    """Subscriptions of the logistics slice."""

    @strawberry.subscription(
        description="The jobs offered to the signed-in transporter, live: a snapshot, then each change once and in "
        "order.",
        extensions=roles(Role.TRANSPORTER),
    )
    def job_offers_changed(
        self, info: Info, after: AfterCursor = None
    ) -> AsyncGenerator[JobOffersChange, None]:
        """Watch offers."""
        transporter_id = info.context.signed_in().user_id
        reader = LogisticsServices.of(info.context).transports
        return stream(
            info,
            [offers_stream(transporter_id)],
            lambda: reader.load_live_offers(transporter_id),
            after,
            event=OfferChanged,
            snapshot=lambda offers, at: JobOffersSnapshot(
                **at, offers=[JobOffer.of(offer) for offer in offers]
            ),
            update=lambda changed, at: JobOffersUpdate(**at, offer=JobOffer.of(changed.offer)),
            is_shared=True,
        )

    @strawberry.subscription(
        description="Transport jobs, live. From or to some stations, or all that there are, wherever they go: those that are not over, "
        "then each change, once and in order for each station.",
        extensions=roles(*OVERSEERS),
    )
    def transport_jobs_changed(
        self, info: Info, station_ids: WatchedStations = None, after: AfterCursor = None
    ) -> AsyncGenerator[TransportJobsChange, None]:
        """Watch jobs."""
        return stream_of_stations(
            info,
            JOBS,
            station_ids,
            LogisticsServices.of(info.context).transports.load_unfinished,
            after,
            event=JobChanged,
            snapshot=lambda jobs, at: TransportJobsSnapshot(
                **at, jobs=[TransportJob.of(job) for job in jobs]
            ),
            update=lambda changed, at: TransportJobsUpdate(**at, job=TransportJob.of(changed.job)),
        )

    @strawberry.subscription(
        description="One transport job, live: a snapshot, then each change once and in order. A transporter may watch "
        "its own; the stream ends when the job goes to another transporter.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transport_job_changed(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the job.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[TransportJobChange, None]:
        """Watch a job."""
        job_id = database_id(id, TransportJob)
        principal = info.context.signed_in()
        shown_to = None if principal.role in OVERSEERS else principal.user_id
        found = (await TransportJob.load_many(info.context, [job_id])).get(job_id)
        if found is None or shown_to not in {None, found.transporter_key}:
            raise TransportJobNotFoundError("There is no such job, or it is not yours to see.")
        reader = LogisticsServices.of(info.context).transports
        moments = stream(
            info,
            [job_stream(job_id)],
            lambda: reader.load_live_job(job_id),
            after,
            event=JobChanged,
            snapshot=lambda job, at: TransportJobSnapshot(**at, job=TransportJob.of(job)),
            update=lambda changed, at: TransportJobUpdate(**at, job=TransportJob.of(changed.job)),
            is_shared=shown_to is None,  # for a transporter the stream may end before others' does
        )
        async with aclosing(moments):
            async for message in moments:
                if not isinstance(message, Resync) and _is_of_another(message.job, shown_to):
                    return
                yield message


def _is_of_another(job: TransportJob, shown_to: str | None) -> bool:
    """Return whether a transporter to whom a job was shown has lost it to another one."""
    return shown_to is not None and job.transporter_key not in {None, shown_to}
