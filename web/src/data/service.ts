/** What the map asks of the service. Every address is of the same origin. */

import type { Language } from "../state/url.ts";
import type { Extract } from "./extract.ts";

export type Box = readonly [west: number, south: number, east: number, north: number];

export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly box: Box | undefined;
  readonly hasGeometry: boolean;
}

export interface Catalogue {
  readonly collections: readonly Collection[];
  /** Said by a demonstration, in the language that was asked for. */
  readonly notice: string | undefined;
}

export interface Found {
  readonly kind: "parcel" | "settlement" | "street" | "coordinate" | "block";
  readonly code: string | null;
  readonly title: string;
  readonly subtitle: string | null;
  readonly href: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly bbox: Box | null;
}

export interface Feature {
  readonly id: string | number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Page {
  readonly features: readonly Feature[];
  readonly total: number;
}

export class Missing extends Error {}

async function json<T>(address: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(address, { headers: { accept: "application/json, application/geo+json;q=0.9" }, signal: signal ?? null });
  if (answer.status === 404) throw new Missing(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as T;
}

interface CollectionsJson {
  readonly attribution?: string | null;
  readonly collections: readonly {
    readonly id: string;
    readonly title: string;
    readonly description?: string;
    readonly extent?: { readonly spatial?: { readonly bbox: readonly Box[] } };
    readonly links: readonly { readonly rel: string }[];
  }[];
}

const TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";

export async function catalogue(language: Language): Promise<Catalogue> {
  const answer = await json<CollectionsJson>(`/ogc/collections?f=json&lang=${language}`);
  return {
    notice: answer.attribution ?? undefined,
    collections: answer.collections.map(({ id, title, description, extent, links }) => ({
      id,
      title,
      ...(description ? { description } : {}),
      box: extent?.spatial?.bbox[0],
      hasGeometry: links.some((link) => link.rel === TILESETS),
    })),
  };
}

export async function search(words: string, language: Language, signal: AbortSignal): Promise<readonly Found[]> {
  const query = new URLSearchParams({ q: words, lang: language });
  return (await json<{ results: readonly Found[] }>(`/buscar.json?${query}`, signal)).results;
}

export function extract(code: string, language: Language, date: string | undefined): Promise<Extract> {
  const query = new URLSearchParams({ lang: language, ...(date ? { as_of: date } : {}) });
  return json<Extract>(`/predio/${encodeURIComponent(code)}.json?${query}`);
}

interface ItemsJson {
  readonly features: readonly Feature[];
  readonly numberMatched?: number;
}

/** The features of a layer inside a box. */
export async function inside(layer: string, box: Box, date: string | undefined, limit: number, signal: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ f: "json", limit: String(limit), bbox: box.map((side) => side.toFixed(6)).join(",") });
  if (date) query.set("datetime", date);
  const { features, numberMatched } = await json<ItemsJson>(`/ogc/collections/${layer}/items?${query}`, signal);
  return { features, total: numberMatched ?? features.length };
}

/** The titles of a layer's fields. */
export async function fields(layer: string, language: Language): Promise<Readonly<Record<string, string>>> {
  const schema = await json<{ properties: Readonly<Record<string, { title?: string }>> }>(
    `/ogc/collections/${layer}/schema?lang=${language}`,
  );
  return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, field.title ?? name]));
}
