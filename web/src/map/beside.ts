/** A second map over the first that follows its every move and shows another day. */

import { Map as MapLibre } from "maplibre-gl";
import { createEffect, createRoot, on, untrack } from "solid-js";
import { compared } from "../state/store.ts";
import { besides, theMap, withHatches } from "./view.ts";

/** Opens it in `container`; answers with what closes it. */
export function openBeside(container: HTMLElement): () => void {
  const first = theMap();
  if (!first) return () => undefined;
  const second = new MapLibre({
    container,
    style: untrack(besides),
    center: first.getCenter(),
    zoom: first.getZoom(),
    interactive: false,
    attributionControl: false,
    canvasContextAttributes: { preserveDrawingBuffer: true },
    maxZoom: 21,
    fadeDuration: 0,
  });
  withHatches(second);
  const follow = (): void => void second.jumpTo({ center: first.getCenter(), zoom: first.getZoom() });
  first.on("move", follow);
  second.on("idle", () => container.setAttribute("data-idle", "true"));
  const watcher = new ResizeObserver(() => second.resize());
  watcher.observe(container);
  const end = createRoot((dispose) => {
    createEffect(
      on(
        besides,
        (next) => {
          container.setAttribute("data-idle", "false");
          if (compared()) second.setStyle(next, { diff: true });
          second.triggerRepaint();
        },
        { defer: true },
      ),
    );
    return dispose;
  });
  return () => {
    end();
    watcher.disconnect();
    first.off("move", follow);
    second.remove();
  };
}
