/** Keeps the map fresh: the service tells what changed, and tiles that may show it are fetched anew. */

import { createEffect, onCleanup } from "solid-js";
import { concerns, type Change } from "../data/changes.ts";
import { date } from "../state/store.ts";
import { isIdle, refresh, view } from "./view.ts";

/** Notices come in bursts, one per statement; the tiles are fetched once for all of them. */
const GATHER_MS = 400;
/** When all places among the readers are taken, ask again later. */
const RETRY_MS = 60_000;

/** Follows the changes once the map first stands drawn: nothing waits for it. */
export function followChanges(): void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const changed = new Set<string>();

  const fetchAnew = (): void => {
    gathering = undefined;
    refresh(changed);
    changed.clear();
  };
  const note = (change: Change): void => {
    // A past day looks as it did, unless the record of it is corrected: then it is drawn anew, too.
    if (!concerns(change, view()?.box) && !date()) return;
    for (const layer of change.layers) changed.add(layer);
    gathering ??= setTimeout(fetchAnew, GATHER_MS);
  };
  const connect = (): void => {
    source = new EventSource("/api/v1/changes");
    source.addEventListener("change", ({ data }: MessageEvent<string>) => note(JSON.parse(data) as Change));
    source.addEventListener("reset", () => refresh());
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(connect, RETRY_MS);
    });
  };
  createEffect(() => {
    if (isIdle() && !source) connect();
  });
  onCleanup(() => {
    source?.close();
    clearTimeout(again);
    clearTimeout(gathering);
  });
}
