import { describe, expect, it } from "vitest";
import type { Entry, Unit } from "../src/data/register.ts";
import { blankTransfer, fraction, transferOf, trialOf } from "../src/desk/transfer.ts";

const held: Entry = {
  entry: 11,
  right: 1,
  kind: "ownership",
  party: 5,
  share: "1/2",
  valid_from: "2010-01-01",
  valid_until: null,
  source: null,
  registry_entry: null,
};
const unit: Unit = { id: 3, crc: null, version: "7", rights: [held], sources: [] };

describe("a transfer", () => {
  it("reads fractions as they are, without rounding", () => {
    expect([fraction("1/6"), fraction(" 2 / 12 "), fraction("1"), fraction("0.5"), fraction("1/"), fraction("")]).toEqual([
      "1/6",
      "2/12",
      "1/1",
      undefined,
      undefined,
      undefined,
    ]);
    expect(fraction("1/9223372036854775807")).toBe("1/9223372036854775807");
  });

  it("can be tried once it is said who gets what, and done once it is said why and by which document", () => {
    const draft = blankTransfer(held, "2026-06-01");
    expect(draft.share).toBe("1/2");
    expect(trialOf(draft, unit, held)).toBeUndefined();
    const given = { ...draft, share: "1/6", to: [{ party: 9, name: "", part: "1" }] };
    expect(trialOf(given, unit, held)).toMatchObject({ unit: 3, version: "7", right: 1, share: "1/6", to: [{ party: 9, part: "1/1" }] });
    expect(transferOf(given, unit, held)).toBeUndefined();
    const proved = { ...given, sourceNumber: "12", sourceOffice: "Notaría", reason: "compraventa" };
    expect(transferOf(proved, unit, held)).toMatchObject({ reason: "compraventa", source: { number: "12", office: "Notaría" } });
    expect(transferOf({ ...proved, reason: "x" }, unit, held)).toBeUndefined();
    expect(trialOf({ ...given, to: [{ party: 9, name: "", part: "half" }] }, unit, held)).toBeUndefined();
  });
});
