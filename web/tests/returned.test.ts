import { describe, expect, it } from "vitest";
import { kindsOf, rowsOf, type Counts } from "../src/files/changes.ts";
import { fileWords } from "../src/files/words.ts";

const counts: Counts = { same: 8, ours: 1, equal: 0, update: 2, merge: 0, create: 0, delete: 0, conflict: 3, operation: 0, refused: 0, open: 3, applied: 0 };

describe("a return", () => {
  it("tells what would be done before what stays", () => {
    expect(kindsOf(counts)).toEqual([
      ["update", 2],
      ["conflict", 3],
      ["ours", 1],
      ["same", 8],
    ]);
  });

  it("lays the three sides of each property beside each other, conflicts first", () => {
    const values = { address: { base: null, theirs: "Jr. Lima 4", ours: null }, diameter_mm: { base: 110, ours: 160 }, material: { base: "PVC", theirs: "HDPE", ours: "CI" } };
    expect(rowsOf({ values, conflicts: ["material"] })).toEqual([
      { field: "material", sides: ["PVC", "HDPE", "CI"], isConflict: true },
      { field: "address", sides: ["–", "Jr. Lima 4", "–"], isConflict: false },
      { field: "diameter_mm", sides: ["110", "–", "160"], isConflict: false },
    ]);
  });

  it("shows a new feature by its values", () => {
    expect(rowsOf({ values: { kind: "main", is_open: false }, conflicts: [] }).map(({ sides }) => sides[1])).toEqual(["false", "main"]);
    expect(rowsOf({ values: null, conflicts: [] })).toEqual([]);
  });

  it("has words for each kind in both languages", () => {
    for (const say of Object.values(fileWords)) {
      for (const [kind] of kindsOf(counts)) expect(say.changeKinds[kind]).toBeTruthy();
      expect(Object.keys(say.changeKinds).sort()).toEqual(["conflict", "create", "delete", "equal", "merge", "operation", "ours", "refused", "same", "update"]);
    }
  });
});
