// The typed client rides, against a running server: NAVSWAP_URL, NAVSWAP_TOKEN of a rider, NAVSWAP_POINT as [longitude, latitude].
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, GraphQLFailedError } from "./client.js";
import {
  GiveBackHoldDocument,
  HoldPacksDocument,
  WatchStationDocument,
  WhereToSwapDocument,
  type HoldPacksMutation,
  type WatchStationSubscription,
} from "./gql/graphql.js";

function fromEnvironment(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const url = `${fromEnvironment("NAVSWAP_URL")}/graphql`;
const client = new Client(url, fromEnvironment("NAVSWAP_TOKEN"));
const [longitude, latitude] = JSON.parse(fromEnvironment("NAVSWAP_POINT")) as [number, number];

type Held = HoldPacksMutation["confirmQueue"];
type Change = WatchStationSubscription["stationChanged"];

/** Every member of the result has its case: one that is added ends the compilation here. */
function outcome(result: Held): string {
  switch (result.__typename) {
    case "ConfirmQueuePayload":
      return result.entry.id;
    case "InvalidInput":
      return `${result.field} is wrong: ${result.message}`;
    case "NoChargedPack":
    case "StationClosed":
    case "StationNotFound":
    case "AlreadyQueued":
    case "IdempotencyConflict":
      return `${result.code}: ${result.message}`;
    default: {
      const forgotten: never = result;
      return forgotten;
    }
  }
}

async function next(stream: AsyncGenerator<WatchStationSubscription>): Promise<Change> {
  const moment = await stream.next();
  assert.ok(!moment.done, "the stream has ended");
  return moment.value.stationChanged;
}

test("a rider finds a station, holds a pack, sees it live, and gets what was missed while away", async () => {
  const { recommend } = await client.ask(WhereToSwapDocument, { point: { longitude, latitude }, first: 1 });
  const best = recommend[0];
  assert.ok(best, "no station is recommended");

  const live = client.watch(WatchStationDocument, { stationId: best.station.id });
  const snapshot = await next(live);
  assert.equal(snapshot.__typename, "StationsSnapshot");
  const free = snapshot.stations[0]?.status.freePacks;
  assert.equal(free, best.freePacks);

  const input = { stationId: best.station.id, idempotencyKey: "typed-client" };
  const { confirmQueue } = await client.ask(HoldPacksDocument, { input });
  assert.equal(confirmQueue.__typename, "ConfirmQueuePayload");
  const update = await next(live);
  assert.equal(update.__typename, "StationUpdate");
  assert.equal(update.status.freePacks, free - 1);
  await live.return(undefined);

  const again = await client.ask(HoldPacksDocument, { input });
  assert.equal(outcome(again.confirmQueue), confirmQueue.entry.id);
  const given = await client.ask(GiveBackHoldDocument, { input: { entryId: confirmQueue.entry.id } });
  assert.equal(given.cancelQueue.__typename, "CancelQueuePayload");

  const resumed = client.watch(WatchStationDocument, { stationId: best.station.id, after: update.cursor });
  const missed = await next(resumed);
  assert.equal(missed.__typename, "StationUpdate");
  assert.equal(missed.status.freePacks, free);
  await resumed.return(undefined);
});

test("a refusal is a value, an error is an exception", async () => {
  const input = { stationId: "nonsense", idempotencyKey: "typed-client-2" };
  const { confirmQueue } = await client.ask(HoldPacksDocument, { input });
  assert.equal(confirmQueue.__typename, "InvalidInput");
  assert.match(outcome(confirmQueue), /^input\.stationId is wrong/);
  await assert.rejects(
    new Client(url, "no token").ask(HoldPacksDocument, { input }),
    (error: unknown) => error instanceof GraphQLFailedError && error.code === "NOT_SIGNED_IN",
  );
});
