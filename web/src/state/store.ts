/** The one state of the map: signals that the address follows. */

import { batch, createEffect, createMemo, createResource, createSignal } from "solid-js";
import { me as whoIsThis, type Me } from "../data/desk.ts";
import { STYLES } from "../styles/all.ts";
import type { Tone } from "../styles/model.ts";
import { en } from "../words/en.ts";
import { es, type Words } from "../words/es.ts";
import { read, write, type Language, type Place, type State, type Theme } from "./url.ts";

const asShipped: Readonly<Record<string, number>> = Object.fromEntries(
  STYLES.filter((style) => style.shown).map((style) => [style.id, 100]),
);

function same(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const ids = Object.keys(one);
  return ids.length === Object.keys(other).length && ids.every((id) => one[id] === other[id]);
}

const NOBODY: Me = { signed_in: false, account: null, offices: [] };
const first = read(location.search);
const system = matchMedia("(prefers-color-scheme: dark)");

const [at, setAt] = createSignal<Place | undefined>(first.at);
const [layers, setLayers] = createSignal(first.layers ?? asShipped);
const [parcel, setParcel] = createSignal(first.parcel);
const [language, setLanguage] = createSignal<Language>(first.language);
const [theme, setTheme] = createSignal(first.theme);
const [date, setDate] = createSignal(first.date);
const [compared, setCompared] = createSignal(first.compared);
const [systemIsDark, setSystemIsDark] = createSignal(system.matches);

system.addEventListener("change", () => setSystemIsDark(system.matches));

/** The parcel that the address named when the page was opened, as long as no other was chosen. */
export const openedWith = createMemo<string | undefined>((before) => (parcel() === first.parcel ? before : undefined), first.parcel);

/** Whether the officer's desk stands open, in the place of the card. */
export const [isDeskOpen, setIsDeskOpen] = createSignal(false);

/** The files that an office received stand open, in the place of the card; what was dropped on the map goes there. */
export const [isFilesOpen, setIsFilesOpen] = createSignal(false);
export const [dropped, setDropped] = createSignal<readonly File[]>([]);

/** The layer whose download is being chosen. */
const [downloading, setDownloading] = createSignal(first.download);

export { asShipped, at, compared, date, downloading, language, layers, parcel, setAt, setCompared, setDate, setDownloading, setLanguage, setLayers, setParcel };

/** Where somebody wants the map to go; the map takes the order and goes there. */
export const [destination, setDestination] = createSignal<
  { readonly box: readonly [number, number, number, number]; readonly closest?: number } | Place | undefined
>(undefined, { equals: false });

/** Who is at work here; nobody until the service has said so, and where it cannot. */
const [served] = createResource(whoIsThis);
export const me = createMemo((): Me => (served.error ? NOBODY : (served.latest ?? NOBODY)));
export const holdsOffice = (office: string): boolean => me().offices.includes(office);

/** Who brings files: the fabric is the surveyors', networks and plans are the planners'. */
export const mayDeliver = (): boolean => holdsOffice("surveyor") || holdsOffice("planner");

export const w = createMemo((): Words => (language() === "en" ? en : es));

export const tone = createMemo((): Tone => theme() ?? (systemIsDark() ? "dark" : "light"));

export function switchTheme(): void {
  const wanted: Theme = tone() === "dark" ? "light" : "dark";
  setTheme(wanted === (systemIsDark() ? "dark" : "light") ? undefined : wanted);
}

export function show(id: string, shown: boolean): void {
  const { [id]: before, ...rest } = layers();
  setLayers(shown ? { ...rest, [id]: before ?? 100 } : rest);
}

export function setOpacity(id: string, percent: number): void {
  if (id in layers()) setLayers({ ...layers(), [id]: percent });
}

export const isAsShipped = createMemo(() => same(layers(), asShipped));

const state = (): State => ({
  at: at(),
  layers: isAsShipped() ? undefined : layers(),
  parcel: parcel(),
  language: language(),
  theme: theme(),
  date: date(),
  compared: compared(),
  download: downloading(),
});

/** Keeps the address and the page in step with the state. */
export function follow(): void {
  createEffect(() => {
    const address = location.pathname + write(state());
    if (address !== location.pathname + location.search) history.replaceState(null, "", address);
  });
  createEffect(() => {
    document.documentElement.lang = language();
    document.documentElement.dataset.theme = tone();
    document.title = parcel() ? `${parcel()} · Predio` : w().pageTitle;
  });
  addEventListener("popstate", () => {
    const back = read(location.search);
    batch(() => {
      setLayers(back.layers ?? asShipped);
      setParcel(back.parcel);
      setLanguage(back.language);
      setTheme(back.theme);
      setDate(back.date);
      setCompared(back.compared);
      setDownloading(back.download);
      if (back.at) setDestination(back.at);
    });
  });
}
