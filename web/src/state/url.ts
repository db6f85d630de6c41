/** The address carries the whole state of the map, and only what is not the default. */

export type Language = "es" | "en";
export type Theme = "light" | "dark";

export interface Place {
  readonly lat: number;
  readonly lon: number;
  readonly zoom: number;
}

export interface State {
  /** None: the district as a whole. */
  readonly at: Place | undefined;
  /** Shown styles with their opacity in percent; none: as the styles say. */
  readonly layers: Readonly<Record<string, number>> | undefined;
  readonly parcel: string | undefined;
  readonly language: Language;
  /** None: as the system says. */
  readonly theme: Theme | undefined;
  /** The day that is shown, none: today. */
  readonly date: string | undefined;
  /** The day beside it, none: no comparison. */
  readonly compared: string | undefined;
  /** The layer whose download stands open. */
  readonly download: string | undefined;
}

export const DEFAULT: State = {
  at: undefined,
  layers: undefined,
  parcel: undefined,
  language: "es",
  theme: undefined,
  date: undefined,
  compared: undefined,
  download: undefined,
};

const CODE = /^[0-9A-Za-z][0-9A-Za-z-]{0,31}$/;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const STYLE = /^[a-z0-9_.-]{1,64}$/i;

/** Reads a query string. What cannot be understood counts as absent: an old link must still open a map. */
export function read(query: string): State {
  const parameters = new URLSearchParams(query);
  const parcel = parameters.get("parcel") ?? "";
  const theme = parameters.get("theme");
  const date = parameters.get("date") ?? "";
  const compared = parameters.get("compare") ?? "";
  const download = parameters.get("download") ?? "";
  return {
    at: readPlace(parameters.get("at")),
    layers: readLayers(parameters.get("layers")),
    parcel: CODE.test(parcel) ? parcel.toUpperCase() : undefined,
    language: parameters.get("lang") === "en" ? "en" : "es",
    theme: theme === "dark" || theme === "light" ? theme : undefined,
    date: DATE.test(date) ? date : undefined,
    compared: DATE.test(compared) ? compared : undefined,
    download: STYLE.test(download) ? download : undefined,
  };
}

/** Writes the query string of a state, with its question mark; empty for the default. */
export function write(state: State): string {
  const parts: string[] = [];
  const { at, layers, parcel, language, theme, date, compared, download } = state;
  if (at) parts.push(`at=${at.lat.toFixed(5)},${at.lon.toFixed(5)},${trimmed(at.zoom)}`);
  if (layers) parts.push(`layers=${writeLayers(layers)}`);
  if (parcel) parts.push(`parcel=${encodeURIComponent(parcel)}`);
  if (language !== DEFAULT.language) parts.push(`lang=${language}`);
  if (theme) parts.push(`theme=${theme}`);
  if (date) parts.push(`date=${date}`);
  if (compared) parts.push(`compare=${compared}`);
  if (download) parts.push(`download=${encodeURIComponent(download)}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

function trimmed(zoom: number): string {
  return String(Number(zoom.toFixed(2)));
}

function readPlace(text: string | null): Place | undefined {
  const numbers = (text ?? "").split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [lat, lon, zoom] = numbers;
  if (numbers.length !== 3 || lat === undefined || lon === undefined || zoom === undefined) return undefined;
  const fits = Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22;
  return fits ? { lat, lon, zoom } : undefined;
}

function readLayers(text: string | null): Record<string, number> | undefined {
  if (text === null) return undefined;
  const layers: Record<string, number> = {};
  for (const part of text.split(",")) {
    const [id = "", percent] = part.split(":");
    if (!STYLE.test(id)) continue;
    const opacity = percent === undefined ? 100 : Number.parseInt(percent, 10);
    layers[id] = Number.isNaN(opacity) ? 100 : Math.min(100, Math.max(0, opacity));
  }
  return layers;
}

function writeLayers(layers: Readonly<Record<string, number>>): string {
  return Object.keys(layers)
    .sort()
    .map((id) => (layers[id] === 100 ? id : `${id}:${layers[id]}`))
    .join(",");
}
