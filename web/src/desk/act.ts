/** An act on the register as it is being prepared. */

import type { Act, ActKind, ActReport, Entry, NewSource, PastAct, Restriction, Unit } from "../data/register.ts";
import type { Refusal } from "../data/desk.ts";

export const SOURCE_KINDS = [
  "deed",
  "private_deed",
  "intestate_succession",
  "will",
  "court_ruling",
  "resolution",
  "title",
  "registry_entry",
  "possession_certificate",
  "plan",
] as const;

export const RIGHT_KINDS = ["usufruct", "use", "lease", "surface", "possession", "ownership"] as const;

export const RESTRICTION_KINDS = [
  "mortgage",
  "right_of_way",
  "transfer_ban",
  "attachment",
  "preventive_entry",
  "use_condition",
  "responsibility",
] as const;

/** What an act is about: the unit as a whole, one of its entries, a restriction on it, an act on record. */
export type About =
  | { readonly is: "unit" }
  | { readonly is: "entry"; readonly entry: Entry }
  | { readonly is: "restriction"; readonly restriction: Restriction }
  | { readonly is: "act"; readonly act: PastAct };

/** The acts that can be done about it; the first one is proposed. */
export const actsAbout = (about: About): readonly ActKind[] =>
  (
    {
      unit: ["constitution", "burden"],
      entry: ["transfer", "succession", "extinction", "correction", "annulment"],
      restriction: ["release"],
      act: ["annulment"],
    } as const
  )[about.is];

export type Receivers = readonly { readonly party: number; readonly name: string; readonly part: string }[];

/** An entry as it should read. What is as it was is not sent. */
export interface Correction {
  readonly entry: Entry;
  readonly party: { readonly id: number; readonly name: string } | undefined;
  readonly share: string;
  readonly from: string;
  readonly until: string;
  readonly registryEntry: string;
}

export interface ActDraft {
  readonly kind: ActKind;
  /** The share of the whole unit that goes. */
  readonly share: string;
  readonly rightKind: string;
  readonly to: Receivers;
  readonly day: string;
  readonly until: string;
  readonly registryEntry: string;
  readonly corrections: readonly Correction[];
  readonly restrictionKind: string;
  /** What a restriction says, in a public line. */
  readonly title: string;
  /** The parcel that it lies on; empty: the whole unit. */
  readonly parcel: string;
  /** The office to ask about it. */
  readonly asks: string;
  /** A source on record; none: a new one. */
  readonly sourceId: number | undefined;
  readonly sourceKind: string;
  readonly sourceNumber: string;
  readonly sourceOffice: string;
  readonly sourceDay: string;
  readonly reason: string;
}

export function blankAct(about: About, today: string): ActDraft {
  return {
    kind: actsAbout(about)[0] ?? "constitution",
    share: about.is === "entry" ? about.entry.share : "1/1",
    rightKind: RIGHT_KINDS[0],
    to: [],
    day: today,
    until: "",
    registryEntry: "",
    corrections: about.is === "entry" ? [asItReads(about.entry)] : [],
    restrictionKind: RESTRICTION_KINDS[0],
    title: "",
    parcel: "",
    asks: "",
    sourceId: undefined,
    sourceKind: SOURCE_KINDS[0],
    sourceNumber: "",
    sourceOffice: "",
    sourceDay: today,
    reason: "",
  };
}

export const asItReads = (entry: Entry): Correction => ({
  entry,
  party: undefined,
  share: entry.share,
  from: entry.valid_from ?? "",
  until: entry.valid_until ?? "",
  registryEntry: entry.registry_entry ?? "",
});

/** A fraction as people type it, such as 1/6; none for what is no fraction. The service judges whether it may be. */
export function fraction(text: string): string | undefined {
  const [, numerator, denominator] = /^\s*(\d{1,19})\s*(?:\/\s*(\d{1,19}))?\s*$/.exec(text) ?? [];
  return numerator ? `${numerator}/${denominator ?? "1"}` : undefined;
}

