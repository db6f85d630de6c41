/** An outline as text: a corner on each line, an empty line before a hole, a line with `+` before another part. */

import type { Place } from "../data/desk.ts";
import { metresOf, ringsOf, toMillimetre } from "./corners.ts";

/** Parts, each an outer ring and its holes, without the closing corners. */
export type Outline = readonly (readonly (readonly Place[])[])[];

/** What was read, or the first line that is no corner. */
export type Read = { readonly outline: Outline } | { readonly wrongLine: number } | undefined;

/** The text of a polygon or multipolygon in WKT. */
export function outlineText(wkt: string): string {
  const parts = [...wkt.matchAll(/\(\(.*?\)\)/g)].map(([part]) => ringsOf(part));
  return parts.map((rings) => rings.map((ring) => ring.map(cornerText).join("\n")).join("\n\n")).join("\n+\n");
}

const cornerText = ([easting, northing]: Place): string => `${metresOf(easting)} ${metresOf(northing)}`;

/** Reads the text; nothing where a ring has fewer than three corners yet. */
export function readOutline(text: string): Read {
  const lines = text.split(/\r?\n/);
  const wrong = lines.findIndex((line) => !/^\s*\+?\s*$/.test(line) && !cornerOf(line));
  if (wrong >= 0) return { wrongLine: wrong + 1 };
  const parts = split(lines, (line) => line.trim() === "+").map((part) =>
    split(part, (line) => line.trim() === "").map((ring) => open(ring.flatMap((line) => cornerOf(line) ?? []))),
  );
  const outline = parts.map((rings) => rings.filter((ring) => ring.length > 0)).filter((rings) => rings.length > 0);
  return outline.length > 0 && outline.flat().every((ring) => ring.length > 2) ? { outline } : undefined;
}

/** Easting and northing, apart by spaces, a semicolon or a tab; the comma is a decimal one where no point is. */
function cornerOf(line: string): Place[] | undefined {
  const numbers = line.trim().split(/[\s;]+/).map((number) => Number(number.replace(",", ".")));
  const [easting = Number.NaN, northing = Number.NaN] = numbers;
  if (numbers.length !== 2 || !(easting > 0) || !(northing > 0)) return undefined;
  return [[toMillimetre(easting), toMillimetre(northing)]];
}

/** A ring that repeats its first corner at the end says the same as one that does not. */
function open(ring: readonly Place[]): readonly Place[] {
  const [first, last] = [ring[0], ring.at(-1)];
  return ring.length > 1 && first?.join() === last?.join() ? ring.slice(0, -1) : ring;
}

function split(lines: readonly string[], at: (line: string) => boolean): string[][] {
  const pieces: string[][] = [[]];
  for (const line of lines) {
    if (at(line)) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces;
}
