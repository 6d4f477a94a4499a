"""Subscriptions of the logistics slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS, Role
from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.features.logistics.errors import JobNotFoundError
from navswap.features.logistics.events import JobChanged, OfferChanged, job_stream, offers_stream
from navswap.features.logistics.graphql.types import JobOffer, TransportJob
from navswap.features.logistics.service import LogisticsServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of


@strawberry.type(description="All offers to the transporter that stand.")
class JobOffersSnapshot:
    """The first moment of jobOffers."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    offers: list[JobOffer] = strawberry.field(description="The offers that stand, oldest first.")


@strawberry.type(description="An offer to the transporter was made or ended.")
class JobOfferUpdate:
    """A later moment of jobOffers."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(
        description="Grows by 1 with each change of the offers to the transporter, from 1."
    )
    offer: JobOffer = strawberry.field(
        description="The offer as it is now; it stands while its state is OFFERED."
    )


@strawberry.type(description="The whole job.")
class TransportJobSnapshot:
    """The first moment of transportJobChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    job: TransportJob = strawberry.field(description="The job as it is.")


@strawberry.type(description="The job changed.")
class TransportJobUpdate:
    """A later moment of transportJobChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="The revision of the job; grows by 1 with each update.")
    job: TransportJob = strawberry.field(description="The job as it is now.")


JobOfferChange = Annotated[
    JobOffersSnapshot | JobOfferUpdate | Resync,
    strawberry.union("JobOfferChange", description="A moment of jobOffers."),
]
TransportJobChange = Annotated[
    TransportJobSnapshot | TransportJobUpdate | Resync,
    strawberry.union("TransportJobChange", description="A moment of transportJobChanged."),
]


@strawberry.type
class LogisticsSubscription:
    """Subscriptions of the logistics slice."""

    @strawberry.subscription(
        description="The jobs offered to the signed-in transporter, live: a snapshot, then each change once and in "
        "order.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def job_offers(self, info: Info, after: AfterCursor = None) -> AsyncGenerator[JobOfferChange, None]:
        """Watch offers."""
        transporter_id = info.context.signed_in().user_id
        service = LogisticsServices.of(info.context).transports
        streams = frozenset({offers_stream(transporter_id)})
        async for moment in live(
            info.context, "jobOffers", streams, lambda: service.load_live_offers(transporter_id), after
        ):
            if isinstance(moment, SnapshotMoment):
                yield JobOffersSnapshot(
                    cursor=moment.cursor, offers=[JobOffer.of(offer) for offer in moment.state]
                )
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                change = OfferChanged.model_validate(moment.envelope.payload)
                yield JobOfferUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, offer=JobOffer.of(change)
                )

    @strawberry.subscription(
        description="One transport job, live: a snapshot, then each change once and in order. A transporter may watch "
        "its own; the stream ends when the job goes to somebody else.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transport_job_changed(
        self,
        info: Info,
        id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the job.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[TransportJobChange, None]:
        """Watch a job."""
        job_id = database_id(id, TransportJob)
        principal = info.context.signed_in()
        shown_to = None if principal.role in OVERSEERS else principal.user_id
        found = (await TransportJob.load_many(info.context, [job_id])).get(job_id)
        if found is None or shown_to not in {None, found.transporter_key}:
            raise JobNotFoundError("There is no such job, or it is not yours to see.")
        service = LogisticsServices.of(info.context).transports
        streams = frozenset({job_stream(job_id)})
        async for moment in live(
            info.context, "transportJobChanged", streams, lambda: service.load_live_job(job_id), after
        ):
            if isinstance(moment, ResyncMoment):
                yield resync_of(moment)
                continue
            if isinstance(moment, SnapshotMoment):
                job = TransportJob.of(moment.state)
            else:
                job = TransportJob.of(JobChanged.model_validate(moment.envelope.payload))
            if shown_to is not None and job.transporter_key not in {None, shown_to}:
                return
            if isinstance(moment, SnapshotMoment):
                yield TransportJobSnapshot(cursor=moment.cursor, job=job)
            else:
                yield TransportJobUpdate(cursor=moment.cursor, sequence=moment.sequence, job=job)
