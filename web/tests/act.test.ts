import { describe, expect, it } from "vitest";
import type { Entry, Unit } from "../src/data/register.ts";
import { actOf, actsAbout, asItReads, blankAct, equalParts, fraction, gaps, missing, trialOf, type About } from "../src/desk/act.ts";

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
const unit: Unit = { id: 3, crc: null, version: "7", parcels: ["15020301001007"], rights: [held], restrictions: [], sources: [], acts: [] };
const entry: About = { is: "entry", entry: held };
const past = { id: 40, act: "transfer", effective_on: "2020-01-01", source: 2, annuls: null, annulled: false, role: "titling", at: "" };
const proof = { sourceNumber: "12", sourceOffice: "Notaría", reason: "compraventa" };
const to = [{ party: 9, name: "", part: "1" }];

describe("an act", () => {
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
    expect(equalParts([...to, ...to, ...to]).map((one) => one.part)).toEqual(["1/3", "1/3", "1/3"]);
  });

  it("can be tried once it is said who gets what, and done once it is said why and by which document", () => {
    const draft = blankAct(entry, "2026-06-01");
    expect([draft.kind, draft.share]).toEqual(["transfer", "1/2"]);
    expect(gaps(draft)).toEqual({ to: "incompleteTo" });
    expect(trialOf(draft, entry, unit)).toBeUndefined();
    const given = { ...draft, share: "1/6", to };
    const tried = { version: "7", right: 1, share: "1/6", to: [{ party: 9, part: "1/1" }], effective_on: "2026-06-01" };
    expect(trialOf(given, entry, unit)).toMatchObject({ unit: 3, kind: "transfer", body: tried });
    expect(missing(given)).toEqual({ reason: "reasonShort", sourceNumber: "numberMissing", sourceOffice: "officeMissing" });
    expect(actOf(given, entry, unit)).toBeUndefined();
    const done = actOf({ ...given, ...proof }, entry, unit);
    expect(done?.body).toMatchObject({ reason: "compraventa", source: { kind: "deed", number: "12", office: "Notaría" } });
    expect(actOf({ ...given, ...proof, reason: "x" }, entry, unit)).toBeUndefined();
    expect(gaps({ ...given, to: [{ party: 9, name: "", part: "half" }], share: "all" })).toEqual({ to: "partsMissing", share: "fractionWrong" });
  });

  it("is proved by a document on record as well", () => {
    const draft = { ...blankAct(entry, "2026-06-01"), to, reason: "compraventa", sourceId: 8 };
    const { body } = actOf(draft, entry, unit) ?? { body: {} };
    expect(body).toMatchObject({ source_id: 8 });
    expect(body).not.toHaveProperty("source");
  });

  it("passes a right to heirs, and constitutes one for a time", () => {
    const heirs = trialOf({ ...blankAct(entry, "2026-06-01"), kind: "succession", to }, entry, unit);
    expect(heirs).toMatchObject({ kind: "succession", body: { right: 1, to: [{ party: 9, part: "1/1" }] } });
    expect(heirs?.body).not.toHaveProperty("share");
    const about: About = { is: "unit" };
    const begun = trialOf({ ...blankAct(about, "2026-06-01"), to, until: "2030-01-01", registryEntry: " P-1 " }, about, unit);
    expect(begun).toMatchObject({ kind: "constitution", body: { right_kind: "usufruct", valid_until: "2030-01-01", registry_entry: "P-1" } });
  });

  it("corrects only what reads otherwise; what was deleted is taken away", () => {
    const draft = { ...blankAct(entry, "2026-06-01"), kind: "correction" as const };
    expect(gaps(draft)).toEqual({ entries: "nothingCorrected" });
    const put = { ...asItReads(held), share: "2/4", from: "" };
    const sent = trialOf({ ...draft, corrections: [put] }, entry, unit);
    expect(sent?.body).toMatchObject({ entries: [{ entry: 11, share: "2/4", valid_from: null }] });
    expect(sent?.body).not.toHaveProperty("effective_on");
  });

  it("ends a right, puts a burden on and takes it off", () => {
    const ended = trialOf({ ...blankAct(entry, "2026-06-01"), kind: "extinction" }, entry, unit);
    expect(ended).toMatchObject({ kind: "extinction", body: { right: 1, effective_on: "2026-06-01" } });
    expect(ended?.body).not.toHaveProperty("to");
    const whole: About = { is: "unit" };
    const burden = { ...blankAct(whole, "2026-06-01"), kind: "burden" as const };
    expect(gaps(burden)).toEqual({ title: "titleMissing" });
    expect(trialOf({ ...burden, title: "Hipoteca" }, whole, unit)?.body).toMatchObject({ kind: "mortgage", title: "Hipoteca" });
    const restriction = { restriction: 9, kind: "mortgage", title: "", parcel: null, norm: null, office: null, valid_from: null, valid_until: null, source: null };
    const about: About = { is: "restriction", restriction };
    expect(trialOf(blankAct(about, "2026-06-01"), about, unit)).toMatchObject({ kind: "release", body: { restriction: 9 } });
  });

  it("annuls an act with all that it did, or an entry that no act stands behind", () => {
    const act: About = { is: "act", act: past };
    expect(actsAbout(act)).toEqual(["annulment"]);
    expect(trialOf(blankAct(act, "2026-06-01"), act, unit)?.body).toMatchObject({ annuls: 40 });
    const draft = { ...blankAct(entry, "2026-06-01"), kind: "annulment" as const };
    expect(trialOf(draft, entry, unit)?.body).toMatchObject({ entries: [11] });
  });
});
