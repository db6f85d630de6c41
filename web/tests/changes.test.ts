import { expect, it } from "vitest";
import { concerns } from "../src/data/changes.ts";

const view = [-77.8, -10.7, -77.7, -10.6] as const;
const at = (west: number, south: number, east: number, north: number) => ({ layers: ["parcels"], bbox: [west, south, east, north] as const });

it("takes notice of what touches the view", () => {
  expect(concerns(at(-77.75, -10.65, -77.74, -10.64), view)).toBe(true);
  expect(concerns(at(-77.7, -10.6, -77.6, -10.5), view)).toBe(true);
  expect(concerns(at(-78, -11, -77, -10), view)).toBe(true);
});

it("leaves alone what lies beside the view, on each side", () => {
  expect(concerns(at(-77.69, -10.65, -77.6, -10.64), view)).toBe(false);
  expect(concerns(at(-77.9, -10.65, -77.81, -10.64), view)).toBe(false);
  expect(concerns(at(-77.75, -10.59, -77.74, -10.5), view)).toBe(false);
  expect(concerns(at(-77.75, -10.9, -77.74, -10.71), view)).toBe(false);
});

it("takes notice of what has no place, and of everything before the map stands", () => {
  expect(concerns({ layers: ["parcels"], bbox: null }, view)).toBe(true);
  expect(concerns(at(0, 0, 1, 1), undefined)).toBe(true);
});
