// The public API, as any client has it: GraphQL over HTTP, and graphql-transport-ws with cursors that survive a lost socket.

import OPERATIONS from "./operations.js";

const ENDPOINT = "/graphql";
const SESSION_KEY = "navswap.session"; // GraphiQL, visited in the same tab, goes on with it
const LENDING = "navswap.session"; // the channel to pages of ours in other tabs
const RENEW_BEFORE_MS = 60_000;
const SHORTEST_LIFE_MS = 30_000; // where this clock runs ahead of the server's, each new session looks ended
const LONGEST_PAUSE_MS = 15_000;

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A session that renews itself; `onChange` learns of each new one, and of its end. */
export class Session {
  constructor(onChange) {
    this.onChange = onChange;
    this.current = JSON.parse(sessionStorage.getItem(SESSION_KEY) ?? "null");
    this.timer = undefined;
    this.isRestored = this.current !== null;
    this.id = `${Math.random()}`.slice(2);
    this.lending = new BroadcastChannel(LENDING);
    this.lending.onmessage = ({ data }) => this.current && (data.ask === this.id || data.ask === null) && this.lend();
  }

  /** Lend the access token to GraphiQL in other tabs, and no more: a refresh token is good for one tab. */
  lend() {
    const { accessToken, accessTokenExpiresAt } = this.current ?? {};
    this.lending.postMessage({ lender: this.id, session: accessToken ? { accessToken, accessTokenExpiresAt } : null });
  }

  get token() {
    return this.current?.accessToken ?? null;
  }

  get user() {
    return this.current?.user ?? null;
  }

  async signIn(email, password) {
    const answer = await post("SignIn", { input: { email, password } }, null);
    this.keep(sessionOf(answer.signIn));
  }

  signOut() {
    this.keep(null);
  }

  keep(session) {
    this.current = session;
    if (session === null) {
      sessionStorage.removeItem(SESSION_KEY);
    } else {
      sessionStorage.setItem(SESSION_KEY, JSON.stringify(session));
    }
    this.lend();
    this.plan();
    this.onChange();
  }

  /** Renew shortly before the end; a session that cannot be renewed has ended. */
  plan() {
    clearTimeout(this.timer);
    if (this.current === null) {
      return;
    }
    const left = Date.parse(this.current.accessTokenExpiresAt) - Date.now() - RENEW_BEFORE_MS;
    this.timer = setTimeout(() => this.renew(), Math.max(left, this.isRestored ? 0 : SHORTEST_LIFE_MS));
    this.isRestored = false;
  }

  async renew() {
    try {
      const answer = await post("RefreshSession", { input: { refreshToken: this.current.refreshToken } }, null);
      this.keep(sessionOf(answer.refreshSession));
    } catch (error) {
      if (error instanceof Refused) {
        this.keep(null);
      } else {
        this.timer = setTimeout(() => this.renew(), LONGEST_PAUSE_MS);
      }
    }
  }

  /** Run a query or mutation of the operations by its name. */
  ask(operation, variables = {}) {
    return post(operation, variables, this.token);
  }

  /** Run a query page by page; `pageOf` picks the connection of an answer. Returns all nodes. */
  async askAll(operation, pageOf, variables = {}) {
    const nodes = [];
    let after = null;
    do {
      const page = pageOf(await this.ask(operation, { ...variables, after }));
      nodes.push(...(page?.edges ?? []).map((edge) => edge.node));
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    return nodes;
  }
}

function sessionOf(answer) {
  if (!answer?.session) {
    throw new Refused(answer?.code ?? "UNKNOWN", answer?.message ?? "No session came back.");
  }
  return answer.session;
}

async function post(operation, variables, token) {
  const headers = { "content-type": "application/json" };
  if (token) {
    headers.authorization = `Bearer ${token}`;
  }
  const response = await fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query: OPERATIONS[operation], variables }) });
  const body = await response.json();
  if (!body.data || Object.values(body.data).every((value) => value === null)) {
    const error = body.errors?.[0];
    if (error) {
      throw new Refused(error.extensions?.code ?? "UNKNOWN", error.message);
    }
  }
  return body.data;
}

/** Subscriptions on one websocket: after a lost one each goes on from its last cursor. */
export class Live {
  constructor(onState) {
    this.onState = onState;
    this.subscriptions = new Map();
    this.number = 0;
    this.attempts = 0;
    this.token = null;
    this.socket = null;
    this.isWanted = false;
  }

  open(token) {
    this.token = token;
    this.isWanted = true;
    this.connect();
  }

  close() {
    this.isWanted = false;
    this.subscriptions.clear();
    this.socket?.close(1000);
    this.socket = null;
    this.onState("idle");
  }

  /** Bring a fresh token to the open socket: its subscriptions go on. */
  renew(token) {
    this.token = token;
    this.send({ type: "ping", payload: { authorization: `Bearer ${token}` } });
  }

  /** Call `onNext` with each message of the one root field; returns a function that ends the subscription. */
  subscribe(operation, variables, onNext) {
    const id = `${++this.number}`;
    this.subscriptions.set(id, { query: OPERATIONS[operation], variables, onNext, cursor: null });
    this.begin(id);
    return () => {
      this.subscriptions.delete(id);
      this.send({ type: "complete", id });
    };
  }

  connect() {
    this.onState(this.attempts === 0 ? "connecting" : "reconnecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${ENDPOINT}`, "graphql-transport-ws");
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${this.token}` } }));
    };
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (this.socket !== socket || !this.isWanted) {
        return;
      }
      this.onState("reconnecting", event.reason);
      const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.attempts) * (0.5 + Math.random() / 2);
      this.attempts += 1;
      setTimeout(() => this.isWanted && this.connect(), pause);
    };
  }

  begin(id) {
    const { query, variables, cursor } = this.subscriptions.get(id);
    const payload = { query, variables: { ...variables, after: cursor } };
    this.send({ type: "subscribe", id, payload });
  }

  send(message) {
    if (this.isReady) {
      this.socket.send(JSON.stringify(message));
    }
  }

  get isReady() {
    return this.socket?.readyState === WebSocket.OPEN && this.isAcknowledged === this.socket;
  }

  receive(message) {
    if (message.type === "connection_ack") {
      this.isAcknowledged = this.socket;
      this.attempts = 0;
      this.onState("live");
      for (const id of this.subscriptions.keys()) {
        this.begin(id);
      }
      return;
    }
    if (message.type === "ping") {
      this.send({ type: "pong" });
      return;
    }
    const subscription = this.subscriptions.get(message.id);
    if (!subscription) {
      return;
    }
    if (message.type === "next") {
      const value = Object.values(message.payload.data ?? {})[0];
      if (value) {
        subscription.cursor = value.cursor ?? subscription.cursor;
        subscription.onNext(value);
      }
    } else if (message.type === "error") {
      subscription.onNext({ __typename: "Refused", message: message.payload[0]?.message ?? "refused" });
    }
  }
}
