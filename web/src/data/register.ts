/** What the titling office asks of the register: rights over units, acts, parties. */

import type { Text } from "../styles/model.ts";
import { ask, post, refusalOf } from "./desk.ts";

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
  readonly about_person: boolean;
}

/** A file of a source; its hash is its address. */
export interface FileOf {
  readonly sha256: string;
  readonly media_type: string;
  readonly size: number;
  readonly attached_at: string;
}

export type ActKind = "constitution" | "transfer" | "succession" | "extinction" | "burden" | "release" | "correction" | "annulment";

/** An act on record. */
export interface PastAct {
  readonly id: number;
  readonly act: string;
  readonly effective_on: string | null;
  readonly source: number;
  readonly annuls: number | null;
  readonly annulled: boolean;
  readonly role: string;
  readonly at: string;
}

/** A restriction or a responsibility on a unit, or on one of its parcels. It names nobody. */
export interface Restriction {
  readonly restriction: number;
  readonly kind: string;
  readonly title: string;
  readonly parcel: string | null;
  readonly norm: string | null;
  readonly office: string | null;
  readonly valid_from: string | null;
  readonly valid_until: string | null;
  readonly source: number | null;
}

/** A property unit with its rights as their next writer must know them. */
export interface Unit {
  readonly id: number;
  readonly crc: string | null;
  readonly version: string;
  readonly parcels: readonly string[];
  readonly rights: readonly Entry[];
  readonly restrictions: readonly Restriction[];
  readonly sources: readonly Source[];
  /** The last one first. */
  readonly acts: readonly PastAct[];
}

export interface NewSource {
  readonly kind: string;
  readonly number: string;
  readonly office: string;
  readonly issued_on: string;
}

/** An act as it is sent: the members of its kind, and its terms. */
export interface Act {
  readonly unit: number;
  readonly kind: ActKind;
  readonly body: Readonly<Record<string, unknown>>;
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
  readonly since: string | null;
  readonly sum: string | null;
}

export interface ActReport {
  readonly act_id: number | null;
  readonly version: string | null;
  readonly broken: readonly Broken[];
  readonly shares: readonly Line[];
  readonly entries: readonly (Entry & { readonly part: string })[];
  readonly burdens: readonly { readonly part: string; readonly kind: string; readonly title: string | null }[];
  readonly cases: readonly { readonly code: string; readonly reference: string }[];
  readonly restrictions: readonly { readonly title: string; readonly norm: string | null }[];
}

export interface Party {
  readonly id: number;
  readonly name: string;
}

export const units = async (code: string, date: string | undefined): Promise<readonly Unit[]> =>
  (await ask<{ units: readonly Unit[] }>(`/api/v1/parcels/${encodeURIComponent(code)}/units${date ? `?as_of=${date}` : ""}`)).units;

export const unit = (id: number): Promise<Unit> => ask<Unit>(`/api/v1/units/${id}`);

const address = ({ unit, kind }: Act): string => `/api/v1/units/${unit}/rights/${kind}`;

/** What the act would do; nothing is written. */
export function tryAct(act: Act, signal: AbortSignal): Promise<ActReport> {
  return ask<ActReport>(`${address(act)}?dry_run=true`, { ...post(act.body), signal });
}

/** Does it; the same `key` again gets the same answer and does nothing twice. */
export function doAct(act: Act, key: string): Promise<ActReport> {
  return ask<ActReport>(address(act), post(act.body, { "idempotency-key": key }));
}

const filesAt = (source: number): string => `/api/v1/sources/${source}/files`;

export const filesOf = async (source: number): Promise<readonly FileOf[]> =>
  (await ask<{ files: readonly FileOf[] }>(`/api/v1/sources/${source}`)).files;

/** Lays a file to a document; the service judges its type by its bytes, and the same bytes again are the same file. */
export async function attach(source: number, file: File): Promise<readonly FileOf[]> {
  const init = { method: "POST", body: file, headers: { "content-type": "application/octet-stream" } };
  return (await ask<{ files: readonly FileOf[] }>(filesAt(source), init)).files;
}

/** The bytes of a file of a document about a person, for a purpose that the service notes. */
export async function personalBytes(source: number, sha256: string, purpose: string): Promise<Blob> {
  const answer = await fetch(`${filesAt(source)}/${sha256}`, post({ purpose }));
  if (!answer.ok) throw await refusalOf(answer);
  return answer.blob();
}

/** Who has this document, told for a purpose that the service notes. */
export const findParties = async (document: string, purpose: string): Promise<readonly Party[]> =>
  (await ask<{ parties: readonly Party[] }>("/api/v1/parties/find", post({ document, purpose }))).parties;

export async function recordParty(name: string, documentKind: string, document: string, reason: string, key: string): Promise<number> {
  const kind = documentKind === "RUC" ? "legal" : "natural";
  const body = { kind, name, document_kind: documentKind, document_number: document, reason };
  return (await ask<{ party: number }>("/api/v1/parties", post(body, { "idempotency-key": key }))).party;
}
