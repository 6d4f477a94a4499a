import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import possibleTypes from "./gql/possible-types.js";

/** `token` returns an access token that is good for a while yet: it refreshes the session where it must. */
export function apolloClient(url: string, token: () => Promise<string>): ApolloClient {
  const authorized = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${await token()}` },
  }));
  const live = new GraphQLWsLink(
    createClient({
      url: url.replace("http", "ws"),
      connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
      shouldRetry: () => true,
    }),
  );
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      live,
      authorized.concat(new HttpLink({ uri: url })),
    ),
    cache: new InMemoryCache({
      possibleTypes: possibleTypes.possibleTypes,
      typePolicies: {
        Query: { fields: { stations: relayStylePagination(["filter"]), tickets: relayStylePagination(["filter"]) } },
      },
    }),
  });
}
