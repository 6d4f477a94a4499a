"""Transport jobs: each is open, taken or over, moves what it says, and pays once."""

from collections.abc import Mapping
from typing import Any

from navswap.consistency.invariant import DocumentsObey, Finding, Invariant, View
from navswap.features.credits.domain.accounts import user_account
from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.logistics.domain.values import ENDED, UNDER_WAY, JobState, OfferState
from navswap.features.logistics.storage.jobs import TransportJobDocument, TransportJobs
from navswap.features.logistics.storage.offers import JobOfferDocument
from navswap.features.packs.service import PlaceKind
from navswap.features.packs.storage import PackDocument

REFERENCE = "job:"


class JobsAreOpenTakenOrEnded(DocumentsObey):
    """A job that is neither would wait for ever, or keep its transporter from another one."""

    statement = "Each transport job is open, under way with a transporter, or over since a time."
    kind = TransportJobDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return which jobs contradict themselves."""
        del view
        ended = list(ENDED)
        moved, arrived = {"$size": "$picked_up"}, {"$size": "$delivered"}
        return {
            "is under way without a transporter": {
                "state": {"$in": list(UNDER_WAY)},
                "transporter_id": None,
            },
            "is open and has a transporter": {"state": JobState.OPEN, "transporter_id": {"$ne": None}},
            "is over since no time": {"state": {"$in": ended}, "ended_at": None},
            "has the time of an end and is not over": {
                "state": {"$nin": ended},
                "ended_at": {"$ne": None},
            },
            "delivered what was not picked up": {
                "$expr": {"$not": [{"$setIsSubset": ["$delivered", "$picked_up"]}]}
            },
            "picked up more than it is for": {"$expr": {"$gt": [moved, "$packs"]}},
            "is delivered without all its packs": {
                "state": JobState.DELIVERED,
                "$expr": {"$ne": [arrived, "$packs"]},
            },
        }


class JobsAreFailedWithoutPacks(DocumentsObey):
    """What was delivered is paid, so that a failed or cancelled job has delivered nothing."""

    statement = "A failed or cancelled transport job has delivered nothing, a partial one something."
    kind = TransportJobDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return which ends do not fit what was delivered."""
        del view
        return {
            "failed or was cancelled, yet delivered packs": {
                "state": {"$in": [JobState.FAILED, JobState.CANCELLED]},
                "delivered": {"$ne": []},
            },
            "is partial, yet delivered nothing": {"state": JobState.PARTIAL, "delivered": []},
        }


class OffersFollowTheirJobs(Invariant):
    """No transporter is shown a job that is gone, or kept from others by an offer that never ends."""

    statement = "Each live offer is of a job that is open, and each other one has the time of its end."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look at the job of each live offer, and at the end of the others."""
        open_jobs = await view.ids(TransportJobDocument, {"state": JobState.OPEN})
        finding.examined = await view.count(JobOfferDocument)
        live = {"state": OfferState.OFFERED}
        async for offer in view.read(JobOfferDocument, live, ["job_id", "ended_at"]):
            if offer["job_id"] not in open_jobs:
                finding.offend(f"job_offers {offer['_id']}", f"is live; job {offer['job_id']} is not open")
            elif offer["ended_at"] is not None:
                finding.offend(f"job_offers {offer['_id']}", "is live, and has the time of an end")
        ended = {"state": {"$ne": OfferState.OFFERED}, "ended_at": None}
        async for offer in view.read(JobOfferDocument, ended, ["_id"]):
            finding.offend(f"job_offers {offer['_id']}", "has ended since no time")


class PacksOnBoardAreWithTheirTransporter(Invariant):
    """Custody moves with the scan."""

    statement = "Each pack on board of a transport job under way is with the transporter of the job."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look where the packs on board are."""
        on_board: dict[str, tuple[str, str]] = {}
        async for found in view.read(TransportJobDocument, {"state": {"$in": list(UNDER_WAY)}}):
            job = TransportJobs.from_stored(found)
            for serial_number in job.on_board:
                on_board[serial_number] = (job.id, job.transporter_id or "")
        finding.examined = len(on_board)
        async for pack in view.read(PackDocument, {"_id": {"$in": list(on_board)}}, ["place"]):
            job_id, transporter_id = on_board.pop(pack["_id"])
            place = pack["place"]
            if (place["kind"], place["holder_id"]) != (PlaceKind.TRANSPORTER, transporter_id):
                finding.offend(
                    f"transport_jobs {job_id}",
                    f"has pack {pack['_id']} on board, which is with {place['kind']} {place['holder_id']}",
                )
        for serial_number, (job_id, _) in on_board.items():
            finding.offend(f"transport_jobs {job_id}", f"has pack {serial_number} on board, which is gone")


class JobsPayOnce(Invariant):
    """Whatever was retried: what a job says was paid is in the ledger, once, and nothing else for a job is."""

    statement = (
        "Each transport job was paid once what it says, to its transporter, and an unfinished one nothing."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare the jobs with the entries of the ledger that name one."""
        paid: dict[str, list[tuple[int, str]]] = {}
        entries = view.read(LedgerEntryDocument, {"reference": {"$regex": f"^{REFERENCE}"}})
        async for entry in entries:
            job_id = entry["reference"].removeprefix(REFERENCE)
            paid.setdefault(job_id, []).append((entry["amount"], entry["credit"]["account"]))
        async for job in view.read(TransportJobDocument, fields=["paid_credits", "transporter_id"]):
            finding.examined += 1
            due = job["paid_credits"]
            wanted = [(due, user_account(job["transporter_id"] or ""))] if due else []
            found = paid.pop(job["_id"], [])
            if found != wanted:
                credited = ", ".join(f"{amount} to {account}" for amount, account in found) or "nothing"
                finding.offend(
                    f"transport_jobs {job['_id']}",
                    f"says {due} credits were paid; the ledger says {credited}",
                )
        for job_id in paid:
            finding.offend(f"ledger {REFERENCE}{job_id}", "pays for a job that does not exist")
