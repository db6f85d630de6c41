/** Corners to the millimetre, and lines that are given by bearings and distances. */

import type { Leg, Place } from "../data/desk.ts";
import { fromUtm, toUtm, type LonLat } from "../geo/utm.ts";

/** The rings of a polygon or multipolygon in WKT, without the closing corner. */
export function ringsOf(wkt: string): Place[][] {
  return [...wkt.matchAll(/\(([^()]+)\)/g)].map(([, ring = ""]) => {
    const corners = ring.split(",").map((pair): Place => {
      const [easting = Number.NaN, northing = Number.NaN] = pair.trim().split(/\s+/).map(Number);
      return [easting, northing];
    });
    return corners.slice(0, -1);
  });
}

/** The corners of GeoJSON polygons in metres, each once. */
export function cornersOf(geometries: readonly GeoJSON.Geometry[]): Place[] {
  const seen = new Map<string, Place>();
  const rings = geometries.flatMap((geometry) => {
    if (geometry.type === "Polygon") return geometry.coordinates;
    return geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
  });
  for (const [easting = Number.NaN, northing = Number.NaN] of rings.flat()) {
    const place: Place = [toMillimetre(easting), toMillimetre(northing)];
    seen.set(place.join(), place);
  }
  return [...seen.values()];
}

export const metresOf = (value: number): string => value.toFixed(3);
export const toMillimetre = (metres: number): number => Math.round(metres * 1000) / 1000;

export function lonLat([easting, northing]: Place): LonLat {
  return fromUtm({ easting, northing });
}

/** A place on the map in metres: the corner that it hits, to the bit, else the nearest millimetre. */
export function placeOf(at: LonLat, corners: readonly Place[]): Place {
  const { easting, northing } = toUtm(at);
  const hit = nearest([easting, northing], corners);
  return hit && distance(hit, [easting, northing]) < 0.005 ? hit : [toMillimetre(easting), toMillimetre(northing)];
}

export function nearest(at: Place, corners: readonly Place[]): Place | undefined {
  let best: Place | undefined;
  for (const corner of corners) if (!best || distance(corner, at) < distance(best, at)) best = corner;
  return best;
}

export const distance = (a: Place, b: Place): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Where legs lead; a bearing is an azimuth in degrees, clockwise from grid north. */
export function traverse(from: Place, legs: readonly Leg[]): Place[] {
  const places = [from];
  for (const { bearing, distance } of legs) {
    const [easting, northing] = places.at(-1) ?? from;
    const angle = (bearing * Math.PI) / 180;
    places.push([toMillimetre(easting + distance * Math.sin(angle)), toMillimetre(northing + distance * Math.cos(angle))]);
  }
  return places;
}

/** An azimuth as surveyors write it: decimal degrees, "123 45 30", "N 56°14'30\" O". */
export function bearing(text: string): number | undefined {
  const said = text.trim().toUpperCase().replaceAll(",", ".");
  const numbers = (said.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  const [degrees, minutes = 0, seconds = 0] = numbers;
  if (degrees === undefined || numbers.length > 3 || minutes >= 60 || seconds >= 60 || /[^\d.\s°º'"′″’”NSEOW-]/.test(said)) return undefined;
  const angle = degrees + minutes / 60 + seconds / 3600;
  const quadrant = /^([NS])[^NSEOW]*([EOW])$/.exec(said);
  if (!quadrant) return /[NSEOW-]/.test(said) || angle >= 360 ? undefined : angle;
  if (angle > 90) return undefined;
  const isEast = quadrant[2] === "E";
  if (quadrant[1] === "N") return isEast ? angle : (360 - angle) % 360;
  return isEast ? 180 - angle : 180 + angle;
}
