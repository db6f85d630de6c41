import { describe, expect, it } from "vitest";
import { bearing, cornersOf, lonLat, placeOf, ringsOf, traverse } from "../src/desk/corners.ts";
import type { Place } from "../src/data/desk.ts";

describe("corners", () => {
  const wkt = "MULTIPOLYGON(((196000.001 8816000,196010 8816000,196010 8816020.5,196000.001 8816000),(196002 8816001,196003 8816001,196003 8816002,196002 8816001)))";

  it("are read from WKT, ring by ring, without the closing one", () => {
    expect(ringsOf(wkt)).toEqual([
      [[196000.001, 8816000], [196010, 8816000], [196010, 8816020.5]],
      [[196002, 8816001], [196003, 8816001], [196003, 8816002]],
    ]);
  });

  it("of several parcels count once", () => {
    const square = (e: number): GeoJSON.Polygon => ({ type: "Polygon", coordinates: [[[e, 0], [e + 1, 0], [e + 1, 1], [e, 1], [e, 0]]] });
    expect(cornersOf([square(0), square(1)])).toHaveLength(6);
  });

  it("come back from the map to the bit, and other places to the millimetre", () => {
    const corner: Place = [196000.001, 8816020.537];
    const at = lonLat(corner);
    expect(placeOf(at, [corner])).toBe(corner);
    const [easting, northing] = placeOf(at, []);
    expect(easting).toBeCloseTo(corner[0], 3);
    expect(northing).toBeCloseTo(corner[1], 3);
  });
});

describe("bearings and distances", () => {
  it("lead from a corner, clockwise from grid north", () => {
    expect(traverse([100, 200], [{ bearing: 0, distance: 10 }, { bearing: 90, distance: 5 }, { bearing: 180, distance: 10 }, { bearing: 270, distance: 5 }])).toEqual([
      [100, 200],
      [100, 210],
      [105, 210],
      [105, 200],
      [100, 200],
    ]);
  });

  it.each([
    ["123.5", 123.5],
    ["123,5", 123.5],
    ["123 30 0", 123.5],
    ["123°30'36\"", 123.51],
    ["N 56°30' E", 56.5],
    ["N 56°30' O", 303.5],
    ["S 10 W", 190],
    ["S10E", 170],
  ])("%s is understood", (text, angle) => expect(bearing(text)).toBeCloseTo(angle, 9));

  it.each(["", "north", "360", "-5", "12 60 0", "N 91 E", "N 10", "1 2 3 4"])("%s is not", (text) => expect(bearing(text)).toBeUndefined());
});
