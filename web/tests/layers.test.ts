import { describe, expect, it } from "vitest";
import { drawn, drawnAs, type Listed, partsOf, suggested } from "../src/files/layers.ts";
import { percentOf } from "../src/data/send.ts";

const layer = (name: string, target: string | null, geometry = "Polygon"): Listed => ({
  layer: name,
  geometry,
  features: 3,
  declared_crs: null,
  declared_srid: null,
  target,
  because: null,
});
const listed = [layer("lots", "parcels"), layer("lots:LOTES", "parcels"), layer("lots:MANZANAS", "blocks"), layer("tabla", "parcels", "None"), layer("otra", null)];

describe("the layers of a file", () => {
  it("go where they are suggested to go, each layer of the cadastre once", () => {
    expect(suggested(listed)).toEqual({
      lots: { target: "parcels", srid: "" },
      "lots:LOTES": { target: "", srid: "" },
      "lots:MANZANAS": { target: "blocks", srid: "" },
      otra: { target: "", srid: "" },
    });
    expect(drawn(listed).map((one) => one.layer)).not.toContain("tabla");
  });

  it("are sent as they were chosen, in the order of the file", () => {
    const wanted = { ...suggested(listed), "lots:MANZANAS": { target: "blocks", srid: "4326" }, otra: { target: "zone_drafts", srid: "x" } };
    expect(partsOf(listed, wanted, "PDU")).toEqual([
      { layer: "lots", target: "parcels" },
      { layer: "lots:MANZANAS", target: "blocks", srid: 4326 },
      { layer: "otra", target: "zone_drafts", plan: "PDU" },
    ]);
  });
});

describe("what is drawn in a layer", () => {
  it("is told by the name of its geometry", () => {
    expect(["3D Multi Polygon", "Line String", "Multi Point", "Unknown (any)", "Curve Polygon"].map(drawnAs)).toEqual(["areas", "lines", "points", undefined, "areas"]);
  });
});

describe("what went out of a body", () => {
  it("is told in whole percent, never more than all", () => {
    expect([percentOf({ sent: 0, whole: 0 }), percentOf({ sent: 999, whole: 1000 }), percentOf({ sent: 1001, whole: 1000 })]).toEqual([0, 99, 100]);
  });
});
