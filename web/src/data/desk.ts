/** What the officer's desk asks of the service: who is at work, a parcel for its next writer, operations, holders. */

import type { Text } from "../styles/model.ts";

export interface Me {
  readonly signed_in: boolean;
  readonly account: string | null;
  readonly offices: readonly string[];
}

export type Place = readonly [easting: number, northing: number];

/** A parcel as its next writer must know it. */
export interface Standing {
  readonly code: string;
  readonly version: string;
  readonly fabric_state: "agreed" | "provisional";
  readonly began: string;
  readonly grid_area_m2: number | null;
  readonly held_by: string | null;
  readonly polygon: string | null;
}

export interface Leg {
  readonly bearing: number;
  readonly distance: number;
}
export type Cut =
  | { readonly line: readonly Place[] }
  | { readonly legs: { readonly from: Place; readonly legs: readonly Leg[] } }
  | { readonly area: { readonly area_m2: number; readonly towards: number } };
export type CornerChange =
  | { readonly move: { readonly from: Place; readonly to: Place } }
  | { readonly insert: { readonly at: Place } }
  | { readonly remove: { readonly at: Place } };

export type Kind = "split" | "detach" | "merge" | "adjust" | "replace" | "correct" | "agree" | "retire";

/** An operation as it is sent: on one parcel or on several, with what belongs to its kind. */
export interface Operation {
  readonly kind: Kind;
  readonly codes: readonly string[];
  readonly reason: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Measures {
  readonly grid_area_m2: number;
  readonly perimeter_m: number;
}

export interface Touched {
  readonly code: string;
  readonly part: "ends" | "begins" | "changes" | "gets_corner";
  readonly fabric_state: string | null;
  readonly before: Measures | null;
  readonly after: Measures | null;
}

export interface Broken extends Text {
  readonly name: string;
  readonly norm: string;
  readonly parcel: string | null;
  readonly other: string | null;
  readonly measure: number | null;
  readonly at: Place | null;
}

export interface Report {
  readonly operation_id: number | null;
  readonly dry_run: boolean;
  readonly broken: readonly Broken[];
  readonly parcels: readonly Touched[];
  readonly cases: readonly { readonly code: string; readonly reference: string }[];
  readonly rights: readonly { readonly code: string; readonly crc: string | null; readonly kind: string; readonly holders: number }[];
  readonly restrictions: readonly { readonly code: string; readonly title: string; readonly norm: string | null }[];
  readonly preview: GeoJSON.FeatureCollection;
}

export interface Lineage {
  readonly parcels: readonly {
    readonly code: string;
    readonly generation: number;
    readonly in_force: boolean;
    readonly began: string | null;
    readonly ended: string | null;
  }[];
  readonly links: readonly {
    readonly parent: string;
    readonly child: string;
    readonly operation: string;
    readonly effective_on: string;
    readonly source: string | null;
  }[];
}

export interface Holder {
  readonly right_kind: string;
  readonly share_numerator: number;
  readonly share_denominator: number;
  readonly registry_entry: string | null;
  readonly party_id: number;
  readonly name: string;
  readonly document_kind: string | null;
  readonly document_number: string | null;
}

/** What the service refused, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly violations: readonly { readonly rule: string; readonly detail: string; readonly pointer?: string }[],
    /** The member of the request that was wrong, where it was one. */
    readonly parameter?: string,
  ) {
    super(detail);
  }
}

interface Problem {
  readonly detail?: string;
  readonly violations?: Refusal["violations"];
  readonly parameter?: string;
}

/** What an answer that is no success says. */
export async function refusalOf(answer: Response): Promise<Refusal> {
  const said = (await answer.json().catch(() => ({}))) as Problem;
  return new Refusal(answer.status, said.detail ?? answer.statusText, said.violations ?? [], said.parameter);
}

/** What went wrong, as a refusal: also where no answer came. */
export const refusal = (error: unknown): Refusal => (error instanceof Refusal ? error : new Refusal(0, error instanceof Error ? error.message : String(error), []));

export async function ask<T>(address: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(address, { ...init, headers: { accept: "application/json", ...init.headers } });
  if (!answer.ok) throw await refusalOf(answer);
  return (await answer.json()) as T;
}

export const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});

export const me = (): Promise<Me> => ask<Me>("/api/v1/me");

const at = (code: string): string => `/api/v1/parcels/${encodeURIComponent(code)}`;

export const standing = (code: string): Promise<Standing> => ask<Standing>(at(code));

export const lineage = (code: string, date: string | undefined): Promise<Lineage> =>
  ask<Lineage>(`${at(code)}/lineage${date ? `?as_of=${date}` : ""}`);

export const holders = (code: string, purpose: string, date: string | undefined): Promise<{ holders: readonly Holder[] }> =>
  ask(`${at(code)}/holders`, post({ purpose, ...(date ? { as_of: date } : {}) }));

function called({ kind, codes, reason, body }: Operation, versions: Readonly<Record<string, string>>): [string, unknown] {
  const expected = Object.fromEntries(codes.flatMap((code) => (versions[code] ? [[code, versions[code]]] : [])));
  const terms = { reason, expected, ...body };
  if (kind === "merge" || kind === "agree") return [`/api/v1/parcels/${kind}`, { ...terms, codes }];
  return [`${at(codes[0] ?? "")}/${kind}`, terms];
}

/** What the operation would do; nothing is written. */
export function attempt(operation: Operation, versions: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Report> {
  const [address, body] = called(operation, versions);
  return ask<Report>(`${address}?dry_run=true`, { ...post(body), signal });
}

/** Does it; the same `key` again gets the same answer and does nothing twice. */
export function perform(operation: Operation, versions: Readonly<Record<string, string>>, key: string): Promise<Report> {
  const [address, body] = called(operation, versions);
  return ask<Report>(address, post(body, { "idempotency-key": key }));
}

interface Items {
  readonly features: readonly { readonly geometry: GeoJSON.Geometry | null }[];
}

/** The polygons of the parcels inside a box, in metres of EPSG:32718 to the millimetre. */
export async function polygonsAround(box: readonly number[]): Promise<readonly GeoJSON.Geometry[]> {
  const query = new URLSearchParams({
    f: "json",
    limit: "300",
    bbox: box.map((side) => side.toFixed(7)).join(","),
    crs: "http://www.opengis.net/def/crs/EPSG/0/32718",
  });
  const { features } = await ask<Items>(`/ogc/collections/parcels/items?${query}`);
  return features.flatMap(({ geometry }) => (geometry ? [geometry] : []));
}
