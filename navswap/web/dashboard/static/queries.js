// The operations of the dashboard. Each panel shows its own on demand, so that they can be learnt from.

const STATUS = "state freePacks heldPacks chargingPacks faultyPacks emptySlots queueLength isAcceptingHolds asOf";

export const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    ... on SignInPayload { session { accessToken accessTokenExpiresAt refreshToken user { name role } } }
    ... on Refusal { code message }
  }
}`;

export const REFRESH = `mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    ... on RefreshSessionPayload { session { accessToken accessTokenExpiresAt refreshToken user { name role } } }
    ... on Refusal { code message }
  }
}`;

export const STATIONS = `query Stations($after: String) {
  stations(first: 1000, after: $after) {
    edges { node { id name district location { longitude latitude } status { ${STATUS} } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const STATIONS_CHANGED = `subscription StationsChanged($stationIds: [ID!]!, $after: String) {
  stationChanged(stationIds: $stationIds, after: $after) {
    __typename
    ... on StationsSnapshot { cursor stations { id status { ${STATUS} } } }
    ... on StationUpdate { cursor stationId status { ${STATUS} } }
    ... on Resync { reason }
  }
}`;

const LIVE = `asOf
  stations { open closed outOfService withoutFreePacks }
  packs { charged charging held withRiders withTransporters inShops }
  queues { onTheWay waiting swapping lateStations longestWaitMinutes promisedWaitMinutes }
  swaps { swaps walkIns minutesP50 minutesP90 }
  transports { open accepted inTransit overdue }
  tickets { critical major minor overdue }
  staff { people onShift onTheWay }
  alerts { kind value station { id name } }
  alertCount`;

export const NETWORK_CHANGED = `subscription NetworkNow($after: String) {
  adminLiveChanged(after: $after) {
    __typename
    ... on AdminLiveSnapshot { cursor live { ${LIVE} } }
    ... on AdminLiveUpdate { cursor live { ${LIVE} } }
  }
}`;

export const POSITIONS_CHANGED = `subscription Movers($scope: PositionsScopeInput!, $after: String) {
  positionsChanged(scope: $scope, after: $after) {
    __typename
    ... on PositionsSnapshot { cursor positions { subjectId role longitude latitude } }
    ... on PositionsUpdate { cursor positions { subjectId role longitude latitude } departedSubjectIds }
    ... on Resync { reason }
  }
}`;

export const STATION = `query Station($id: ID!) {
  station(id: $id) {
    id name address district openingHours isOpen
    status { ${STATUS} outlook { waitP50Minutes waitP90Minutes promisedWaitMinutes source } }
    slots { evseId state pack { serialNumber socPercent } }
  }
}`;

export const STATION_OPERATIONS = `query StationOperations($id: ID!) {
  station(id: $id) {
    id
    queue { length entries { id state holdEndsAt isWalkIn } }
    load(horizonMinutes: 60) { source model version baselineReason swapsP10 swapsP50 swapsP90 reasons(first: 5) { label } }
    reliability(horizonMinutes: 10080) { source uptime outageDays baselineReason }
    faults(isOpen: true, first: 10) { edges { node { id code severity raisedAt } } }
  }
}`;

export const MODELS = `query Models {
  modelQuality { model title state source reason error baselineError coverage promisedCoverage measure outcomes }
}`;
