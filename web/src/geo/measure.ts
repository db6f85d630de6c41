import { gridScale, toUtm, type LonLat } from "./utm.ts";

/** What a drawn line or area measures, on the UTM grid and on the ellipsoid. */
export interface Measured {
  readonly gridLengthM: number;
  readonly ellipsoidLengthM: number;
  /** None with fewer than three points. */
  readonly gridAreaM2: number | undefined;
  readonly ellipsoidAreaM2: number | undefined;
}

/** Measures `points`; `closed` also counts the way back to the first. */
export function measure(points: readonly LonLat[], closed: boolean): Measured {
  const corners = points.map((point) => ({ ...toUtm(point), scale: gridScale(point, toUtm(point)) }));
  let gridLengthM = 0;
  let ellipsoidLengthM = 0;
  let doubleArea = 0;
  corners.forEach((corner, index) => {
    const next = corners[(index + 1) % corners.length];
    if (!next) return;
    doubleArea += corner.easting * next.northing - next.easting * corner.northing;
    if (index === corners.length - 1 && !closed) return;
    const length = Math.hypot(next.easting - corner.easting, next.northing - corner.northing);
    gridLengthM += length;
    ellipsoidLengthM += length / ((corner.scale + next.scale) / 2);
  });
  const hasArea = closed && corners.length > 2;
  const scale = corners.reduce((sum, corner) => sum + corner.scale, 0) / corners.length;
  const gridAreaM2 = Math.abs(doubleArea) / 2;
  return {
    gridLengthM,
    ellipsoidLengthM,
    gridAreaM2: hasArea ? gridAreaM2 : undefined,
    ellipsoidAreaM2: hasArea ? gridAreaM2 / scale ** 2 : undefined,
  };
}

const EQUATOR_M = 40_075_016.686;
const TILE_PIXELS = 512;

/** Metres on the ground under one CSS pixel of the map. */
export function metresPerPixel(lat: number, zoom: number): number {
  return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / (TILE_PIXELS * 2 ** zoom);
}

/** The longest round length (1, 2 or 5 times a power of ten) that fits into `pixels`. */
export function scaleBar(metresPerPx: number, pixels: number): { metres: number; pixels: number } {
  const longest = metresPerPx * pixels;
  const power = 10 ** Math.floor(Math.log10(longest));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= longest) ?? power;
  return { metres, pixels: metres / metresPerPx };
}
