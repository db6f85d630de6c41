import { describe, expect, it } from "vitest";
import { address, formatsOf, queryable, type Wish } from "../src/data/download.ts";
import { both, condition } from "../src/files/filter.ts";

describe("a condition", () => {
  const text = { name: "use", type: "string" } as const;

  it("is CQL2 text of its property's type", () => {
    expect(condition(text, "=", "vivienda")).toBe("use = 'vivienda'");
    expect(condition({ name: "grid_area_m2", type: "number" }, ">=", "12,5")).toBe("grid_area_m2 >= 12.5");
    expect(condition({ name: "sharp", type: "boolean" }, "=", "true")).toBe("sharp = TRUE");
    expect(condition({ name: "valid_from", type: "date" }, "<", "2024-01-31")).toBe("valid_from < DATE('2024-01-31')");
    expect(condition(text, "null", "")).toBe("use IS NULL");
  });

  it("is none where the value is of another type", () => {
    expect(condition({ name: "floors", type: "integer" }, "=", "dos")).toBeUndefined();
    expect(condition({ name: "valid_from", type: "date" }, "=", "ayer")).toBeUndefined();
    expect(condition(text, "=", "  ")).toBeUndefined();
  });

  it("takes quotes and signs of patterns as letters", () => {
    expect(condition(text, "=", "O'Higgins' OR 1=1")).toBe("use = 'O''Higgins'' OR 1=1'");
    expect(condition(text, "like", "50%_\\")).toBe("CASEI(use) LIKE CASEI('%50\\%\\_\\\\%')");
    expect(condition({ name: 'año "x"', type: "number" }, "=", "1")).toBe('"año ""x""" = 1');
  });

  it("is added without changing what the others mean", () => {
    expect(both("", "a = 1")).toBe("a = 1");
    expect(both("a = 1", "b = 2")).toBe("a = 1 AND b = 2");
    expect(both("a = 1 OR c = 3", "b = 2")).toBe("(a = 1 OR c = 3) AND b = 2");
  });
});

describe("a download", () => {
  it("offers what the description and the links announce, and no pages", () => {
    const api = {
      paths: { "/collections/parcels/items": { get: { parameters: [{ $ref: "#/components/parameters/f" }, { name: "limit", schema: { maximum: 500 } }] } } },
      components: { parameters: { f: { name: "f", schema: { enum: ["geojson", "json", "html", "csv"] } } } },
    };
    const links = [
      { rel: "items", href: "http://x/ogc/collections/parcels/items?f=html" },
      { rel: "enclosure", href: "http://x/ogc/collections/parcels/items?f=gpkg&lang=en" },
      { rel: "alternate", href: "http://x/ogc/collections/parcels?f=xml" },
    ];
    expect(formatsOf(api, "parcels", links)).toEqual({ formats: ["geojson", "csv", "gpkg"], most: 500 });
  });

  it("has the address of what is wished", () => {
    const wish: Wish = { layer: "parcels", format: "csv", crs: "http://c/1", filter: " use = 'a&b' ", date: "2024-01-31", box: [-77, -10, -76, -9], most: 500 };
    const { pathname, searchParams } = new URL(address(wish), "http://x");
    expect(pathname).toBe("/ogc/collections/parcels/items");
    expect(Object.fromEntries(searchParams)).toEqual({
      f: "csv",
      filter: "use = 'a&b'",
      datetime: "2024-01-31",
      bbox: "-77.000000,-10.000000,-76.000000,-9.000000",
      crs: "http://c/1",
    });
    expect(new URL(address({ ...wish, format: "geojson" }), "http://x").searchParams.get("limit")).toBe("500");
  });

  it("leaves out of the conditions what has no order and no text", () => {
    expect(queryable(["geom", { type: "object" }])).toEqual([]);
    expect(queryable(["valid_from", { title: "Desde", type: "string", format: "date" }])).toEqual([{ name: "valid_from", title: "Desde", type: "date", values: [] }]);
  });
});
