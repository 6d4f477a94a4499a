"""What logistics keeps in MongoDB."""

from navswap.features.logistics.documents.jobs import ENDED, UNDER_WAY, EndedJobs, JobState, TransportJob
from navswap.features.logistics.documents.offers import JobOffer, OfferState, Transporter
from navswap.features.logistics.documents.plans import (
    BUCKET,
    PlannedLoad,
    PlannedStation,
    RebalancingPlan,
    StationDemand,
    bucket_of,
)

__all__ = [
    "BUCKET",
    "ENDED",
    "UNDER_WAY",
    "EndedJobs",
    "JobOffer",
    "JobState",
    "OfferState",
    "PlannedLoad",
    "PlannedStation",
    "RebalancingPlan",
    "StationDemand",
    "TransportJob",
    "Transporter",
    "bucket_of",
]
