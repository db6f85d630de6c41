/** Shapes as boxes and as small drawings. */

type Position = readonly number[];

/** Every line of positions of a geometry: rings, lines, points by themselves. */
export function linesOf(geometry: GeoJSON.Geometry): readonly (readonly Position[])[] {
  switch (geometry.type) {
    case "Point":
      return [[geometry.coordinates]];
    case "MultiPoint":
      return geometry.coordinates.map((one) => [one]);
    case "LineString":
      return [geometry.coordinates];
    case "MultiLineString":
    case "Polygon":
      return geometry.coordinates;
    case "MultiPolygon":
      return geometry.coordinates.flat();
    case "GeometryCollection":
      return geometry.geometries.flatMap(linesOf);
  }
}

/** West, south, east, north; none of nothing. */
export function boxOf(geometries: readonly GeoJSON.Geometry[]): readonly [number, number, number, number] | undefined {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const geometry of geometries) {
    for (const line of linesOf(geometry)) {
      for (const [x = 0, y = 0] of line) {
        [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
      }
    }
  }
  return west <= east ? [west, south, east, north] : undefined;
}

const SIDE = 100;
const MARGIN = 8;

/** The path of a geometry in a square of 100, at the scale and place of `box`; metres are as long in both directions. */
export function pathOf(geometry: GeoJSON.Geometry, [west, south, east, north]: readonly [number, number, number, number]): string {
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (SIDE - 2 * MARGIN) / Math.max((east - west) * shrink, north - south, 1e-9);
  const [midX, midY] = [(west + east) / 2, (south + north) / 2];
  const at = ([x = 0, y = 0]: Position) => `${(SIDE / 2 + (x - midX) * shrink * scale).toFixed(2)} ${(SIDE / 2 - (y - midY) * scale).toFixed(2)}`;
  return linesOf(geometry)
    .map((line) => `M${line.map(at).join("L")}`)
    .join("");
}

/** The positions of a geometry in the same square, for its vertices. */
export function dotsOf(geometry: GeoJSON.Geometry, box: readonly [number, number, number, number]): readonly (readonly [string, string])[] {
  return pathOf(geometry, box)
    .split(/[ML]/)
    .filter((one) => one !== "")
    .map((one) => one.split(" ") as unknown as readonly [string, string]);
}