/** Everybody gets the same. */
export const equalParts = (to: Receivers): Receivers => to.map((one) => ({ ...one, part: `1/${to.length}` }));

/** What stands in the way at a field: what is missing or no number, or a rule that is about that field. */
export type Field = "share" | "day" | "until" | "to" | "entries" | "reason" | "title" | "sourceNumber" | "sourceOffice" | "sourceDay";
export type Flaw = "fractionWrong" | "dayMissing" | "reasonShort" | "numberMissing" | "officeMissing" | "nothingCorrected" | "incompleteTo" | "partsMissing" | "titleMissing";

const isDated = (kind: ActKind): boolean => kind !== "correction" && kind !== "annulment";
const hasReceivers = (kind: ActKind): boolean => kind === "constitution" || kind === "transfer" || kind === "succession";

/** What keeps the draft from being tried. */
export function gaps(draft: ActDraft): Partial<Record<Field, Flaw>> {
  const { kind } = draft;
  const isWhole = draft.to.every(({ part }) => fraction(part));
  const to = draft.to.length === 0 ? "incompleteTo" : isWhole ? undefined : "partsMissing";
  return {
    ...(kind === "transfer" && !fraction(draft.share) ? { share: "fractionWrong" } : {}),
    ...(isDated(kind) && !draft.day ? { day: "dayMissing" } : {}),
    ...(hasReceivers(kind) && to ? { to } : {}),
    ...(kind === "burden" && !draft.title.trim() ? { title: "titleMissing" } : {}),
    ...(kind === "correction" && !isCorrected(draft) ? { entries: "nothingCorrected" } : {}),
  };
}

/** What else keeps it from being done: why, and by which document. */
export function missing(draft: ActDraft): Partial<Record<Field, Flaw>> {
  const isNew = draft.sourceId === undefined;
  return {
    ...(draft.reason.trim().length < 8 ? { reason: "reasonShort" } : {}),
    ...(isNew && !draft.sourceNumber.trim() ? { sourceNumber: "numberMissing" } : {}),
    ...(isNew && !draft.sourceOffice.trim() ? { sourceOffice: "officeMissing" } : {}),
    ...(isNew && !draft.sourceDay ? { sourceDay: "dayMissing" } : {}),
  };
}

/** Each entry says something else than it did. */
function isCorrected({ corrections }: ActDraft): boolean {
  const isSaid = (one: Correction): boolean => Object.keys(changesOf(one)).length > 0 && fraction(one.share) !== undefined;
  return corrections.length > 0 && corrections.every(isSaid);
}

/** What is put right; what was deleted is taken away. */
function changesOf({ entry, party, share, from, until, registryEntry }: Correction): Record<string, unknown> {
  const put = (before: string | null, after: string) => (after.trim() === (before ?? "") ? undefined : after.trim() || null);
  const changed = {
    party: party && party.id !== entry.party ? party.id : undefined,
    share: fraction(share) === entry.share ? undefined : fraction(share),
    valid_from: put(entry.valid_from, from),
    valid_until: put(entry.valid_until, until),
    registry_entry: put(entry.registry_entry, registryEntry),
  };
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
}

/** What is taken on trial for what is not typed yet: a trial shows shares and rules, and writes nothing. */
const TRIAL = "ensayo";

/** The draft as an act on trial; none while what is to be done is not said. */
export function trialOf(draft: ActDraft, about: About, unit: Unit): Act | undefined {
  if (Object.keys(gaps(draft)).length > 0) return undefined;
  const proof = { kind: draft.sourceKind, number: TRIAL, office: TRIAL, issued_on: draft.sourceDay || draft.day };
  const source = draft.sourceId === undefined ? { source: proof } : { source_id: draft.sourceId };
  const day = isDated(draft.kind) ? { effective_on: draft.day } : {};
  const body = { version: unit.version, reason: TRIAL, ...source, ...day, ...membersOf(draft, about) };
  return { unit: unit.id, kind: draft.kind, body };
}

