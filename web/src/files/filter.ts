/** One condition of a filter, as CQL2 text. */

import type { Queryable } from "../data/download.ts";

export type Operator = "=" | "<>" | "<" | "<=" | ">" | ">=" | "like" | "null" | "notnull";

const ORDERED: readonly Operator[] = ["=", "<>", "<", "<=", ">", ">=", "null", "notnull"];
const OPERATORS: Readonly<Record<Queryable["type"], readonly Operator[]>> = {
  string: ["=", "<>", "like", "null", "notnull"],
  number: ORDERED,
  integer: ORDERED,
  date: ORDERED,
  "date-time": ORDERED,
  boolean: ["=", "null", "notnull"],
};

export const operatorsOf = (type: Queryable["type"]): readonly Operator[] => OPERATORS[type];

export const needsValue = (operator: Operator): boolean => operator !== "null" && operator !== "notnull";

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (name: string): string => (/^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
/** Signs with a meaning in a pattern stand for themselves. */
const plain = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

function literal(type: Queryable["type"], value: string): string | undefined {
  const text = value.trim();
  switch (type) {
    case "number":
    case "integer": {
      const figure = Number(text.replace(",", "."));
      return text !== "" && Number.isFinite(figure) ? String(figure) : undefined;
    }
    case "boolean":
      return text === "true" || text === "false" ? text.toUpperCase() : undefined;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `DATE(${quoted(text)})` : undefined;
    case "date-time":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `TIMESTAMP(${quoted(`${text}T05:00:00Z`)})` : undefined;
    case "string":
      return text === "" ? undefined : quoted(text);
  }
}

/** The condition; none where the value is none of the property's type. */
export function condition({ name, type }: Pick<Queryable, "name" | "type">, operator: Operator, value: string): string | undefined {
  if (operator === "null") return `${named(name)} IS NULL`;
  if (operator === "notnull") return `${named(name)} IS NOT NULL`;
  if (operator === "like") return value.trim() ? `CASEI(${named(name)}) LIKE CASEI(${quoted(`%${plain(value.trim())}%`)})` : undefined;
  const said = literal(type, value);
  return said && `${named(name)} ${operator} ${said}`;
}

/** Both conditions at once. */
export function both(filter: string, added: string): string {
  const before = filter.trim();
  if (!before) return added;
  return /\bor\b/i.test(before) ? `(${before}) AND ${added}` : `${before} AND ${added}`;
}
