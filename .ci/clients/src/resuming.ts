import type { Client } from "graphql-ws";
import { WatchStationDocument, type WatchStationSubscription, type WatchStationSubscriptionVariables } from "./gql/graphql.js";

type Change = WatchStationSubscription["stationChanged"];

/** Shows a station for as long as `show` returns true, over any number of connections; nothing is missed or shown twice. */
export async function watchStation(socket: Client, stationId: string, show: (change: Change) => boolean): Promise<void> {
  let after: string | null = null;
  for (;;) {
    try {
      const variables: WatchStationSubscriptionVariables = { stationId, after };
      for await (const { data } of socket.iterate<WatchStationSubscription>({
        query: WatchStationDocument.toString(),
        variables,
      })) {
        if (!data) continue;
        const change = data.stationChanged;
        after = change.__typename === "Resync" ? null : change.cursor;
        if (!show(change)) return;
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
    }
  }
}
