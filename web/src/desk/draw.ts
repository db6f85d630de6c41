/** Drawing by hand, with terra-draw: places stick to the corners of the parcels around. */

import type { Map as MapLibre } from "maplibre-gl";
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPointMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import type { Place } from "../data/desk.ts";
import { DRAWING } from "../map/view.ts";
import { lonLat, nearest, placeOf } from "./corners.ts";
import { toUtm } from "../geo/utm.ts";

const SNAP_PIXELS = 14;

export interface Drawing {
  readonly what: "line" | "point";
  readonly corners: () => readonly Place[];
  readonly finished: (places: readonly Place[]) => void;
}

/** Lets somebody draw; ends by itself when it is finished. Answers with what ends it before. */
export function drawOn(map: MapLibre, { what, corners, finished }: Drawing): () => void {
  const toCustom = ({ lng, lat, containerX, containerY }: { lng: number; lat: number; containerX: number; containerY: number }) => {
    const { easting, northing } = toUtm({ lon: lng, lat });
    const corner = nearest([easting, northing], corners());
    if (!corner) return undefined;
    const at = lonLat(corner);
    const { x, y } = map.project([at.lon, at.lat]);
    return Math.hypot(x - containerX, y - containerY) <= SNAP_PIXELS ? [at.lon, at.lat] : undefined;
  };
  const snapping = { toCustom };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: DRAWING, coordinatePrecision: 12 }),
    modes: [
      new TerraDrawLineStringMode({ snapping, pointerDistance: 12, styles: { lineStringColor: "#c2185b", lineStringWidth: 3, snappingPointColor: "#0b63ce" } }),
      new TerraDrawPointMode({ styles: { pointColor: "#c2185b" } }),
    ],
  });
  const end = (): void => {
    if (draw.enabled) draw.stop();
  };
  draw.start();
  draw.setMode(what === "line" ? "linestring" : "point");
  draw.on("finish", (id) => {
    const geometry = draw.getSnapshotFeature(id)?.geometry;
    const positions = geometry?.type === "LineString" ? geometry.coordinates : geometry?.type === "Point" ? [geometry.coordinates] : [];
    const places = positions.map(([lon = 0, lat = 0]) => {
      if (what === "line") return placeOf({ lon, lat }, corners());
      const { x, y } = map.project([lon, lat]);
      const stuck = toCustom({ lng: lon, lat, containerX: x, containerY: y });
      return placeOf(stuck ? { lon: stuck[0] ?? lon, lat: stuck[1] ?? lat } : { lon, lat }, corners());
    });
    // terra-draw still works on the feature that it tells of.
    queueMicrotask(() => {
      end();
      finished(places);
    });
  });
  return end;
}
