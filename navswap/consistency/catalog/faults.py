"""Faults: what is out of use has a cause, tickets have theirs, and compensations are paid once."""

from navswap.consistency.invariant import Finding, Invariant, View
from navswap.features.credits.storage import LedgerEntryDocument
from navswap.features.faults.domain.catalogue import Pause
from navswap.features.faults.domain.values import FaultState, TicketState
from navswap.features.faults.storage import FaultDocument, TicketDocument
from navswap.features.stations.storage import StationDocument
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.storage import QueueEntryDocument
from navswap.infra.repository import HISTORY

BLOCKING = {Pause.SLOT_LOCKED, Pause.SLOT_FAULTED, Pause.STATION}


class TicketsHaveTheirCause(Invariant):
    """No member of staff is sent for nothing, and nothing waits for one who was not sent."""

    statement = (
        "Each ticket has its fault, open until it is resolved; each fault left to people has its ticket."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Match tickets and faults both ways."""
        left = {
            fault["ticket_id"]: fault["_id"]
            async for fault in view.read(FaultDocument, {"state": FaultState.TICKETED}, ["ticket_id"])
        }
        known = await view.ids(FaultDocument)
        async for ticket in view.read(TicketDocument, fields=["state", "fault_id"]):
            finding.examined += 1
            open_fault = left.pop(ticket["_id"], None)
            if ticket["state"] == TicketState.RESOLVED and open_fault is not None:
                finding.offend(f"ticket {ticket['_id']}", f"is resolved, yet fault {open_fault} waits for it")
            elif ticket["fault_id"] not in known:
                finding.offend(f"ticket {ticket['_id']}", f"has no cause: fault {ticket['fault_id']} is gone")
            elif ticket["state"] != TicketState.RESOLVED and open_fault != ticket["fault_id"]:
                finding.offend(f"ticket {ticket['_id']}", "is not that of an open fault")
        for ticket_id, fault_id in left.items():
            finding.offend(f"fault {fault_id}", f"is left to people, but there is no ticket {ticket_id}")


class WhatIsOutOfUseHasAFault(Invariant):
    """A repaired slot comes back, and a faulty one stays out."""

    statement = (
        "Each block of a slot or station is that of an open fault, and each fault that blocks has its block."
    )

    async def examine(self, view: View, finding: Finding) -> None:
        """Match blocks and open faults both ways."""
        faults = {
            fault["_id"]: fault async for fault in view.read(FaultDocument, {"is_open": True}, ["pause"])
        }
        blocked = set()
        async for station in view.read(StationDocument, {"blocks.0": {"$exists": True}}, ["blocks"]):
            for block in station["blocks"]:
                finding.examined += 1
                blocked.add(block["fault_id"])
                if block["fault_id"] not in faults:
                    finding.offend(
                        f"station {station['_id']}",
                        f"is blocked by fault {block['fault_id']}, which is not open",
                    )
        for fault_id, fault in faults.items():
            if fault["pause"] in BLOCKING and fault_id not in blocked:
                finding.offend(f"fault {fault_id}", "has no block, so what is faulty is in use")


class CompensationsArePaid(Invariant):
    """A broken promise is made good, once."""

    statement = "Each compensated entry was paid what it says, and nothing else was paid as a compensation."

    async def examine(self, view: View, finding: Finding) -> None:
        """Match compensated entries and postings both ways."""
        owed = {
            f"compensation:{entry['_id']}": entry["compensation_credits"]
            async for entry in view.read(
                QueueEntryDocument,
                {"state": EntryState.COMPENSATED, HISTORY: {"$ne": True}},
                ["compensation_credits"],
            )
        }
        finding.examined = len(owed)
        paid = {"reference": {"$regex": "^compensation:"}}
        async for posting in view.read(LedgerEntryDocument, paid, ["reference", "amount"]):
            if owed.pop(posting["reference"], None) != posting["amount"]:
                finding.offend(f"posting {posting['reference']}", "is not what a compensated entry says")
        for reference in owed:
            finding.offend(f"entry {reference.removeprefix('compensation:')}", "was never paid")
