import { createRoot } from "solid-js";
import { describe, expect, it } from "vitest";
import { blank, createDraft, metres, operationOf, typedPlace } from "../src/desk/draft.ts";

describe("a draft", () => {
  it("can be undone and done again", () => {
    createRoot((dispose) => {
      const { draft, change, undo, redo, past, future } = createDraft("A");
      change({ line: [[1, 2]] });
      change({ line: [[1, 2], [3, 4]] });
      undo();
      expect(draft().line).toEqual([[1, 2]]);
      redo();
      expect(draft().line).toHaveLength(2);
      undo();
      undo();
      undo();
      expect([draft().line, past().length, future().length]).toEqual([[], 0, 2]);
      change({ lawful: false });
      expect(future()).toEqual([]);
      dispose();
    });
  });

  it("is an operation once nothing is missing", () => {
    const draft = blank("A");
    expect(operationOf(draft, "why")).toBeUndefined();
    expect(operationOf({ ...draft, line: [[1, 2], [3, 4]] }, "why")).toEqual({
      kind: "split",
      codes: ["A"],
      reason: "why",
      body: { cut: { line: [[1, 2], [3, 4]] }, lawful: true },
    });
    const legs = { ...draft, cutBy: "legs" as const, from: [1, 2] as const, legs: [{ bearing: "N 10 E", distance: "5,5" }] };
    expect(operationOf(legs, "why")?.body).toEqual({ cut: { legs: { from: [1, 2], legs: [{ bearing: 10, distance: 5.5 }] } }, lawful: true });
    expect(operationOf({ ...legs, legs: [...legs.legs, { bearing: "", distance: "" }] }, "why")).toBeUndefined();
    const area = { ...draft, cutBy: "area" as const, area: "60", towards: "90" };
    expect(operationOf(area, "why")?.body).toEqual({ cut: { area: { area_m2: 60, towards: 90 } }, lawful: true });
    expect(operationOf({ ...draft, kind: "merge" }, "why")).toBeUndefined();
    expect(operationOf({ ...draft, kind: "merge", codes: ["A", "B"] }, "why")?.codes).toEqual(["A", "B"]);
    expect(operationOf({ ...draft, kind: "adjust" }, "why")).toBeUndefined();
  });

  it("reads numbers as people type them", () => {
    expect([metres("1,5"), metres(" 2.25 "), metres("0"), metres("x"), metres("")]).toEqual([1.5, 2.25, undefined, undefined, undefined]);
    expect(typedPlace("196000.0004", "8816000.1236")).toEqual([196000, 8816000.124]);
  });
});
