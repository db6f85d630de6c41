/** A transfer as it is being prepared. */

import type { Entry, NewSource, Transfer, Unit } from "../data/register.ts";

export const SOURCE_KINDS = ["deed", "private_deed", "court_ruling", "resolution", "title", "registry_entry"] as const;

export interface TransferDraft {
  /** The share of the whole unit that goes. */
  readonly share: string;
  readonly to: readonly { readonly party: number; readonly name: string; readonly part: string }[];
  readonly day: string;
  readonly sourceKind: string;
  readonly sourceNumber: string;
  readonly sourceOffice: string;
  readonly sourceDay: string;
  readonly reason: string;
}

export function blankTransfer(held: Entry, today: string): TransferDraft {
  return {
    share: held.share,
    to: [],
    day: today,
    sourceKind: "deed",
    sourceNumber: "",
    sourceOffice: "",
    sourceDay: today,
    reason: "",
  };
}

/** A fraction as people type it, such as 1/6; none for what is no fraction. The service judges whether it may be. */
export function fraction(text: string): string | undefined {
  const [, numerator, denominator] = /^\s*(\d{1,19})\s*(?:\/\s*(\d{1,19}))?\s*$/.exec(text) ?? [];
  return numerator ? `${numerator}/${denominator ?? "1"}` : undefined;
}

/** What is taken on trial for what is not typed yet: a trial shows shares and rules, and writes nothing. */
const TRIAL = "ensayo";

/** The draft as a transfer on trial; none while who gets what is not said. */
export function trialOf(draft: TransferDraft, unit: Unit, held: Entry): Transfer | undefined {
  const share = fraction(draft.share);
  const to = draft.to.flatMap(({ party, part }) => {
    const exact = fraction(part);
    return exact ? [{ party, part: exact }] : [];
  });
  if (!share || !draft.day || to.length === 0 || to.length < draft.to.length) return undefined;
  return {
    unit: unit.id,
    version: unit.version,
    right: held.right,
    share,
    to,
    effective_on: draft.day,
    reason: TRIAL,
    source: { kind: draft.sourceKind, number: TRIAL, office: TRIAL, issued_on: draft.sourceDay || draft.day },
  };
}

/** The draft as a transfer in earnest; none while its reason or its document is not said. */
export function transferOf(draft: TransferDraft, unit: Unit, held: Entry): Transfer | undefined {
  const trial = trialOf(draft, unit, held);
  const source = sourceOf(draft);
  const reason = draft.reason.trim();
  return trial && source && reason.length >= 8 ? { ...trial, reason, source } : undefined;
}

function sourceOf(draft: TransferDraft): NewSource | undefined {
  const [number, office] = [draft.sourceNumber.trim(), draft.sourceOffice.trim()];
  return number && office && draft.sourceDay ? { kind: draft.sourceKind, number, office, issued_on: draft.sourceDay } : undefined;
}
