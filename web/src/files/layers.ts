/** The layers of one file, and where each goes. */

import type { Text } from "../styles/model.ts";

/** A layer as the service found it. */
export interface Listed {
  readonly layer: string;
  readonly geometry: string;
  readonly features: number | null;
  readonly declared_crs: string | null;
  readonly declared_srid: number | null;
  readonly target: string | null;
  readonly because: Text | null;
}

/** What the office wants of it; an empty target: nothing. */
export interface Wanted {
  readonly target: string;
  readonly srid: string;
}

export interface Part {
  readonly layer: string;
  readonly target: string;
  readonly srid?: number;
  readonly plan?: string;
}

/** Layers that draw something: a table without places goes nowhere. */
export const drawn = (listed: readonly Listed[]): readonly Listed[] => listed.filter(({ geometry }) => geometry.toLowerCase() !== "none");

/** What is drawn in a layer, by the name of its geometry; nothing where anything may be. */
export function drawnAs(geometry: string): "areas" | "lines" | "points" | undefined {
  const plain = geometry.toLowerCase();
  if (/polygon|surface/.test(plain)) return "areas";
  if (/line|curve/.test(plain)) return "lines";
  return plain.includes("point") ? "points" : undefined;
}

/** What is suggested for each; of two that would go to one layer only the first, so that nothing enters twice. */
export function suggested(listed: readonly Listed[]): Readonly<Record<string, Wanted>> {
  const taken = new Set<string>();
  const wanted: Record<string, Wanted> = {};
  for (const { layer, target } of drawn(listed)) {
    const isFree = target !== null && !taken.has(target);
    if (isFree) taken.add(target);
    wanted[layer] = { target: isFree ? target : "", srid: "" };
  }
  return wanted;
}

/** What is sent: the layers that go somewhere, in the order of the file. */
export function partsOf(listed: readonly Listed[], wanted: Readonly<Record<string, Wanted>>, plan: string): readonly Part[] {
  return drawn(listed).flatMap(({ layer }): Part[] => {
    const { target, srid } = wanted[layer] ?? { target: "", srid: "" };
    if (target === "") return [];
    return [{ layer, target, ...(/^\d{4,6}$/.test(srid) ? { srid: Number(srid) } : {}), ...(plan && target === "zone_drafts" ? { plan } : {}) }];
  });
}
