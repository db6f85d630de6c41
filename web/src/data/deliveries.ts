/** Deliveries as the service tells them: files brought, what was found in them, what an office decides. */

import type { Change, Counts, Kind } from "../files/changes.ts";
import type { Language } from "../state/url.ts";
import type { Text } from "../styles/model.ts";
import { ask, post } from "./desk.ts";
import type { Listed, Part } from "../files/layers.ts";
import { send, type Sent } from "./send.ts";

export type Severity = "error" | "warning" | "notice";
export type DeliveryState = "staging" | "needs_crs" | "checking" | "checked" | "accepted" | "rejected" | "revoked" | "broken";

/** A column of the file. */
export interface Column {
  readonly name: string;
  readonly filled: number;
  readonly samples: readonly string[];
  /** Why it was dropped: it looks like people. */
  readonly personal?: string;
}

/** A property that the layer takes. */
export interface Property {
  readonly name: string;
  readonly sql_type: string;
  readonly required: boolean;
}

/** Where a property comes from. */
export interface Origin {
  readonly property: string;
  readonly field: string;
  readonly kind: "text" | "number";
  readonly digits?: number;
  readonly factor?: number;
  readonly because?: string;
}

/** A way to read the file's numbers, with what speaks for it. */
export interface Proposal extends Text {
  readonly candidate: string;
  readonly srid: number;
  readonly inside_share: number;
  readonly corner_share: number | null;
  readonly overlap_share: number | null;
  readonly median_offset_m: number | null;
  readonly distance_km: number | null;
}

export interface Count {
  readonly class: string;
  readonly severity: Severity;
  readonly findings: number;
  readonly features: number;
  readonly repairable: number;
}

export interface Progress {
  readonly state: DeliveryState;
  readonly phase: string | null;
  readonly done: number | null;
  readonly total: number | null;
}

export interface Delivery {
  readonly id: number;
  readonly ubigeo: string;
  readonly target: string;
  readonly file_name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly sender: string;
  readonly accuracy_m: number | null;
  readonly driver: string | null;
  readonly fields: readonly Column[] | null;
  readonly properties: readonly Property[];
  readonly declared_crs: string | null;
  readonly proposals: readonly Proposal[] | null;
  readonly srid: number | null;
  readonly axes_swapped: boolean;
  readonly unit_m: number;
  readonly crs_how: string | null;
  readonly operation: string | null;
  readonly mapping: readonly Origin[] | null;
  readonly mapping_how: string | null;
  readonly state: DeliveryState;
  readonly trouble: Text | null;
  readonly read_count: number | null;
  readonly accepted_count: number | null;
  readonly repaired_count: number | null;
  readonly rejected_count: number | null;
  readonly received_at: string;
  readonly version: number;
  readonly layer: string | null;
  /** Deliveries of one upload share its number. */
  readonly bundle: number | null;
  /** The field copy that it returns. */
  readonly returns: number | null;
}

/** A delivery with what was found and how far the work is. */
export interface Told extends Delivery {
  readonly findings: readonly Count[];
  readonly progress: Progress;
  /** Of a return. */
  readonly changes: Counts | null;
}

export interface Finding extends Text {
  readonly id: number;
  readonly class: string;
  readonly severity: Severity;
  readonly feature?: number;
  readonly vertex?: number;
  readonly field?: string;
  readonly place?: readonly [number, number];
  readonly lon_lat?: readonly [number, number];
  readonly repair?: string;
}

export interface Repair {
  readonly feature: number;
  readonly class: string;
  readonly repair: string;
  readonly before: GeoJSON.Geometry;
  readonly after: GeoJSON.Geometry;
  readonly area_before_m2: number | null;
  readonly area_after_m2: number | null;
  readonly moved_m: number | null;
  readonly is_valid: boolean;
}

export interface Entering {
  readonly read_count: number | null;
  readonly accepted_count: number | null;
  readonly repaired_count: number | null;
  readonly rejected_count: number | null;
  readonly entered: number;
  readonly refused: readonly { readonly feature: number; readonly rule: string; readonly message: string }[];
}

export const isBusy = ({ state }: { state: DeliveryState }): boolean => state === "staging" || state === "checking";

const ALL = "/api/v1/deliveries";
const at = (id: number): string => `${ALL}/${id}`;

export interface New {
  readonly files: readonly File[];
  readonly said: Readonly<Record<string, string>>;
}

/** Brings a file; the same `key` again brings it once. `onSent` hears how much of it went out. */
export function bring({ files, said }: New, key: string, onSent: (sent: Sent) => void): Promise<Delivery> {
  return send<Delivery>(ALL, formOf({ files, said }), { "idempotency-key": key }, onSent);
}

/** What layers a file has; nothing of it is kept. */
export function layersOf(files: readonly File[], said: New["said"], onSent: (sent: Sent) => void): Promise<{ readonly layers: readonly Listed[] }> {
  const { ubigeo = "", sender = "" } = said;
  return send(`${ALL}/layers`, formOf({ files, said: { ubigeo, sender } }), {}, onSent);
}

export interface Joined {
  readonly bundle: number;
  readonly deliveries: readonly (Delivery & { readonly entered?: number })[];
}

