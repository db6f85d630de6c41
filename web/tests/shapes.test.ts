import { describe, expect, it } from "vitest";
import { boxOf, dotsOf, pathOf } from "../src/files/shapes.ts";
import { classesEn, classesEs } from "../src/files/classes.ts";
import { readFileSync } from "node:fs";

const square: GeoJSON.Polygon = { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] };

describe("a small drawing", () => {
  it("fits into its square, north upwards", () => {
    const box = boxOf([square]);
    expect(box).toEqual([0, 0, 2, 2]);
    if (!box) return;
    expect(pathOf(square, box).startsWith("M8.")).toBe(true);
    const dots = dotsOf(square, box).map(([x, y]) => [Number(x), Number(y)]);
    expect(dots).toHaveLength(5);
    expect(dots[0]?.[1]).toBe(92);
    expect(dots[2]?.[1]).toBe(8);
  });

  it("has no box without positions", () => {
    expect(boxOf([])).toBeUndefined();
  });
});

describe("the classes of findings", () => {
  it("all have a title in both languages", () => {
    const source = readFileSync(new URL("../../src/deliveries/classes.rs", import.meta.url), "utf8");
    const names = [...source.matchAll(/class\(\s*"([a-z_]+)"/g)].map(([, name]) => name ?? "").sort();
    expect(names.length).toBeGreaterThan(30);
    expect(Object.keys(classesEs).sort()).toEqual(names);
    expect(Object.keys(classesEn).sort()).toEqual(names);
  });
});
