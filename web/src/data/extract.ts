/** The extract of one parcel (`/predio/{code}.json`), as far as the card shows it. */

import type { Text } from "../styles/model.ts";
import type { Box } from "./service.ts";

export interface Norm {
  readonly code: string;
  readonly to_confirm: boolean;
}

export interface Parameter {
  readonly parameter: string;
  readonly title: Text;
  readonly applies: "value" | "not_applicable" | "not_regulated";
  readonly value: string | null;
  readonly unit: string | null;
}

export interface Zone {
  readonly zone_class: string;
  readonly name: string;
  readonly percent: number | null;
  readonly plan: string;
  readonly parameters: readonly Parameter[];
}

export type Service = "connected" | "reachable" | "unserved" | "unknown";
export type Verdict = "affected" | "not_affected" | "no_data";

export interface Restriction {
  readonly theme: string;
  readonly title: Text;
  readonly verdict: Verdict;
  readonly blocking: boolean;
  readonly area_m2: number | null;
  readonly percent: number | null;
  readonly distance_m: number | null;
  readonly norm: Norm | null;
  readonly office: string;
  readonly date: string | null;
  readonly study: string | null;
  readonly note: Text | null;
}

export interface Extract {
  readonly as_of: string;
  readonly code: string;
  readonly fabric_state: "agreed" | "provisional";
  readonly place: {
    readonly settlement: string | null;
    readonly sector: string | null;
    readonly block: string | null;
    readonly block_label: string | null;
    readonly lot: string | null;
    readonly address: string | null;
    readonly land_use: string | null;
    readonly lon: number | null;
    readonly lat: number | null;
    readonly easting_m: number | null;
    readonly northing_m: number | null;
    readonly bbox: Box | null;
  };
  readonly areas: {
    readonly registered_m2: number | null;
    readonly declared_m2: number | null;
    readonly grid_m2: number | null;
    readonly ellipsoidal_m2: number | null;
    readonly perimeter_m: number | null;
  };
  readonly zoning: { readonly zones: readonly Zone[]; readonly note: Text | null };
  readonly services: Readonly<Record<"water" | "sewer" | "power", Service>>;
  readonly titling: { readonly state: "titled" | "in_process" | "none" | "no_data"; readonly case_number: string | null };
  readonly restrictions: readonly Restriction[];
}
