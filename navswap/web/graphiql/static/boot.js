"use strict";

// GraphiQL's dialogs and menus write a style element to keep the page from scrolling; they give it this nonce,
// without which the policy of the page would refuse it.
globalThis.__webpack_nonce__ = document.currentScript.nonce;

(() => {
  const ENDPOINT = "/graphql";
  const SESSION_KEY = "navswap.session"; // the dashboard, visited in the same tab, goes on with it
  const PASTED_KEY = "navswap.graphiql.session"; // a token alone is none that the dashboard could renew
  const LENDER_KEY = "navswap.graphiql.lender";
  const LENT_WITHIN_MS = 300; // so long the page is not shown; an answer that comes later is taken as well
  const LENT_AT_LAST_MS = 30_000;
  const RENEW_BEFORE_MS = 60_000;
  const SHORTEST_LIFE_MS = 30_000; // where this clock runs ahead of the server's, each new session looks ended
  const HOUR_MS = 3_600_000;
  const SESSION = "accessToken accessTokenExpiresAt refreshToken user { id name role }";
  const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) {
    ... on SignInPayload { session { ${SESSION} } } ... on Refusal { message } } }`;
  const REFRESH = `mutation RefreshSession($input: RefreshSessionInput!) { refreshSession(input: $input) {
    ... on RefreshSessionPayload { session { ${SESSION} } } ... on Refusal { message } } }`;

  const EXAMPLES = globalThis.navswapExamples;
  const find = (id) => document.getElementById(id);
  const root = ReactDOM.createRoot(find("graphiql"));
  const h = React.createElement;
  const given = new URLSearchParams(location.hash.slice(1));
  const lending = new BroadcastChannel("navswap.session");
  let lender = given.get("lender") ?? sessionStorage.getItem(LENDER_KEY); // "" where none is wanted
  let session = JSON.parse(sessionStorage.getItem(SESSION_KEY) ?? sessionStorage.getItem(PASTED_KEY) ?? "null");
  let socket = null;
  let renewal;
  let isFirstVisit = localStorage.getItem("graphiql:visiblePlugin") === null && innerWidth > 800; // a phone has no room for the shelf
  let known = {};
  let open = () => {};
  let sent = given.get("query");

  const authorization = () => (session ? { authorization: `Bearer ${session.accessToken}` } : {});

  const authorizedFetch = (url, options) =>
    fetch(url, { ...options, headers: { ...authorization(), ...options.headers } });

  const ask = async (query, variables, token = session?.accessToken) => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    if (errors) {
      throw new Error(errors[0].message);
    }
    return data;
  };

  const socketUrl = () => {
    const url = new URL(ENDPOINT, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    return url.href;
  };

  // A new fetcher makes GraphiQL read the schema again; it is never mounted again, which could lose what was typed.
  const show = () => {
    socket?.dispose();
    socket = graphqlWs.createClient({ url: socketUrl(), connectionParams: authorization });
    root.render(
      h(
        GraphiQL,
        {
          fetcher: GraphiQL.createFetcher({ url: ENDPOINT, fetch: authorizedFetch, wsClient: socket }),
          plugins,
          defaultQuery: "",
          defaultTabs: [tabOf(EXAMPLES[0]), tabOf(EXAMPLES[2])],
          shouldPersistHeaders: false,
        },
        h(GraphiQL.Footer, null, h(Opener)),
      ),
    );
  };

  // Who asks

  const keep = (next) => {
    session = next;
    sessionStorage.removeItem(SESSION_KEY);
    sessionStorage.removeItem(PASTED_KEY);
    if (next && !next.lender) {
      sessionStorage.setItem(next.refreshToken ? SESSION_KEY : PASTED_KEY, JSON.stringify(next));
    }
    clearTimeout(renewal);
    if (next?.refreshToken) {
      const left = Date.parse(next.accessTokenExpiresAt) - Date.now() - RENEW_BEFORE_MS;
      renewal = setTimeout(() => renew().catch(() => {}), Math.max(SHORTEST_LIFE_MS, left));
    }
  };

  const renew = async () => {
    const { refreshSession } = await ask(REFRESH, { input: { refreshToken: session.refreshToken } }, null);
    keep(refreshSession.session ?? null);
    await say();
  };

  /** Ask the dashboard in another tab for its access token, that of a certain tab where one is named; null where none answers soon. */
  const borrowed = () =>
    new Promise((resolve) => {
      let isLate = false;
      const take = ({ data }) => {
        if (!data.session || (lender !== null && data.lender !== lender)) {
          return;
        }
        lending.removeEventListener("message", take);
        const found = { ...data.session, lender: data.lender };
        if (isLate) {
          borrowLate(found);
        } else {
          resolve(found);
        }
      };
      lending.addEventListener("message", take);
      setTimeout(() => {
        isLate = true;
        resolve(null);
      }, LENT_WITHIN_MS);
      setTimeout(() => lending.removeEventListener("message", take), LENT_AT_LAST_MS);
      lending.postMessage({ ask: lender });
    });

  /** A busy dashboard has answered after all: go on as its user, unless somebody signed in or out here meanwhile. */
  const borrowLate = async (found) => {
    if (session === null && lender !== "") {
      lendFrom(found.lender);
      keep(found);
      await say();
      show();
    }
  };

  const lendFrom = (next) => {
    lender = next;
    sessionStorage.setItem(LENDER_KEY, next);
  };

  // Its dashboard has renewed the session, or ended it.
  lending.addEventListener("message", async ({ data }) => {
    if (session?.lender && session.lender === data.lender) {
      keep(data.session && { ...data.session, lender: data.lender });
      if (!data.session) {
        await say();
        show();
      }
    }
  });

  /** Say whose session it is; throws where the token is not accepted. */
  const say = async () => {
    const me = session && (await ask("{ me { name role } }")).me;
    if (session && !me) {
      throw new Error("This token is not accepted: it has ended, or was never given out.");
    }
    find("session-state").textContent = me ? `${me.name}, ${me.role.toLowerCase()}` : "anonymous";
    find("sign-out").hidden = !me;
    find("use-token").hidden = find("sign-in").hidden = Boolean(me);
  };

  const enter = async (event, open) => {
    event.preventDefault();
    const before = session;
    try {
      keep(await open());
      await say();
      find("account-said").value = "";
      find("account").open = false;
      event.target.reset();
      show();
    } catch (error) {
      keep(before);
      find("account-said").value = error.message;
    }
  };

  const signIn = async () => {
    const input = { email: find("email").value, password: find("password").value };
    const answer = (await ask(SIGN_IN, { input }, null)).signIn;
    if (!answer.session) {
      throw new Error(answer.message);
    }
    return answer.session;
  };

  const pasted = async () => ({ accessToken: find("token").value.trim().replace(/^Bearer\s+/i, "") });

  // Examples

  /** What the variables of examples may be called, from the network that is there. */
  const valuesOfNetwork = async () => {
    const { stations } = await ask("{ stations(first: 3) { edges { node { id location { longitude latitude } } } } }", {}, null);
    const nodes = stations.edges.map((edge) => edge.node);
    const point = nodes[0]?.location ?? { longitude: 71.22, latitude: 27.115 };
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const span = { since: new Date(hour - 23 * HOUR_MS).toISOString(), until: new Date(hour + HOUR_MS).toISOString(), bucket: "HOUR" };
    const area = { west: point.longitude - 0.05, south: point.latitude - 0.05, east: point.longitude + 0.05, north: point.latitude + 0.05 };
    return { stationId: nodes[0]?.id ?? "", stationIds: nodes.map((node) => node.id), point, span, area };
  };

  const variablesOf = (document) => {
    const names = Object.keys(known).filter((name) => new RegExp(`\\$${name}:`).test(document));
    return names.length ? JSON.stringify(Object.fromEntries(names.map((name) => [name, known[name]])), null, 2) : "";
  };

  const tabOf = ({ document }) => ({ query: document, variables: variablesOf(document) });

  /** Inside of GraphiQL: opens an example in a tab of its own, so that nothing that was typed is lost. Shows nothing. */
  const Opener = () => {
    const { addTab, tabs, activeTabIndex, queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
    const waiting = React.useRef(null);
    open = ({ document }) => {
      waiting.current = { document, from: tabs[activeTabIndex]?.id };
      addTab();
    };
    React.useEffect(() => {
      const tab = tabs[activeTabIndex];
      if (!waiting.current || !queryEditor || !variableEditor || tab.id === waiting.current.from) {
        return;
      }
      const { document } = waiting.current;
      if (tab.query === document) {
        waiting.current = null;
      } else if (!queryEditor.getValue()) {
        // Again where React makes the new tab anew, because an edit of the tab before was not taken over yet.
        queryEditor.setValue(document);
        variableEditor.setValue(variablesOf(document));
      }
    }, [tabs, activeTabIndex, queryEditor, variableEditor]);
    React.useEffect(() => {
      const variables = tabs[activeTabIndex]?.variables; // GraphiQL does not show those of the first tab by itself
      if (variableEditor && variables && !variableEditor.getValue()) {
        variableEditor.setValue(variables);
      }
      if (variableEditor && isFirstVisit) {
        isFirstVisit = false; // from then on the shelf is as the user leaves it
        document.querySelector('[aria-label="Show Examples"]')?.click();
      }
      if (variableEditor && sent) {
        open({ document: sent });
        sent = null;
      }
    }, [variableEditor]);
    return null;
  };

  const Shelf = () =>
    h(
      "section",
      { className: "examples", "aria-label": "Examples" },
      h("h2", null, "Examples"),
      h(
        "ol",
        null,
        EXAMPLES.map((example) =>
          h("li", { key: example.title }, h("button", { type: "button", onClick: () => open(example) }, h("strong", null, example.title), h("span", null, example.says))),
        ),
      ),
    );

  const ShelfIcon = () =>
    h("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 1.5 }, h("path", { d: "M5 4h4v14H5zM10 4h4v14h-4zM15.2 5.2l3.9-1 3.4 13.5-3.9 1zM3 21h18" }));

  // The same ones at each rendering, so that an open pane stays open.
  const plugins = [{ title: "Examples", icon: ShelfIcon, content: Shelf }, GraphiQLPluginExplorer.explorerPlugin()];

  find("sign-in").addEventListener("submit", (event) => enter(event, signIn));
  find("use-token").addEventListener("submit", (event) => enter(event, pasted));
  find("sign-out").addEventListener("click", async () => {
    keep(null);
    lendFrom("");
    await say();
    show();
  });

  const start = async () => {
    const values = valuesOfNetwork().catch(() => ({}));
    if (session?.refreshToken) {
      await renew().catch(() => {});
    } else if (session === null && lender !== "") {
      session = await borrowed();
      if (session) {
        lendFrom(session.lender);
      }
    }
    known = await values;
    await say().catch((error) => {
      keep(null);
      find("account-said").value = error.message;
    });
    history.replaceState(null, "", location.pathname);
    show();
  };
  // Shown again as it was left, it may hold a refresh token that was used since.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  start();
})();
