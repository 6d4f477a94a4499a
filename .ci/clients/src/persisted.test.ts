// Documents by their ids, against a server that takes no others: NAVSWAP_URL, NAVSWAP_TOKEN, NAVSWAP_POINT, NAVSWAP_MANIFEST.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import {
  WatchStationDocument,
  WhereToSwapDocument,
  type WatchStationSubscription,
  type WhereToSwapQuery,
} from "./gql/graphql.js";
import { apolloLink, byId, urqlExchange, type Manifest } from "./persisted.js";

const url = `${process.env["NAVSWAP_URL"]}/graphql`;
const authorization = `Bearer ${process.env["NAVSWAP_TOKEN"]}`;
const manifest = JSON.parse(readFileSync(process.env["NAVSWAP_MANIFEST"] ?? "", "utf8")) as Manifest;
const [longitude, latitude] = JSON.parse(process.env["NAVSWAP_POINT"] ?? "[]") as [number, number];
const variables = { point: { longitude, latitude }, first: 1 };

/** A fetch that keeps what was sent, for the tests to see that no text was. */
function spied(): { fetch: typeof fetch; sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    fetch: async (input, init) => {
      sent.push(String(init?.body));
      return fetch(input, { ...init, headers: { "content-type": "application/json", authorization } });
    },
  };
}

async function answerTo(body: unknown): Promise<{ data?: WhereToSwapQuery; errors?: { extensions: { code: string } }[] }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { data?: WhereToSwapQuery };
}

test("a document of graphql-codegen runs by its id, over HTTP and over a websocket", async () => {
  const { data } = await answerTo(byId(WhereToSwapDocument, variables));
  const stationId = data?.recommend[0]?.station.id;
  assert.ok(stationId);
  const socket = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { authorization } });
  for await (const moment of socket.iterate<WatchStationSubscription>(byId(WatchStationDocument, { stationId }))) {
    assert.equal(moment.data?.stationChanged.__typename, "StationsSnapshot");
    break;
  }
  await socket.dispose();
});

test("Apollo Client sends the id that a manifest gives an operation", async () => {
  const { fetch, sent } = spied();
  const client = new ApolloClient({
    link: apolloLink(manifest).concat(new HttpLink({ uri: url, fetch })),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query<WhereToSwapQuery>({
    query: gql(WhereToSwapDocument.toString()),
    variables,
    fetchPolicy: "no-cache",
  });
  assert.ok(data?.recommend[0]?.station.id);
  assert.equal(sent.length, 1);
  assert.equal(JSON.parse(sent[0] ?? "").query, undefined);
  client.stop();
});

test("urql sends the id that a manifest gives an operation", async () => {
  const { fetch, sent } = spied();
  const client = new Client({ url, fetch, preferGetMethod: false, exchanges: [urqlExchange(manifest), fetchExchange] });
  const { data, error } = await client.query<WhereToSwapQuery>(WhereToSwapDocument.toString(), variables).toPromise();
  assert.equal(error, undefined);
  assert.ok(data?.recommend[0]?.station.id);
  assert.equal(sent.length, 1);
  assert.equal(JSON.parse(sent[0] ?? "").query, undefined);
});

test("no other document runs", async () => {
  const { errors } = await answerTo({ query: "{ __typename }" });
  assert.deepEqual(
    errors?.map((error) => error.extensions.code),
    ["DOCUMENT_NOT_PERSISTED"],
  );
});
