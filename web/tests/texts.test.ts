import { describe, expect, it } from "vitest";
import { texts, type Piece } from "../src/map/texts.ts";

const WORLD = [-180, -85, 180, 85] as const;
const box = (west: number, south: number, east: number, north: number): GeoJSON.Polygon => ({
  type: "Polygon",
  coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
});
const piece = (key: string, geometry: GeoJSON.Geometry): Piece => ({ key, properties: { key }, geometry });
const placed = (pieces: Piece[], view: readonly [number, number, number, number] = WORLD) =>
  texts(pieces, view).map((text) => text.geometry.coordinates.map((side) => Number(side.toFixed(9))));

describe("the text of an area", () => {
  it("stands once, in the middle of all pieces that tiles cut it into", () => {
    expect(placed([piece("a", box(0, 0, 1, 4)), piece("a", box(1, 0, 6, 4)), piece("b", box(10, 0, 12, 2))])).toEqual([
      [3, 2],
      [11, 1],
    ]);
  });

  it("keeps its place whichever way round the pieces run", () => {
    const reversed: GeoJSON.Polygon = { type: "Polygon", coordinates: box(1, 0, 6, 4).coordinates.map((ring) => [...ring].reverse()) };
    expect(placed([piece("a", box(0, 0, 1, 4)), piece("a", reversed)])).toEqual([[3, 2]]);
  });

  it("stands inside where the middle lies outside", () => {
    const hook: GeoJSON.Polygon = { type: "Polygon", coordinates: [[[0, 0], [10, 0], [10, 10], [9, 10], [9, 1], [0, 1], [0, 0]]] };
    const [[lon = 0, lat = 0] = []] = placed([piece("a", hook)]);
    expect(lon > 9 && lon < 10 && lat > 0 && lat < 10).toBe(true);
    const holed: GeoJSON.Polygon = { type: "Polygon", coordinates: [...box(0, 0, 9, 9).coordinates, ...box(3, 3, 6, 6).coordinates] };
    const [[east = 0, north = 0] = []] = placed([piece("a", holed)]);
    expect(north).toBe(4.5);
    expect(east < 3 || east > 6).toBe(true);
  });

  it("comes into view with what is in view of it, and not at all where nothing is", () => {
    expect(placed([piece("a", box(0, 0, 100, 10))], [0, 0, 20, 10])).toEqual([[10, 5]]);
    expect(placed([piece("a", box(0, 0, 1, 1))], [5, 5, 6, 6])).toEqual([]);
  });

  it("belongs to areas only", () => {
    expect(placed([piece("a", { type: "Point", coordinates: [1, 1] })])).toEqual([]);
  });
});
