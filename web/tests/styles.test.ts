import { validateStyleMin, type StyleSpecification } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { STYLES } from "../src/styles/all.ts";
import { drawn, minzoom, plain, textsOf, THEMES, type LayerStyle } from "../src/styles/model.ts";

const whole = (style: LayerStyle, layers: ReturnType<typeof drawn>): StyleSpecification => ({
  version: 8,
  sources: {
    any: { type: "vector", tiles: ["https://example.org/{z}/{y}/{x}"] },
    [textsOf(style.layer)]: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
  },
  layers,
});
const options = { shown: true, opacity: 50, source: "any" };

describe.each([...STYLES, plain("new_layer", { es: "Capa", en: "Layer" })])("style $id", (style) => {
  it.each(["light", "dark"] as const)("is a valid MapLibre style in the %s theme", (tone) => {
    expect(validateStyleMin(whole(style, drawn(style, { ...options, tone })))).toEqual([]);
  });

  it("leaves no word unexplained and has a title and labels in both languages", () => {
    expect(JSON.stringify(drawn(style, { ...options, tone: "light" }))).not.toContain("@");
    expect(THEMES).toContain(style.theme);
    for (const text of [style.title, ...style.classes.map((kind) => kind.label)]) {
      expect(text.es.trim()).not.toBe("");
      expect(text.en.trim()).not.toBe("");
    }
  });

  it("multiplies the reader's opacity with its own", () => {
    const at = (opacity: number) => drawn(style, { ...options, opacity, tone: "light" });
    expect(JSON.stringify(at(0))).toMatch(/opacity":0[,}]/);
    expect(at(50)).not.toEqual(at(100));
  });
});

describe("the styles together", () => {
  it("do not ask for parcels and buildings before they can be seen", () => {
    for (const style of STYLES) {
      if (["parcels", "buildings"].includes(style.layer)) expect(minzoom(style), style.id).toBeGreaterThanOrEqual(14);
    }
  });

  it("write a text once where tiles cut what it belongs to", () => {
    for (const style of STYLES) {
      const isOfAreas = ["fill", "outline", "hatch"].includes(style.symbol);
      for (const fragment of style.layers.filter((one) => one.type === "symbol")) expect(fragment.once ?? false, style.id).toBe(isOfAreas);
    }
  });

  it("name each layer's own classes only once", () => {
    for (const style of STYLES) {
      const values = style.classes.flatMap((kind) => kind.values ?? []);
      expect(new Set(values).size, style.id).toBe(values.length);
      expect(style.classes.filter((kind) => kind.other).length, style.id).toBeLessThanOrEqual(1);
    }
  });
});
