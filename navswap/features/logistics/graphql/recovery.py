"""What brings jobs and packs to an end by another way than delivery."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.logistics.graphql.refusals import (
    BadReason,
    BadScan,
    JobEnded,
    JobNotFound,
    PackNotReady,
    VehicleTooSmall,
    checked_reason,
)
from navswap.features.logistics.graphql.types import Transporter, TransportJob
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.graphql import PackElsewhere, PackNotFound
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles

EndTransportJobResult = Annotated[
    TransportJob | JobNotFound | JobEnded | BadReason | BadId,
    strawberry.union("EndTransportJobResult", description="The ended job, or why it stands."),
]
CollectPacksResult = Annotated[
    Transporter
    | StationNotFound
    | VehicleTooSmall
    | PackNotFound
    | PackElsewhere
    | PackNotReady
    | BadScan
    | BadId,
    strawberry.union(
        "CollectPacksResult", description="The transporter with its packs, or why it took none."
    ),
]


@strawberry.input(description="The job to end.")
class EndTransportJobInput:
    """The input of endTransportJob."""

    job_id: relay.GlobalID = strawberry.field(description="Id of the job.")
    reason: str = strawberry.field(description="Why, for its transporter; 1 to 200 characters.")


@strawberry.input(description="Recalled and retired packs that were taken out of their slots.")
class CollectPacksInput:
    """The input of collectPacks."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 200 serial numbers, each once; all are taken or none."
    )


@strawberry.type
class RecoveryMutation:
    """Mutations for what does not go as planned."""

    @strawberry.mutation(
        description="End any job that is not over, in whatever state. Its offers end; what was delivered is paid, once; "
        "packs on board stay with the transporter until returned to a station or handed in at a depot. Ending again is "
        "the same as once. Written down in auditLog.",
        extensions=roles(Role.ADMIN),
    )
    async def end_transport_job(
        self, info: Info, input: Annotated[EndTransportJobInput, strawberry.argument(description="The job.")]
    ) -> EndTransportJobResult:
        """End a job."""
        job = await LogisticsServices.of(info.context).jobs.end(
            database_id(input.job_id, TransportJob), checked_reason(input.reason), info.context.signed_in()
        )
        return TransportJob.of(job)

    @strawberry.mutation(
        description="Take scanned packs that were recalled or retired out of the slots of a station, to hand them in at "
        "a depot; nothing is paid for it. Packs taken before are no mistake.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def collect_packs(
        self, info: Info, input: Annotated[CollectPacksInput, strawberry.argument(description="The packs.")]
    ) -> CollectPacksResult:
        """Take packs."""
        transporter_id = info.context.signed_in().user_id
        await LogisticsServices.of(info.context).custody.collect(
            database_id(input.station_id, Station), transporter_id, input.serial_numbers
        )
        found = await LogisticsServices.of(info.context).transporters.list_by_ids([transporter_id])
        return Transporter.of(found[transporter_id])
