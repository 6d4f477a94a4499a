import { Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";

/** `token` returns an access token that is good for a while yet; `sessionEnded` refreshes it, or asks to sign in. */
export function urqlClient(url: string, token: () => Promise<string>, sessionEnded: () => void): Client {
  const live = createClient({
    url: url.replace("http", "ws"),
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    shouldRetry: () => true,
  });
  return new Client({
    url,
    preferGetMethod: false,
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${await token()}`);
      return fetch(input, { ...init, headers });
    },
    exchanges: [
      mapExchange({
        onError(error) {
          if (error.graphQLErrors.some((each) => each.extensions["code"] === "SESSION_ENDED")) sessionEnded();
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables, extensions }) => ({
          subscribe: (sink) => ({ unsubscribe: live.subscribe({ query: query ?? "", variables, extensions }, sink) }),
        }),
      }),
    ],
  });
}
