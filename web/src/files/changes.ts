/** Changes of a return: a field copy that came back, compared with what went out and what is on record. */

export const KINDS = ["update", "merge", "create", "delete", "conflict", "operation", "refused", "ours", "equal", "same"] as const;
export type Kind = (typeof KINDS)[number];

/** How many of each kind; conflicts that nobody decided; what was applied. */
export type Counts = Readonly<Record<Kind | "open" | "applied", number>>;

type Value = string | number | boolean | null | undefined;

export interface Sides {
  readonly base?: Value;
  readonly theirs?: Value;
  readonly ours?: Value;
}

export interface Change {
  readonly change: Kind;
  readonly state: "open" | "applied" | "kept" | "revoked";
  readonly feature: number | null;
  readonly object_id: number | null;
  /** The version on record; none: it ended here. */
  readonly version: number | null;
  /** The file has it no more. */
  readonly is_absent: boolean;
  /** It ended here. */
  readonly is_ended: boolean;
  readonly conflicts: readonly string[];
  /** Of a new feature its values, else the three sides of each property that either side changed. */
  readonly values: Readonly<Record<string, Sides | Value>> | null;
}

export interface Row {
  readonly field: string;
  readonly sides: readonly [base: string, theirs: string, ours: string];
  readonly isConflict: boolean;
}

/** The kinds that there are, what is to be done first. */
export function kindsOf(counts: Counts): readonly (readonly [Kind, number])[] {
  return KINDS.map((kind) => [kind, counts[kind]] as const).filter(([, count]) => count > 0);
}

const shown = (value: Value): string => (value === null || value === undefined ? "–" : String(value));

/** A line for each property that either side changed, those that stand against each other first. */
export function rowsOf({ values, conflicts }: Pick<Change, "values" | "conflicts">): readonly Row[] {
  const row = ([field, value]: readonly [string, Sides | Value]): Row => {
    const sides: Sides = typeof value === "object" && value !== null ? value : { theirs: value };
    return { field, sides: [shown(sides.base), shown(sides.theirs), shown(sides.ours)], isConflict: conflicts.includes(field) };
  };
  return Object.entries(values ?? {})
    .map(row)
    .sort((a, b) => Number(b.isConflict) - Number(a.isConflict) || a.field.localeCompare(b.field));
}
