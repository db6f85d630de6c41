import type { Language } from "../state/url.ts";

// Peru writes 1,234.50; its locale data says so too.
const LOCALE: Readonly<Record<Language, string>> = { es: "es-PE", en: "en-GB" };

/** A number with a fixed count of decimals. */
export function number(value: number, decimals: number, language: Language): string {
  return new Intl.NumberFormat(LOCALE[language], {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(value);
}

/** A length in m, from 10 km in km. */
export function length(metres: number, language: Language): string {
  return metres < 10_000 ? `${number(metres, 2, language)} m` : `${number(metres / 1000, 3, language)} km`;
}

/** An area in m², from 1 ha also in ha with four decimals, as the registry writes it. */
export function area(squareMetres: number, language: Language): string {
  const plain = `${number(squareMetres, 2, language)} m²`;
  return squareMetres < 10_000 ? plain : `${plain} (${number(squareMetres / 10_000, 4, language)} ha)`;
}

/** A day as people write it. */
export function day(date: string | Date, language: Language): string {
  const at = typeof date === "string" ? new Date(`${date.slice(0, 10)}T12:00:00-05:00`) : date;
  return new Intl.DateTimeFormat(LOCALE[language], { dateStyle: "long", timeZone: "America/Lima" }).format(at);
}

/** A moment as people write it, in Lima. */
export function moment(at: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], { dateStyle: "long", timeStyle: "short", timeZone: "America/Lima" }).format(new Date(at));
}

/** A size of bytes. */
export function bytes(count: number, language: Language): string {
  if (count < 1000) return `${count} bytes`;
  const [value, unit] = count < 1_000_000 ? [count / 1000, "kB"] : [count / 1_000_000, "MB"];
  return `${number(value, 1, language)} ${unit}`;
}

/** Today in Lima, which is the day that legal validity counts in. */
export const today = (): string => new Intl.DateTimeFormat("en-CA", { timeZone: "America/Lima" }).format(new Date());

/** What the service said in both languages (`es: … | en: …`), in one of them. */
export const inLanguage = (text: string, language: Language): string => new RegExp(`${language}: ([^|]+)`).exec(text)?.[1]?.trim() ?? text;
