/** What the titling office asks of the register: rights over units, acts, parties. */

import type { Text } from "../styles/model.ts";
import { ask, post } from "./desk.ts";

/** A right in one of its periods. Shares are exact, so they are text. */
export interface Entry {
  readonly entry: number;
  readonly right: number;
  readonly kind: string;
  readonly party: number;
  readonly share: string;
  readonly valid_from: string | null;
  readonly valid_until: string | null;
  readonly source: number | null;
  readonly registry_entry: string | null;
}

export interface Source {
  readonly id: number;
  readonly kind: string;
  readonly number: string | null;
  readonly title: string | null;
  readonly office: string | null;
  readonly issued_on: string | null;
}

/** A property unit with its rights as their next writer must know them. */
export interface Unit {
  readonly id: number;
  readonly crc: string | null;
  readonly version: string;
  readonly rights: readonly Entry[];
  readonly sources: readonly Source[];
}

export interface NewSource {
  readonly kind: string;
  readonly number: string;
  readonly office: string;
  readonly issued_on: string;
}

export interface Transfer {
  readonly unit: number;
  readonly version: string;
  readonly right: number;
  readonly share: string;
  readonly to: readonly { readonly party: number; readonly part: string }[];
  readonly effective_on: string;
  readonly reason: string;
  readonly source: NewSource;
}

export interface Line {
  readonly kind: string;
  readonly right: number;
  readonly party: number;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Broken extends Text {
  readonly name: string;
  readonly norm: string;
  readonly about: string | null;
  readonly sum: string | null;
}

export interface ActReport {
  readonly act_id: number | null;
  readonly version: string | null;
  readonly broken: readonly Broken[];
  readonly shares: readonly Line[];
  readonly cases: readonly { readonly code: string; readonly reference: string }[];
  readonly restrictions: readonly { readonly title: string; readonly norm: string | null }[];
}

export interface Party {
  readonly id: number;
  readonly name: string;
}

export const units = async (code: string, date: string | undefined): Promise<readonly Unit[]> =>
  (await ask<{ units: readonly Unit[] }>(`/api/v1/parcels/${encodeURIComponent(code)}/units${date ? `?as_of=${date}` : ""}`)).units;

const address = (unit: number): string => `/api/v1/units/${unit}/rights/transfer`;

/** What the transfer would do; nothing is written. */
export function tryTransfer({ unit, ...terms }: Transfer, signal: AbortSignal): Promise<ActReport> {
  return ask<ActReport>(`${address(unit)}?dry_run=true`, { ...post(terms), signal });
}

/** Does it; the same `key` again gets the same answer and does nothing twice. */
export function doTransfer({ unit, ...terms }: Transfer, key: string): Promise<ActReport> {
  return ask<ActReport>(address(unit), post(terms, { "idempotency-key": key }));
}

/** Who has this document, told for a purpose that the service notes. */
export const findParties = async (document: string, purpose: string): Promise<readonly Party[]> =>
  (await ask<{ parties: readonly Party[] }>("/api/v1/parties/find", post({ document, purpose }))).parties;

export async function recordParty(name: string, documentKind: string, document: string, reason: string, key: string): Promise<number> {
  const kind = documentKind === "RUC" ? "legal" : "natural";
  const body = { kind, name, document_kind: documentKind, document_number: document, reason };
  return (await ask<{ party: number }>("/api/v1/parties", post(body, { "idempotency-key": key }))).party;
}
