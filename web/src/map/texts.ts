/**
 * One text per object. Tiles cut an area into pieces, and each piece would carry the text again; here the pieces of
 * an object come together, and its text gets one place: in the middle of the whole where that is in view, else in
 * the middle of what is in view.
 */

type Position = readonly number[];
type Ring = readonly Position[];
type Box = readonly [west: number, south: number, east: number, north: number];

export interface Piece {
  readonly key: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: GeoJSON.Geometry;
}

/** A point feature for each object of which something is in `view`. */
export function texts(pieces: readonly Piece[], view: Box): GeoJSON.Feature<GeoJSON.Point>[] {
  const objects = new Map<string, { properties: Piece["properties"]; polygons: Ring[][] }>();
  for (const { key, properties, geometry } of pieces) {
    const known = objects.get(key) ?? { properties, polygons: [] };
    known.polygons.push(...polygonsOf(geometry));
    objects.set(key, known);
  }
  return [...objects.values()].flatMap(({ properties, polygons }) => {
    const coordinates = middle(polygons, view);
    return coordinates ? [{ type: "Feature" as const, properties, geometry: { type: "Point" as const, coordinates: [...coordinates] } }] : [];
  });
}

function polygonsOf(geometry: GeoJSON.Geometry): Ring[][] {
  if (geometry.type === "Polygon") return [geometry.coordinates];
  return geometry.type === "MultiPolygon" ? geometry.coordinates : [];
}

function middle(polygons: readonly Ring[][], view: Box): Position | undefined {
  const whole = centroid(polygons.map((rings) => rings[0] ?? []));
  if (whole && within(whole, view) && polygons.some((rings) => holds(rings, whole))) return whole;
  const seen = polygons.map((rings) => rings.map((ring) => clipped(ring, view)).filter((ring) => ring.length > 2));
  const [largest] = seen.filter((rings) => rings.length > 0).sort((one, other) => size(other[0]) - size(one[0]));
  if (!largest) return undefined;
  const own = centroid(largest.slice(0, 1));
  if (!own || size(largest[0]) === 0) return undefined;
  return holds(largest, own) ? own : onSurface(largest, own);
}

/** The point halfway across the widest stretch of the polygon on the parallel of `near`. */
function onSurface(rings: readonly Ring[], near: Position): Position | undefined {
  const lat = y(near);
  const crossings = rings
    .flatMap((ring) => edges(ring).filter(([a, b]) => y(a) > lat !== y(b) > lat))
    .map(([a, b]) => x(a) + ((lat - y(a)) / (y(b) - y(a))) * (x(b) - x(a)))
    .sort((one, other) => one - other);
  let best: Position | undefined;
  let widest = 0;
  for (let at = 0; at + 1 < crossings.length; at += 2) {
    const [from = 0, to = 0] = crossings.slice(at, at + 2);
    if (to - from > widest) [widest, best] = [to - from, [(from + to) / 2, lat]];
  }
  return best;
}

const x = (at: Position): number => at[0] ?? 0;
const y = (at: Position): number => at[1] ?? 0;

const within = (at: Position, [west, south, east, north]: Box): boolean => x(at) >= west && x(at) <= east && y(at) >= south && y(at) <= north;

function edges(ring: Ring): [Position, Position][] {
  return ring.map((from, at) => [from, ring[(at + 1) % ring.length] ?? from]);
}

/** Twice the signed area. */
function turned(ring: Ring): number {
  return edges(ring).reduce((sum, [a, b]) => sum + x(a) * y(b) - x(b) * y(a), 0);
}

const size = (ring: Ring | undefined): number => Math.abs(turned(ring ?? []));

/** Centre of gravity of several outlines; counted from a corner, because degrees are large beside a lot. */
function centroid(outlines: readonly Ring[]): Position | undefined {
  const corner = outlines.find((ring) => ring.length > 0)?.[0];
  if (!corner) return undefined;
  let [lon, lat, weight] = [0, 0, 0];
  for (const outline of outlines) {
    const near = outline.map((at) => [x(at) - x(corner), y(at) - y(corner)]);
    const sign = Math.sign(turned(near));
    for (const [a, b] of edges(near)) {
      const part = sign * (x(a) * y(b) - x(b) * y(a));
      lon += part * (x(a) + x(b));
      lat += part * (y(a) + y(b));
      weight += part;
    }
  }
  return weight > 0 ? [x(corner) + lon / (3 * weight), y(corner) + lat / (3 * weight)] : undefined;
}

/** Whether a polygon with holes holds `at` (even-odd). */
function holds(rings: readonly Ring[], at: Position): boolean {
  const crossed = rings
    .flatMap(edges)
    .filter(([a, b]) => y(a) > y(at) !== y(b) > y(at) && x(at) < x(a) + ((y(at) - y(a)) / (y(b) - y(a))) * (x(b) - x(a)));
  return crossed.length % 2 === 1;
}

/** A ring cut to a box, side by side (Sutherland and Hodgman). */
function clipped(ring: Ring, [west, south, east, north]: Box): Ring {
  const sides: [axis: 0 | 1, limit: number, sign: 1 | -1][] = [
    [0, west, 1],
    [0, east, -1],
    [1, south, 1],
    [1, north, -1],
  ];
  return sides.reduce<Ring>((left, [axis, limit, sign]) => {
    const depth = (at: Position) => sign * ((at[axis] ?? 0) - limit);
    return edges(left).flatMap(([a, b]) => {
      const kept = depth(a) >= 0 ? [a] : [];
      if (depth(a) >= 0 === depth(b) >= 0) return kept;
      const part = depth(a) / (depth(a) - depth(b));
      return [...kept, [x(a) + part * (x(b) - x(a)), y(a) + part * (y(b) - y(a))]];
    });
  }, ring);
}
