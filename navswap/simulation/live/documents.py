"""The operations that agents send: small selections, each with the one root field that is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """A document by name. `root` is the field that is read; `attempts` how often it is sent without an answer, 0: until one comes."""

    name: str
    root: str
    document: str
    attempts: int = 0


def mutation(root: str, selection: str, *, attempts: int = 0) -> Operation:
    """Return a mutation of one input; `selection` is that of its payload."""
    name = f"{root[0].upper()}{root[1:]}"
    document = (
        f"mutation {name}($input: {name}Input!) {{ {root}(input: $input) {{ "
        f"... on {name}Payload {{ {selection} }} ... on Refusal {{ code message }} }} }}"
    )
    return Operation(root, root, document, attempts)


def query(root: str, document: str) -> Operation:
    """Return a query."""
    return Operation(root, root, document)


SESSION = "session { accessToken accessTokenExpiresAt refreshToken user { id } }"
SIGN_IN = mutation("signIn", SESSION)
REFRESH_SESSION = mutation("refreshSession", SESSION)

REPORT_POSITIONS = mutation("reportPositions", "accepted rejected { reason count }", attempts=2)

STATIONS = query(
    "stations",
    """query Stations($after: String) {
  stations(first: 1000, after: $after) {
    edges { node { id name slotCount location { longitude latitude } } }
    pageInfo { hasNextPage endCursor }
  }
}""",
)

# Riders
ENTRY = "id state station { id } qr { token }"
OWN_PACKS = query("me", "query OwnPacks { me { id packs { serialNumber socPercent } } }")
OWN_ENTRY = query("queueEntry", f"query OwnEntry {{ queueEntry {{ {ENTRY} }} }}")
RECOMMEND = query(
    "recommend",
    """query Recommend($point: CoordinatesInput!) {
  recommend(point: $point, withinMetres: 4000, first: 3) { waitP50Minutes station { id } }
}""",
)
CONFIRM_QUEUE = mutation("confirmQueue", f"entry {{ {ENTRY} }}")
CANCEL_QUEUE = mutation("cancelQueue", "entry { id state }")

# Stations
VERIFY_QR = mutation("verifyQr", "entry { id state }")
COMPLETE_SWAP = mutation("completeSwap", "swap { id packsOut { serialNumber socPercent } }")
CABINET = query(
    "station",
    """query Cabinet($id: ID!) {
  station(id: $id) {
    slots { evseId pack { serialNumber socPercent condition model { capacity maxChargePower } } }
    energy { plan { id } chargers { evseId powerKw } }
    faults(isOpen: true, first: 5) { edges { node { evseId code attempts { id action outcome } } } }
  }
}""",
)
STOCK = query(
    "station", "query Stock($id: ID!) { station(id: $id) { slots { evseId pack { socPercent } } } }"
)
REPORT_PACKS = mutation("reportPacks", "station { id }")
REPORT_TELEMETRY = mutation("reportTelemetry", "raisedFaults resolvedFaults")
REPORT_METER = mutation("reportMeter", "accepted energy { loadKw }")
CONFIRM_COMMAND = mutation("confirmCommand", "fault { id state }")

# Transporters
SET_TRANSPORTER_ONLINE = mutation("setTransporterOnline", "transporter { isOnline packs { serialNumber } }")
JOB_OFFERS_CHANGED = Operation(
    "jobOffersChanged",
    "jobOffersChanged",
    """subscription JobOffers {
  jobOffersChanged {
    ... on JobOffersSnapshot { offers { state originStop { kind } targetStop { kind } job { id } } }
    ... on JobOffersUpdate { offer { state originStop { kind } targetStop { kind } job { id } } }
    ... on Resync { reason }
  }
}""",
)
ADMIN_LIVE_CHANGED = Operation(
    "adminLiveChanged",
    "adminLiveChanged",
    """subscription ControlRoom {
  adminLiveChanged {
    ... on AdminLiveSnapshot { live { ...Now } }
    ... on AdminLiveUpdate { live { ...Now } }
  }
}
fragment Now on AdminLive {
  asOf
  stations { open withoutFreePacks }
  queues { onTheWay waiting lateStations longestWaitMinutes }
  transports { open inTransit overdue }
  tickets { critical major overdue }
  alerts { kind value station { id name } }
}""",
)
ACCEPT_TRANSPORT_JOB = mutation("acceptTransportJob", "job { id }")
DECLINE_TRANSPORT_JOB = mutation("declineTransportJob", "offer { state }")
JOB_FIELDS = (
    "id state packs origin { id } originStop { location { longitude latitude } } target { id } "
    "pickedUpSerialNumbers deliveredSerialNumbers"
)
TRANSPORT_JOB = query(
    "transportJob",
    f"query Job($id: ID!) {{ transportJob(id: $id) {{ {JOB_FIELDS} packsToTake {{ serialNumber }} }} }}",
)
OWN_JOBS = query(
    "transportJobs",
    """query OwnJobs {
  transportJobs(filter: { states: [ACCEPTED, IN_TRANSIT] }, first: 1) { edges { node { id } } }
}""",
)
PICK_UP_PACKS = mutation("pickUpPacks", "job { id state pickedUpSerialNumbers }")
DELIVER_PACKS = mutation("deliverPacks", "job { id state paidCredits }")
FAIL_TRANSPORT_JOB = mutation("failTransportJob", "job { id state }")
RETURN_PACKS = mutation("returnPacks", "station { id }")

# Staff
ASSIGNMENT_FIELDS = "id state target { id }"
ASSIGNMENT_CHANGED = Operation(
    "assignmentChanged",
    "assignmentChanged",
    f"""subscription Assignments {{
  assignmentChanged {{
    ... on AssignmentSnapshot {{ activeAssignment {{ {ASSIGNMENT_FIELDS} }} }}
    ... on AssignmentUpdate {{ assignment {{ {ASSIGNMENT_FIELDS} }} }}
    ... on Resync {{ reason }}
  }}
}}""",
)
ACCEPT_ASSIGNMENT = mutation("acceptAssignment", "assignment { id state }")
DECLINE_ASSIGNMENT = mutation("declineAssignment", "assignment { id state }")
END_ASSIGNMENT = mutation("endAssignment", "assignment { id state }")
TICKET_FIELDS = "id evseId code recommendedAction station { id }"
OPEN_TICKETS = query(
    "tickets",
    f"""query Tickets($filter: TicketFilterInput) {{
  tickets(filter: $filter, first: 1) {{ edges {{ node {{ {TICKET_FIELDS} }} }} }}
}}""",
)
ASSIGN_TICKET = mutation("assignTicket", "ticket { id }")
RESOLVE_TICKET = mutation("resolveTicket", "ticket { id state }")

# Shops
STORAGE_REQUEST_CHANGED = Operation(
    "storageRequestChanged",
    "storageRequestChanged",
    """subscription StorageRequests {
  storageRequestChanged {
    ... on StorageRequestsSnapshot { requests { id state } }
    ... on StorageRequestUpdate { request { id state } }
    ... on Resync { reason }
  }
}""",
)
ACCEPT_STORAGE_REQUEST = mutation("acceptStorageRequest", "request { id }")
DECLINE_STORAGE_REQUEST = mutation("declineStorageRequest", "request { id }")
