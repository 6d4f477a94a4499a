// The public API, as any client has it: GraphQL over HTTP, and graphql-transport-ws with cursors that survive a lost socket.

import OPERATIONS from "./operations.js";

const ENDPOINT = "/graphql";
const SESSION_KEY = "navswap.session"; // GraphiQL, visited in the same tab, goes on with it
const LENDING = "navswap.session"; // the channel to pages of ours in other tabs
const RENEW_BEFORE_MS = 60_000;
const SHORTEST_LIFE_MS = 30_000; // where this clock runs ahead of the server's, each new session looks ended
const LONGEST_PAUSE_MS = 15_000;
const TURNED_AWAY = 4403; // the code of a socket that is closed for its token

const ANSWER_WITHIN_MS = 30_000;

/** What the API says no to. */
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A request that nothing came of; `status` is that of HTTP, null where there was no answer. */
class Failed extends Error {
  constructor(message, status = null) {
    super(message);
    this.status = status;
  }
}

/** A key for a mutation that is to happen once; `crypto.randomUUID` is there in a secure context only. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A session that renews itself; `onChange` learns of each new one, and of its end. */
export class Session {
  constructor(onChange) {
    this.onChange = onChange;
    this.current = storedSession();
    this.timer = undefined;
    this.renewing = null;
    this.keptAt = -Infinity;
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

  /** End the session here at once, and on the server as soon as it can be reached. */
  signOut() {
    const token = this.token;
    this.keep(null);
    if (token !== null) {
      post("SignOut", {}, token, { keepalive: true }).catch(() => {});
    }
  }

  keep(session) {
    this.current = session;
    this.keptAt = performance.now();
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

  /** Renew the session; a refresh token is good for once, so that all who ask meanwhile wait for one answer. */
  renew() {
    this.renewing ??= this.askForRenewal().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** Renew where the server says that the session has ended; one that was renewed just now is left as it is. */
  renewIfOld() {
    return performance.now() - this.keptAt > SHORTEST_LIFE_MS ? this.renew() : Promise.resolve();
  }

  async askForRenewal() {
    clearTimeout(this.timer);
    const held = this.current;
    if (held === null) {
      return;
    }
    try {
      const answer = await post("RefreshSession", { input: { refreshToken: held.refreshToken } }, null);
      if (held === this.current) {
        this.keep(sessionOf(answer.refreshSession));
      }
    } catch (error) {
      if (held !== this.current) {
        return; // signed out meanwhile
      }
      if (error instanceof Refused) {
        this.keep(null);
      } else {
        this.timer = setTimeout(() => this.renew(), LONGEST_PAUSE_MS);
      }
    }
  }

  /** Run a query or mutation of the operations by its name; where the session has run out, renew it and ask again. */
  async ask(operation, variables = {}) {
    const { token } = this;
    try {
      return await post(operation, variables, token);
    } catch (error) {
      if (error.status !== 401 || token === null) {
        throw error;
      }
      if (token === this.token) {
        await this.renew();
      }
      if (this.token === null || this.token === token) {
        throw error;
      }
      return post(operation, variables, this.token);
    }
  }

  /** Run a query page by page; `pageOf` picks the connection of an answer. Returns all nodes. */
  async askAll(operation, pageOf, variables = {}) {
    const nodes = [];
    let after = null;
    do {
      const page = pageOf(await this.ask(operation, { ...variables, after }));
      nodes.push(...nodesOf(page));
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    return nodes;
  }
}

/** The nodes of a page; none where the field was refused. */
export function nodesOf(page) {
  return (page?.edges ?? []).map((edge) => edge.node);
}

function sessionOf(answer) {
  if (!answer?.session) {
    throw new Refused(answer?.code ?? "UNKNOWN", answer?.message ?? "No session came back.");
  }
  return answer.session;
}

/** The session that this tab was left with; null where there is none that can be read. */
function storedSession() {
  try {
    return JSON.parse(sessionStorage.getItem(SESSION_KEY) ?? "null");
  } catch {
    return null;
  }
}

async function post(operation, variables, token, options = {}) {
  const headers = { "content-type": "application/json" };
  if (token) {
    headers.authorization = `Bearer ${token}`;
  }
  const request = { method: "POST", headers, body: JSON.stringify({ query: OPERATIONS[operation], variables }), signal: AbortSignal.timeout(ANSWER_WITHIN_MS), ...options };
  const response = await fetch(ENDPOINT, request).catch(() => {
    throw new Failed("The server cannot be reached.");
  });
  const body = await response.json().catch(() => null);
  if (!body?.data || Object.values(body.data).every((value) => value === null)) {
    const error = body?.errors?.[0];
    if (error || !body?.data) {
      throw new Failed(error?.message ?? `The server answered with status ${response.status}.`, response.status);
    }
  }
  return body.data;
}

/** Subscriptions on one websocket: after a lost one each goes on from its last cursor. */
export class Live {
  /** `onState` learns of the connection, `onSessionEnded` that the server takes the session for ended. */
  constructor(onState, onSessionEnded) {
    this.onState = onState;
    this.onSessionEnded = onSessionEnded;
    this.subscriptions = new Map();
    this.number = 0;
    this.attempts = 0;
    this.token = null;
    this.socket = null;
    this.isWanted = false;
    this.retry = undefined;
  }

  open(token) {
    this.token = token;
    this.isWanted = true;
    this.attempts = 0;
    this.connect();
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.retry);
    this.subscriptions.clear();
    this.socket?.close(1000);
    this.socket = null;
    this.onState("idle");
  }

  /** Bring a fresh token to the open socket: its subscriptions go on, also those that ended with the session before. */
  renew(token) {
    this.token = token;
    this.presentToken();
    this.beginAll();
  }

  presentToken() {
    if (this.isReady) {
      this.socket.presented = this.token;
      this.send({ type: "ping", payload: { authorization: `Bearer ${this.token}` } });
    }
  }

  /** Call `onNext` with each message of the one root field; returns a function that ends the subscription. */
  subscribe(operation, variables, onNext) {
    const id = `${++this.number}`;
    this.subscriptions.set(id, { query: OPERATIONS[operation], variables, onNext, cursor: null, runsOn: null });
    this.begin(id);
    return () => {
      if (this.subscriptions.delete(id)) {
        this.send({ type: "complete", id });
      }
    };
  }

  connect() {
    this.onState(this.attempts === 0 ? "connecting" : "reconnecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${ENDPOINT}`, "graphql-transport-ws");
    this.socket = socket;
    socket.onopen = () => {
      socket.presented = this.token;
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${this.token}` } }));
    };
    socket.onmessage = (event) => this.socket === socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (this.socket !== socket || !this.isWanted) {
        return;
      }
      this.onState("reconnecting", event.reason);
      if (event.code === TURNED_AWAY) {
        this.onSessionEnded();
      }
      const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.attempts) * (0.5 + Math.random() / 2);
      this.attempts += 1;
      this.retry = setTimeout(() => this.connect(), pause);
    };
  }

  /** Begin a subscription behind its last cursor, where it does not run on this socket yet. */
  begin(id) {
    const subscription = this.subscriptions.get(id);
    if (!subscription || !this.isReady || subscription.runsOn === this.socket) {
      return;
    }
    const { query, variables, cursor } = subscription;
    subscription.runsOn = this.socket;
    this.send({ type: "subscribe", id, payload: { query, variables: { ...variables, after: cursor } } });
  }

  beginAll() {
    [...this.subscriptions.keys()].forEach((id) => this.begin(id));
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
      if (this.socket.presented !== this.token) {
        this.presentToken(); // it was renewed between
      }
      this.beginAll();
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
    } else if (message.type === "error" || message.type === "complete") {
      subscription.runsOn = null;
      this.goOn(message.id, subscription, message.payload?.[0]);
    }
  }

  /** Go on with a subscription that the server has ended: what shows it would be silently out of date. */
  goOn(id, subscription, error) {
    const code = error?.extensions?.code;
    if (code === "SESSION_ENDED") {
      this.onSessionEnded(); // `renew` begins it again, and so does the timer where it was renewed just now
    } else if (code === "BAD_CURSOR" && subscription.cursor !== null) {
      subscription.cursor = null;
      this.begin(id);
    } else {
      subscription.onNext({ __typename: "Ended", message: error?.message ?? null });
    }
    setTimeout(() => this.begin(id), LONGEST_PAUSE_MS);
  }
}
