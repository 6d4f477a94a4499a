// A client of the typed operations with no library but graphql-ws: what docs/frontend.md shows, compiled and run.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import type { TypedDocumentString } from "./gql/graphql.js";

export class GraphQLFailedError extends Error {
  constructor(readonly code: string, message: string) {
    super(`${code}: ${message}`);
  }
}

interface Answer<Result> {
  data?: Result | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}

function dataOf<Result>(answer: Answer<Result>): Result {
  const failed = answer.errors?.[0];
  if (failed) throw new GraphQLFailedError(failed.extensions?.code ?? "ERROR", failed.message);
  if (!answer.data) throw new GraphQLFailedError("NO_DATA", "the answer holds neither data nor errors");
  return answer.data;
}

export class Client {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** The data of a query or mutation; rejects with the first error. */
  async ask<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    return dataOf((await answer.json()) as Answer<Result>);
  }

  /** The moments of a subscription, on a websocket of their own that closes with the loop over them. */
  async *watch<Result, Variables extends Record<string, unknown>>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): AsyncGenerator<Result> {
    const socket = createClient({
      url: this.url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.token}` },
      retryAttempts: 0,
    });
    try {
      for await (const moment of socket.iterate<Result>({ query: document.toString(), variables })) {
        yield dataOf(moment as Answer<Result>);
      }
    } finally {
      await socket.dispose();
    }
  }
}
