/** What a layer can be downloaded as, and the address of a download. */

import type { Language } from "../state/url.ts";
import { ask } from "./desk.ts";
import type { Box } from "./service.ts";

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly schema?: { readonly enum?: readonly string[]; readonly maximum?: number };
}

interface Api {
  readonly paths: Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

interface CollectionJson {
  readonly title: string;
  readonly crs?: readonly string[];
  readonly storageCrs?: string;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

/** A property that a filter may name. */
export interface Queryable {
  readonly name: string;
  readonly title: string;
  readonly type: "string" | "number" | "integer" | "boolean" | "date" | "date-time";
  readonly values: readonly string[];
}

export interface Offer {
  readonly title: string;
  readonly formats: readonly string[];
  /** Most features that a page holds: formats of pages carry no more. */
  readonly most: number;
  readonly crs: readonly string[];
  readonly storageCrs: string | undefined;
  readonly queryables: readonly Queryable[];
}

interface QueryableJson {
  readonly title?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
}

/** Formats that are pages, cut at a number of features; every other one has all. */
export const PAGED: ReadonlySet<string> = new Set(["geojson"]);
/** Not files: a page for readers, and another name of the first. */
const NO_FILES: ReadonlySet<string> = new Set(["html", "json"]);

/** The formats that the API's description and the links of the collection announce. */
export function formatsOf(api: Api, layer: string, links: CollectionJson["links"]): { formats: readonly string[]; most: number } {
  const parameters = (api.paths[`/collections/${layer}/items`]?.get?.parameters ?? []).map((one) =>
    one.$ref ? api.components.parameters[one.$ref.split("/").at(-1) ?? ""] : one,
  );
  const named = (name: string) => parameters.find((one) => one?.name === name)?.schema;
  const linked = links
    .filter(({ rel, href }) => ["items", "enclosure", "alternate"].includes(rel) && /\/items\?/.test(href))
    .flatMap(({ href }) => new URL(href, "http://service.invalid").searchParams.get("f") ?? []);
  const formats = [...new Set([...(named("f")?.enum ?? []), ...linked])].filter((one) => !NO_FILES.has(one));
  return { formats, most: named("limit")?.maximum ?? 10_000 };
}

const isNumber = (type: string | undefined): type is "number" | "integer" => type === "number" || type === "integer";

export function queryable([name, { title, type, format, enum: values }]: [string, QueryableJson]): Queryable[] {
  const about = { name, title: title ?? name, values: (values ?? []).map(String) };
  if (isNumber(type) || type === "boolean") return [{ ...about, type }];
  if (type !== "string") return [];
  return [{ ...about, type: format === "date" || format === "date-time" ? format : "string" }];
}

export async function offer(layer: string, language: Language): Promise<Offer> {
  const at = `/ogc/collections/${encodeURIComponent(layer)}`;
  const [api, collection, queryables] = await Promise.all([
    ask<Api>("/ogc/api?f=json"),
    ask<CollectionJson>(`${at}?f=json&lang=${language}`),
    ask<{ properties: Readonly<Record<string, QueryableJson>> }>(`${at}/queryables?lang=${language}`),
  ]);
  return {
    title: collection.title,
    ...formatsOf(api, layer, collection.links),
    crs: collection.crs ?? [],
    storageCrs: collection.storageCrs,
    queryables: Object.entries(queryables.properties).flatMap(queryable),
  };
}

/** What somebody wants of a layer. */
export interface Wish {
  readonly layer: string;
  readonly format: string;
  readonly crs: string | undefined;
  readonly filter: string;
  readonly date: string | undefined;
  readonly box: Box | undefined;
  readonly most: number;
}

const items = (layer: string): string => `/ogc/collections/${encodeURIComponent(layer)}/items`;

function asked({ filter, date, box }: Wish): [string, string][] {
  return [
    ...(filter.trim() ? [["filter", filter.trim()] as [string, string]] : []),
    ...(date ? [["datetime", date] as [string, string]] : []),
    ...(box ? [["bbox", box.map((side) => side.toFixed(6)).join(",")] as [string, string]] : []),
  ];
}

/** The address that is downloaded. */
export function address(wish: Wish): string {
  const query = new URLSearchParams([["f", wish.format], ...asked(wish)]);
  if (wish.crs) query.set("crs", wish.crs);
  if (PAGED.has(wish.format)) query.set("limit", String(wish.most));
  return `${items(wish.layer)}?${query}`;
}

/** How many features it has. */
export async function hits(wish: Wish, signal: AbortSignal): Promise<number> {
  const query = new URLSearchParams([["f", "json"], ["resultType", "hits"], ...asked(wish)]);
  return (await ask<{ numberMatched: number }>(`${items(wish.layer)}?${query}`, { signal })).numberMatched;
}

const ENDINGS: Readonly<Record<string, string>> = { geojsonseq: "geojsonl", jsonfg: "fg.json", shp: "zip" };

export const fileName = ({ layer, format }: Wish): string => `${layer}.${ENDINGS[format] ?? format}`;
