"use strict";

// GraphiQL's dialogs and menus write a style element to keep the page from scrolling; they give it this nonce,
// without which the policy of the page would refuse it.
globalThis.__webpack_nonce__ = document.currentScript.nonce;

(() => {
  const ENDPOINT = "/graphql";
  const TOKEN_KEY = "navswap.access-token";

  const FIRST_QUERY = `# The first stations of the network, and what they hold.
query Stations {
  stations(first: 5) {
    edges {
      node {
        id
        name
        status {
          state
          freePacks
          queueLength
        }
      }
    }
  }
}
`;

  const FIRST_SUBSCRIPTION = `# Live: a snapshot first, then every change. Needs an access token (the box at the top).
subscription StationChanged($stationIds: [ID!]!) {
  stationChanged(stationIds: $stationIds) {
    __typename
    ... on StationsSnapshot {
      cursor
      stations {
        name
        status {
          state
          freePacks
          queueLength
        }
      }
    }
    ... on StationUpdate {
      cursor
      sequence
      stationId
      status {
        state
        freePacks
        queueLength
      }
    }
    ... on Resync {
      reason
    }
  }
}
`;

  const form = document.getElementById("session");
  const box = document.getElementById("token");
  const state = document.getElementById("session-state");
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  let token = sessionStorage.getItem(TOKEN_KEY) ?? "";
  let socket = null;

  const authorization = () => (token ? { authorization: `Bearer ${token}` } : {});

  const authorizedFetch = (url, options) =>
    fetch(url, { ...options, headers: { ...authorization(), ...options.headers } });

  const socketUrl = () => {
    const url = new URL(ENDPOINT, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    return url.href;
  };

  const someStationIds = async () => {
    const response = await authorizedFetch(ENDPOINT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ stations(first: 3) { edges { node { id } } } }" }),
    });
    const { data } = await response.json();
    return (data?.stations.edges ?? []).map((edge) => edge.node.id);
  };

  // A new fetcher makes GraphiQL read the schema again; it is never mounted anew, which could lose what was typed.
  const show = (stationIds) => {
    socket?.dispose();
    socket = graphqlWs.createClient({ url: socketUrl(), connectionParams: authorization });
    state.value = token ? "token in use" : "anonymous";
    root.render(
      React.createElement(GraphiQL, {
        fetcher: GraphiQL.createFetcher({ url: ENDPOINT, fetch: authorizedFetch, wsClient: socket }),
        plugins: [GraphiQLPluginExplorer.explorerPlugin()],
        defaultQuery: FIRST_QUERY,
        defaultTabs: [
          { query: FIRST_QUERY },
          { query: FIRST_SUBSCRIPTION, variables: JSON.stringify({ stationIds }, null, 2) },
        ],
        shouldPersistHeaders: false,
      }),
    );
  };

  box.value = token;
  someStationIds()
    .catch(() => [])
    .then((stationIds) => {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        token = box.value.trim().replace(/^Bearer\s+/i, "");
        sessionStorage.setItem(TOKEN_KEY, token);
        show(stationIds);
      });
      show(stationIds);
    });
})();
