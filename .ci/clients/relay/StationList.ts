// A list that grows as its reader scrolls, as a Relay application writes it.
import { graphql } from "relay-runtime";

export const page = graphql`
  fragment StationList_query on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    filter: { type: "StationFilterInput" }
  )
  @refetchable(queryName: "StationListPaginationQuery") {
    stations(first: $count, after: $cursor, filter: $filter) @connection(key: "StationList_stations") {
      edges {
        node {
          id
          name
          ...StationList_station
        }
      }
    }
  }
`;

export const station = graphql`
  fragment StationList_station on Station {
    id
    status {
      freePacks
      queueLength
    }
  }
`;

export const screen = graphql`
  query StationListQuery($filter: StationFilterInput) {
    ...StationList_query @arguments(filter: $filter)
  }
`;