/** The draft as an act in earnest; none while its reason or its document is not said. */
export function actOf(draft: ActDraft, about: About, unit: Unit): Act | undefined {
  const trial = trialOf(draft, about, unit);
  if (!trial || Object.keys(missing(draft)).length > 0) return undefined;
  const source = draft.sourceId === undefined ? { source: sourceOf(draft) } : {};
  return { ...trial, body: { ...trial.body, reason: draft.reason.trim(), ...source } };
}

function membersOf(draft: ActDraft, about: About): Record<string, unknown> {
  const right = about.is === "entry" ? { right: about.entry.right } : {};
  const to = { to: draft.to.map(({ party, part }) => ({ party, part: fraction(part) })) };
  const inRegistry = draft.registryEntry.trim() ? { registry_entry: draft.registryEntry.trim() } : {};
  switch (draft.kind) {
    case "constitution":
      return { right_kind: draft.rightKind, ...to, ...inRegistry, ...(draft.until ? { valid_until: draft.until } : {}) };
    case "transfer":
      return { ...right, share: fraction(draft.share), ...to, ...inRegistry };
    case "succession":
      return { ...right, ...to, ...inRegistry };
    case "extinction":
      return right;
    case "burden":
      return {
        kind: draft.restrictionKind,
        title: draft.title.trim(),
        ...(draft.parcel ? { parcel: draft.parcel } : {}),
        ...(draft.asks.trim() ? { office: draft.asks.trim() } : {}),
        ...(draft.until ? { valid_until: draft.until } : {}),
      };
    case "release":
      return about.is === "restriction" ? { restriction: about.restriction.restriction } : {};
    case "correction":
      return { entries: draft.corrections.map((one) => ({ entry: one.entry.entry, ...changesOf(one) })) };
    case "annulment":
      return about.is === "act" ? { annuls: about.act.id } : { entries: about.is === "entry" ? [about.entry.entry] : [] };
  }
}

function sourceOf(draft: ActDraft): NewSource {
  return { kind: draft.sourceKind, number: draft.sourceNumber.trim(), office: draft.sourceOffice.trim(), issued_on: draft.sourceDay };
}

/** Which field of the form a rule of the register is about. */
const FIELD_OF_RULE: Readonly<Record<string, Field>> = {
  parts_sum_to_one: "to",
  party_receives_once: "to",
  transfer_goes_to_another: "to",
  party_is_recorded: "to",
  transfer_is_of_what_is_held: "share",
  share_fits_the_register: "share",
  right_is_in_force: "day",
  right_goes_on: "day",
  act_takes_effect_by_today: "day",
  restriction_is_in_force: "day",
  period_is_not_empty: "until",
  tenure_right_shares_sum_to_one: "entries",
  correction_changes_something: "entries",
};
const FIELD_OF_MEMBER: Readonly<Record<string, Field>> = {
  reason: "reason",
  effective_on: "day",
  "source.number": "sourceNumber",
  "source.office": "sourceOffice",
  "source.issued_on": "sourceDay",
};

/** What the service said of single fields, in the words of `say`. */
export function flawsSaid(
  say: { readonly broken: (one: ActReport["broken"][number]) => string; readonly text: (text: string) => string },
  report: ActReport | undefined,
  refusal: Refusal | undefined,
): Partial<Record<Field, string>> {
  const said: Partial<Record<Field, string>> = {};
  const add = (field: Field | undefined, text: string): void => {
    if (field && !said[field]?.includes(text)) said[field] = [said[field], text].filter(Boolean).join(" ");
  };
  report?.broken.forEach((one) => add(FIELD_OF_RULE[one.name], say.broken(one)));
  refusal?.violations.forEach((one) => add(FIELD_OF_RULE[one.rule], say.text(one.detail)));
  if (refusal?.parameter) add(FIELD_OF_MEMBER[refusal.parameter], say.text(refusal.detail));
  return said;
}