/** Brings several layers of a file at once. */
export function bringLayers({ files, said }: New, parts: readonly Part[], key: string, onSent: (sent: Sent) => void): Promise<Joined> {
  const alike = { ...said, target: "", layer: "", srid: "", plan: "", layers: JSON.stringify(parts) };
  return send<Joined>(ALL, formOf({ files, said: alike }), { "idempotency-key": key }, onSent);
}

const whole = (number: number): string => `/api/v1/bundles/${number}`;

export const bundle = (number: number): Promise<Joined> => ask<Joined>(whole(number));

/** A decision on all of them, at the version that was seen: the sum of theirs. */
export function decideAll({ bundle, deliveries }: Joined, what: "accept" | "revoke", reason: string, key: string): Promise<Joined> {
  const version = deliveries.reduce((sum, one) => sum + one.version, 0);
  return ask<Joined>(`${whole(bundle)}/${what}`, post({ reason }, { "if-match": `"${version}"`, "idempotency-key": key }));
}

function formOf({ files, said }: New): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries(said)) if (text !== "") form.append(name, text);
  for (const file of files) form.append("file", file);
  return form;
}

export interface Past {
  readonly deliveries: readonly Delivery[];
  readonly before: number | null;
}

export const list = (before?: number): Promise<Past> => ask<Past>(`${ALL}?limit=20${before ? `&before=${before}` : ""}`);

export const told = (id: number): Promise<Told> => ask<Told>(at(id));

export interface Found {
  readonly findings: readonly Finding[];
  readonly after: number | null;
}

export const findings = (id: number, kind: string, after: number): Promise<Found> =>
  ask<Found>(`${at(id)}/findings?class=${encodeURIComponent(kind)}&after=${after}&limit=50`);

export interface Changed {
  readonly features: readonly GeoJSON.Feature<GeoJSON.Geometry | null, Change>[];
  readonly after: number | null;
}

/** Changes of one kind. */
export const changes = (id: number, kind: Kind, after: number): Promise<Changed> => ask<Changed>(`${at(id)}/changes?change=${kind}&after=${after}&limit=50`);

/** The staged features, as they would enter. */
export const features = (id: number, limit: number): Promise<GeoJSON.FeatureCollection<GeoJSON.Geometry | null>> =>
  ask(`${at(id)}/features?limit=${limit}`);

export interface Seen extends GeoJSON.FeatureCollection {
  readonly proposal: Proposal;
  readonly read_count: number;
  /** Features that have no place when their numbers are read so. */
  readonly placeless: number;
}

/** Where the delivery would lie by a proposal; nothing changes. */
export const seenBy = (id: number, candidate: string): Promise<Seen> => ask(`${at(id)}/preview?candidate=${encodeURIComponent(candidate)}&limit=2000`);

/** Follows the work until it rests, by server-sent events; returns how to stop. */
export function followWork(id: number, onProgress: (progress: Progress) => void, onEnd: () => void): () => void {
  const events = new EventSource(`${at(id)}/events`);
  const tell = (event: MessageEvent<string>) => onProgress(JSON.parse(event.data) as Progress);
  events.addEventListener("progress", tell);
  events.addEventListener("end", (event) => {
    events.close();
    tell(event);
    onEnd();
  });
  return () => events.close();
}

/** A decision on the version that was seen. */
export function decide<T>(delivery: Pick<Delivery, "id" | "version">, what: string, body: unknown, key: string): Promise<T> {
  const init = post(body, { "if-match": `"${delivery.version}"`, "idempotency-key": key });
  return ask<T>(`${at(delivery.id)}/${what}`, what === "mapping" ? { ...init, method: "PUT" } : init);
}

/** What went out to be edited in the field. */
export interface FieldCopy {
  readonly id: number;
  readonly target: string;
  readonly features: number;
  readonly taken_at: string;
}

const COPIES = "/api/v1/field_copies";

/** Those that the office took last. */
export const copies = async (): Promise<readonly FieldCopy[]> => (await ask<{ field_copies: readonly FieldCopy[] }>(`${COPIES}?limit=5`)).field_copies;

/** Takes one; the same `key` again takes it once. */
export const takeOut = (wanted: Readonly<Record<string, string>>, key: string): Promise<FieldCopy> => ask<FieldCopy>(COPIES, post(wanted, { "idempotency-key": key }));

export const fileOf = (copy: number): string => `${COPIES}/${copy}/file`;

export interface Choices {
  readonly districts: readonly (readonly [ubigeo: string, name: string])[];
  readonly targets: readonly (readonly [layer: string, title: string])[];
}

interface Api {
  readonly paths: Readonly<Record<string, { readonly post?: unknown }>>;
}

/** The districts on record, and the layers into which this account may enter features. */
export async function choices(language: Language): Promise<Choices> {
  const [districts, api, collections] = await Promise.all([
    ask<{ features: readonly { properties: { ubigeo: string; name: string } }[] }>("/ogc/collections/district/items?f=json&skipGeometry=true&limit=10000"),
    ask<Api>("/ogc/api?f=json"),
    ask<{ collections: readonly { id: string; title: string }[] }>(`/ogc/collections?f=json&lang=${language}`),
  ]);
  const isOpen = (id: string) => api.paths[`/collections/${id}/items`]?.post !== undefined;
  return {
    districts: districts.features.map(({ properties: { ubigeo, name } }) => [ubigeo, `${name} (${ubigeo})`] as const),
    targets: collections.collections.filter(({ id }) => isOpen(id)).map(({ id, title }) => [id, title] as const),
  };
}
