/** What is being prepared at the desk. Every change can be undone; nothing of it is in the address. */

import { createSignal } from "solid-js";
import type { CornerChange, Cut, Kind, Operation, Place } from "../data/desk.ts";
import { bearing, toMillimetre } from "./corners.ts";
import { readOutline } from "./outline.ts";

export interface Draft {
  readonly kind: Kind;
  readonly codes: readonly string[];
  readonly cutBy: "line" | "legs" | "area";
  readonly line: readonly Place[];
  readonly from: Place | undefined;
  readonly legs: readonly { readonly bearing: string; readonly distance: string }[];
  readonly area: string;
  readonly towards: string;
  readonly lawful: boolean;
  readonly corners: readonly CornerChange[];
  readonly outline: string;
  readonly declaresGap: boolean;
}

export function blank(code: string): Draft {
  return {
    kind: "split",
    codes: [code],
    cutBy: "line",
    line: [],
    from: undefined,
    legs: [{ bearing: "", distance: "" }],
    area: "",
    towards: "",
    lawful: true,
    corners: [],
    outline: "",
    declaresGap: false,
  };
}

/** A draft with its past and its future. */
export function createDraft(code: string) {
  const [draft, setDraft] = createSignal(blank(code));
  const [past, setPast] = createSignal<readonly Draft[]>([]);
  const [future, setFuture] = createSignal<readonly Draft[]>([]);
  return {
    draft,
    past,
    future,
    change(part: Partial<Draft>): void {
      setPast([...past(), draft()]);
      setFuture([]);
      setDraft({ ...draft(), ...part });
    },
    undo(): void {
      const before = past().at(-1);
      if (!before) return;
      setFuture([draft(), ...future()]);
      setPast(past().slice(0, -1));
      setDraft(before);
    },
    redo(): void {
      const [after, ...later] = future();
      if (!after) return;
      setPast([...past(), draft()]);
      setFuture(later);
      setDraft(after);
    },
    restart(code: string): void {
      setPast([]);
      setFuture([]);
      setDraft({ ...blank(code), kind: draft().kind });
    },
  };
}

/** The draft as an operation; none while something is missing. */
export function operationOf(draft: Draft, reason: string): Operation | undefined {
  const body = bodyOf(draft);
  return body && draft.codes.length > 0 ? { kind: draft.kind, codes: draft.codes, reason, body } : undefined;
}

function bodyOf(draft: Draft): Record<string, unknown> | undefined {
  switch (draft.kind) {
    case "split":
    case "detach": {
      const cut = cutOf(draft);
      return cut && { cut, lawful: draft.lawful };
    }
    case "adjust":
      return draft.corners.length > 0 ? { corners: draft.corners } : undefined;
    case "replace":
    case "correct": {
      const read = readOutline(draft.outline);
      return read && "outline" in read ? { polygons: read.outline, declares_gap: draft.declaresGap } : undefined;
    }
    case "merge":
      return draft.codes.length > 1 ? {} : undefined;
    default:
      return {};
  }
}

function cutOf(draft: Draft): Cut | undefined {
  if (draft.cutBy === "line") return draft.line.length > 1 ? { line: draft.line } : undefined;
  if (draft.cutBy === "area") {
    const [area_m2, towards] = [metres(draft.area), bearing(draft.towards)];
    return area_m2 && towards !== undefined ? { area: { area_m2, towards } } : undefined;
  }
  const legs = draft.legs.map((leg) => ({ bearing: bearing(leg.bearing), distance: metres(leg.distance) }));
  const whole = legs.flatMap((leg) => (leg.bearing !== undefined && leg.distance ? [{ bearing: leg.bearing, distance: leg.distance }] : []));
  return draft.from && whole.length === legs.length ? { legs: { from: draft.from, legs: whole } } : undefined;
}

/** A length or an area as people type it; none where it is not above nothing. */
export function metres(text: string): number | undefined {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** A place from two typed numbers, on the millimetre. */
export function typedPlace(east: string, north: string): Place | undefined {
  const [easting, northing] = [metres(east), metres(north)];
  return easting && northing ? [toMillimetre(easting), toMillimetre(northing)] : undefined;
}
