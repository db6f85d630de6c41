import { describe, expect, it } from "vitest";
import { fromUtm, gridScale, toUtm } from "../src/geo/utm.ts";

// From PROJ 9 (`gdaltransform -t_srs '+proj=utm +zone=18 +south +ellps=WGS84'`).
const KNOWN = [
  { lon: -77.78, lat: -10.7, easting: 195_887.293_866, northing: 8_815_820.772_09 },
  { lon: -75, lat: -10.7, easting: 500_000, northing: 8_817_191.382_965 },
];

describe("UTM 18 South", () => {
  it.each(KNOWN)("puts $lon, $lat where PROJ puts it", ({ lon, lat, easting, northing }) => {
    const utm = toUtm({ lon, lat });
    expect(utm.easting).toBeCloseTo(easting, 4);
    expect(utm.northing).toBeCloseTo(northing, 4);
  });

  it("comes back to where it began", () => {
    for (const lon of [-78.6, -77.78, -75.1, -72]) {
      for (const lat of [-18.3, -10.7, -0.2]) {
        const back = fromUtm(toUtm({ lon, lat }));
        expect(back.lon).toBeCloseTo(lon, 8);
        expect(back.lat).toBeCloseTo(lat, 8);
      }
    }
  });

  it("knows that the grid is 0.074 % longer in Pativilca", () => {
    const place = { lon: -77.78, lat: -10.7 };
    expect(gridScale(place, toUtm(place))).toBeCloseTo(1.000743, 5);
  });
});
