"""The documents that the end-to-end tests send."""

SIGN_IN = """
mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    __typename
    ... on SignInPayload { session { accessToken refreshToken user { id role } } }
    ... on Refusal { code message }
  }
}"""

RECOMMEND = """
query Recommend($point: CoordinatesInput!) {
  recommend(point: $point, withinMetres: 3000, first: 5) {
    rank etaMinutes waitP50Minutes waitP90Minutes chargedPacks freePacks source costMinutes
    reasons { kind minutes }
    station { id name location { longitude latitude } }
  }
}"""

ENTRY = """
fragment Entry on QueueEntry {
  id station { id } rider { id } state packs { serialNumber evseId } promisedSocPercent isWalkIn confirmedAt
  holdEndsAt arrivedAt verifiedAt endedAt revision
}"""

CONFIRM = (
    """
mutation Confirm($input: ConfirmQueueInput!) {
  confirmQueue(input: $input) {
    __typename
    ... on ConfirmQueuePayload { entry { ...Entry ridersAhead qr { token svg pngDataUri expiresAt } } }
    ... on Refusal { code message }
  }
}"""
    + ENTRY
)

CANCEL = (
    """
mutation Cancel($input: CancelQueueInput!) {
  cancelQueue(input: $input) {
    __typename ... on CancelQueuePayload { entry { ...Entry } } ... on Refusal { code message }
  }
}"""
    + ENTRY
)

VERIFY = (
    """
mutation Verify($input: VerifyQrInput!) {
  verifyQr(input: $input) {
    __typename ... on VerifyQrPayload { entry { ...Entry } } ... on Refusal { code message }
  }
}"""
    + ENTRY
)

COMPLETE = """
mutation Complete($input: CompleteSwapInput!) {
  completeSwap(input: $input) {
    __typename
    ... on CompleteSwapPayload { swap { id packsIn { serialNumber } packsOut { serialNumber socPercent } } }
    ... on Refusal { code message }
  }
}"""

REPORT = """
mutation Report($input: ReportPositionsInput!) {
  reportPositions(input: $input) {
    __typename
    ... on ReportPositionsPayload { accepted rejected { reason count } }
    ... on Refusal { code message }
  }
}"""

STATUS_FIELDS = """
fragment Status on StationStatus {
  state chargedPacks heldPacks freePacks chargingPacks faultyPacks emptySlots queueLength revision
}"""

STATION_STATUS = "query Status($id: ID!) { stationStatus(stationId: $id) { ...Status } }" + STATUS_FIELDS

STATION_CHANGED = (
    """
subscription StationChanged($ids: [ID!]!, $after: String) {
  stationChanged(stationIds: $ids, after: $after) {
    __typename
    ... on StationsSnapshot { cursor stations { id status { ...Status } } }
    ... on StationUpdate { cursor sequence stationId status { ...Status } }
    ... on Resync { reason }
  }
}"""
    + STATUS_FIELDS
)

QUEUE = "query Queue($id: ID!) { station(id: $id) { queue { length entries { ...Entry } } } }" + ENTRY

QUEUE_CHANGED = (
    """
subscription QueueChanged($id: ID!, $after: String) {
  queueChanged(stationId: $id, after: $after) {
    __typename
    ... on QueueSnapshot { cursor queue { length entries { ...Entry } } }
    ... on QueueUpdate { cursor sequence length entry { ...Entry } }
    ... on Resync { reason }
  }
}"""
    + ENTRY
)

ENTRY_CHANGED = (
    """
subscription EntryChanged($id: ID!, $after: String) {
  queueEntryChanged(id: $id, after: $after) {
    __typename
    ... on QueueEntrySnapshot { cursor entry { ...Entry } }
    ... on QueueEntryUpdate { cursor sequence entry { ...Entry } }
    ... on Resync { reason }
  }
}"""
    + ENTRY
)

POSITIONS_CHANGED = """
subscription PositionsChanged($scope: PositionsScopeInput!, $after: String) {
  positionsChanged(scope: $scope, after: $after) {
    __typename
    ... on PositionsSnapshot { cursor positions { subjectId longitude latitude recordedAt } }
    ... on PositionsUpdate { cursor sequence positions { subjectId longitude latitude recordedAt } }
    ... on Resync { reason }
  }
}"""
