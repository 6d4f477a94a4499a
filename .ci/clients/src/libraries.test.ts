// The code that docs/frontend.md shows for Apollo Client, urql and a stream that resumes, against a running server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gql } from "@apollo/client";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { apolloClient } from "./apollo.js";
import { WatchStationDocument, WhereToSwapDocument, type WatchStationSubscription, type WhereToSwapQuery } from "./gql/graphql.js";
import { watchStation } from "./resuming.js";
import { urqlClient } from "./urql.js";

Object.assign(globalThis, { WebSocket }); // which a browser has

const url = `${process.env["NAVSWAP_URL"]}/graphql`;
const token = async () => process.env["NAVSWAP_TOKEN"] ?? "";
const [longitude, latitude] = JSON.parse(process.env["NAVSWAP_POINT"] ?? "[]") as [number, number];
const variables = { point: { longitude, latitude }, first: 1 };

test("Apollo Client queries, follows pages into one list, and subscribes", async () => {
  const client = apolloClient(url, token);
  const { data } = await client.query<WhereToSwapQuery>({
    query: gql(WhereToSwapDocument.toString()),
    variables,
  });
  const stationId = data?.recommend[0]?.station.id;
  assert.ok(stationId);

  const page = gql`
    query Page($after: String) {
      stations(first: 1, after: $after) {
        edges {
          cursor
          node {
            id
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `;
  type Page = { stations: { edges: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
  const first = await client.query<Page>({ query: page });
  assert.equal(first.data?.stations.pageInfo.hasNextPage, true);
  const list = client.watchQuery<Page>({ query: page });
  const shown = list.subscribe(() => undefined);
  await list.fetchMore({ variables: { after: first.data?.stations.pageInfo.endCursor } });
  shown.unsubscribe();
  assert.equal(client.readQuery<Page>({ query: page })?.stations.edges.length, 2);

  const moment = await new Promise<WatchStationSubscription>((resolve, reject) => {
    const subscribed = client
      .subscribe<WatchStationSubscription>({ query: gql(WatchStationDocument.toString()), variables: { stationId } })
      .subscribe({
        next: ({ data, error }) => {
          if (data) resolve(data);
          else reject(error ?? new Error("no data"));
          queueMicrotask(() => subscribed.unsubscribe());
        },
        error: reject,
      });
  });
  assert.equal(moment.stationChanged.__typename, "StationsSnapshot");
  client.stop();
});

test("urql queries and subscribes", async () => {
  const client = urqlClient(url, token, () => assert.fail("the session has ended"));
  const { data, error } = await client
    .query<WhereToSwapQuery>(WhereToSwapDocument.toString(), variables)
    .toPromise();
  assert.equal(error, undefined);
  const stationId = data?.recommend[0]?.station.id;
  assert.ok(stationId);
  const moment = await new Promise<WatchStationSubscription>((resolve) => {
    const { unsubscribe } = client
      .subscription<WatchStationSubscription>(WatchStationDocument.toString(), { stationId })
      .subscribe((result) => {
        if (result.data) resolve(result.data);
        queueMicrotask(() => unsubscribe());
      });
  });
  assert.equal(moment.stationChanged.__typename, "StationsSnapshot");
});

test("a stream that resumes shows a snapshot first", async () => {
  const socket = createClient({
    url: url.replace("http", "ws"),
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
  });
  const client = apolloClient(url, token);
  const { data } = await client.query<WhereToSwapQuery>({
    query: gql(WhereToSwapDocument.toString()),
    variables,
  });
  const shown: string[] = [];
  await watchStation(socket, data?.recommend[0]?.station.id ?? "", (change) => {
    shown.push(change.__typename);
    return false;
  });
  assert.deepEqual(shown, ["StationsSnapshot"]);
  await socket.dispose();
});
