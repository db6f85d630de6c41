import { describe, expect, it } from "vitest";
import { measure, metresPerPixel, scaleBar } from "../src/geo/measure.ts";
import { fromUtm } from "../src/geo/utm.ts";

/** A lot of 10 m by 20 m on the grid in the town of Pativilca. */
const LOT = [
  [195_800, 8_816_200],
  [195_810, 8_816_200],
  [195_810, 8_816_220],
  [195_800, 8_816_220],
].map(([easting = 0, northing = 0]) => fromUtm({ easting, northing }));

describe("measuring", () => {
  it("keeps grid and ellipsoid apart: 200 m² of grid are 199.70 m² of ground", () => {
    const { gridAreaM2, ellipsoidAreaM2, gridLengthM } = measure(LOT, true);
    expect(gridAreaM2).toBeCloseTo(200, 3);
    expect(ellipsoidAreaM2).toBeCloseTo(199.7, 2);
    expect(gridLengthM).toBeCloseTo(60, 4);
  });

  it("does not close a line", () => {
    const { gridLengthM, gridAreaM2 } = measure(LOT, false);
    expect(gridLengthM).toBeCloseTo(40, 4);
    expect(gridAreaM2).toBeUndefined();
  });

  it("has no area before the third point", () => {
    expect(measure(LOT.slice(0, 2), true).gridAreaM2).toBeUndefined();
  });
});

describe("the scale bar", () => {
  it.each([
    [0.5, 110, 50],
    [1, 110, 100],
    [76.4, 110, 5000],
  ])("rounds %d m a pixel down to a round length", (perPixel, pixels, metres) => {
    const bar = scaleBar(perPixel, pixels);
    expect(bar.metres).toBe(metres);
    expect(bar.pixels).toBeCloseTo(metres / perPixel);
    expect(bar.pixels).toBeLessThanOrEqual(pixels);
  });

  it("knows a pixel of zoom 0 at the equator", () => {
    expect(metresPerPixel(0, 0)).toBeCloseTo(78_271.5, 0);
  });
});
