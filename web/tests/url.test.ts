import { describe, expect, it } from "vitest";
import { DEFAULT, read, write, type State } from "../src/state/url.ts";

describe("the address of the map", () => {
  it("is bare for the default state", () => {
    expect(write(DEFAULT)).toBe("");
    expect(read("")).toEqual(DEFAULT);
  });

  it("brings back every part of the state", () => {
    const state: State = {
      at: { lat: -10.6954, lon: -77.7812, zoom: 16.25 },
      layers: { parcels: 100, zones: 40 },
      parcel: "15020301001001",
      language: "en",
      theme: "dark",
      date: "2019-06-30",
      compared: "2024-01-31",
      download: "water_mains",
    };
    expect(write(state)).toBe(
      "?at=-10.69540,-77.78120,16.25&layers=parcels,zones:40&parcel=15020301001001&lang=en&theme=dark&date=2019-06-30&compare=2024-01-31&download=water_mains",
    );
    expect(read(write(state))).toEqual(state);
  });

  it("tells no layers from the usual layers", () => {
    expect(write({ ...DEFAULT, layers: {} })).toBe("?layers=");
    expect(read("?layers=").layers).toEqual({});
    expect(read("?at=0,0,3").layers).toBeUndefined();
  });

  it.each([
    "?at=1,2",
    "?at=,,",
    "?at=91,0,3",
    "?at=a,b,c",
    "?parcel=%3Cscript%3E",
    "?parcel=-1",
    "?lang=fr",
    "?theme=pink",
    "?date=2019-13-01",
    "?date=yesterday",
    "?unknown=1",
  ])("opens the default for %s", (query) => {
    expect(read(query)).toEqual(DEFAULT);
  });

  it("keeps opacities within what an opacity can be", () => {
    expect(read("?layers=zones:500,roads:-3,streets:x").layers).toEqual({ zones: 100, roads: 0, streets: 100 });
  });

  it("writes codes in capitals, as they are on record", () => {
    expect(read("?parcel=uc-1234").parcel).toBe("UC-1234");
  });
});
