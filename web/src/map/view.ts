/** The MapLibre map, and what the rest of the page may know of it. */

import { Map as MapLibre, setWorkerUrl, type MapGeoJSONFeature, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { createEffect, createSignal, on, onCleanup, untrack } from "solid-js";
import type { Box } from "../data/service.ts";
import type { LonLat } from "../geo/utm.ts";
import { at, compared, date, destination, layers, parcel, setAt, setParcel, tone, w } from "../state/store.ts";
import { STYLES } from "../styles/all.ts";
import type { LayerStyle } from "../styles/model.ts";
import { hatch } from "./hatch.ts";
import { sourceOf, style, type Texts } from "./style.ts";
import { texts as placed, type Piece } from "./texts.ts";

setWorkerUrl(workerUrl);

/** How the ids of sources and layers begin that are drawn by hand. */
export const DRAWING = "hand";

export interface Hit {
  readonly style: LayerStyle;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What the map shows now; everything that follows the map follows this. */
export interface View {
  readonly centre: LonLat;
  readonly zoom: number;
  readonly box: Box;
}

export const [view, setView] = createSignal<View>();
export const [pointer, setPointer] = createSignal<LonLat>();
export const [hits, setHits] = createSignal<readonly Hit[]>();
export const [isIdle, setIsIdle] = createSignal(false);
export const [points, setPoints] = createSignal<readonly LonLat[]>([]);
/** Whether a click measures instead of asking; closed: an area. */
export const [measuring, setMeasuring] = createSignal<"distance" | "area">();
/** The styles that can be drawn: whose layer the service has, and a plain one for each other layer. */
export const [styles, setStyles] = createSignal<readonly LayerStyle[]>(STYLES);

/** While the desk takes clicks, they answer nobody else: a lot's code for whoever chooses lots, or nothing. */
export const [taking, setTaking] = createSignal<((lot: string) => void) | "drawing">();
/** What an operation would leave. */
export const [preview, setPreview] = createSignal<GeoJSON.FeatureCollection>();
const [texts, setTexts] = createSignal<Texts>({});

let map: MapLibre | undefined;

export const zoomBy = (steps: number): void => void map?.zoomTo(map.getZoom() + steps);
export const resize = (): void => void map?.resize();

/** The map itself, for what draws on it. */
export const theMap = (): MapLibre | undefined => map;

/** Fetches the tiles anew, after the land has changed: all, or those that hold one of the layers. */
export function refresh(changed?: ReadonlySet<string>): void {
  const holding = new Set(styles().filter(({ layer }) => changed?.has(layer) ?? true).map((style) => sourceOf(style, styles())));
  for (const [id, source] of Object.entries(map?.getStyle().sources ?? {})) {
    if (source.type === "vector" && (!changed || holding.has(id))) map?.refreshTiles(id);
  }
}

/** Asks what is at the centre, for people without a pointer. */
export function askCentre(): void {
  if (map) click(map, map.getCenter());
}

function ask(map: MapLibre, { lon, lat }: LonLat): void {
  const at = map.project([lon, lat]);
  const around: [[number, number], [number, number]] = [
    [at.x - 3, at.y - 3],
    [at.x + 3, at.y + 3],
  ];
  const exactly = map.queryRenderedFeatures(at);
  const rendered = exactly.length > 0 ? exactly : map.queryRenderedFeatures(around);
  const lot = rendered.find((feature) => feature.sourceLayer === "parcels");
  if (lot) {
    setHits(undefined);
    setParcel(String(lot.properties["code"]));
    return;
  }
  setParcel(undefined);
  setHits(distinct(rendered));
}

function distinct(rendered: readonly MapGeoJSONFeature[]): Hit[] {
  const seen = new Set<string>();
  const found: Hit[] = [];
  for (const { layer, properties, sourceLayer, id } of rendered) {
    const style = styles().find((each) => layer.id.startsWith(`${each.id}/`));
    const key = `${sourceLayer}/${id}`;
    if (!style || !sourceLayer || style.theme === "base" || seen.has(key)) continue;
    seen.add(key);
    found.push({ style, properties });
  }
  return found;
}

function click(map: MapLibre, { lng, lat }: { lng: number; lat: number }): void {
  const taker = taking();
  if (measuring()) setPoints([...points(), { lon: lng, lat }]);
  else if (taker) {
    const hit = map.queryRenderedFeatures(map.project([lng, lat])).find((feature) => feature.sourceLayer === "parcels");
    if (hit && taker !== "drawing") taker(String(hit.properties["code"]));
  } else ask(map, { lon: lng, lat });
}

function tell(map: MapLibre): void {
  const { lng, lat } = map.getCenter();
  const bounds = map.getBounds();
  setView({
    centre: { lon: lng, lat },
    zoom: map.getZoom(),
    box: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()],
  });
}

const wanted = () =>
  style({
    styles: styles(),
    shown: layers(),
    tone: tone(),
    date: date(),
    parcel: parcel(),
    drawing: { points: points(), closed: measuring() === "area" },
    texts: texts(),
    preview: preview(),
  });

/** What the map beside shows: the same on the day that is compared, without what is being worked on. */
export const besides = () =>
  style({
    styles: styles(),
    shown: layers(),
    tone: tone(),
    date: compared(),
    parcel: parcel(),
    drawing: { points: [], closed: false },
    texts: texts(),
    preview: undefined,
  });

/** Lets a map make the hatches that its style names. */
export function withHatches(map: MapLibre): void {
  map.setMissingStyleImageResolver((name) => {
    const made = hatch(name);
    if (made) map.addImage(name, made.image, made.options);
  });
}

/** The new style with what is being drawn by hand, which is none of its business. */
function withDrawing(before: StyleSpecification | undefined, next: StyleSpecification): StyleSpecification {
  const drawn = (id: string) => id.startsWith(DRAWING);
  const sources = Object.entries(before?.sources ?? {}).filter(([id]) => drawn(id));
  const layers = before?.layers.filter((layer) => drawn(layer.id)) ?? [];
  return { ...next, sources: { ...next.sources, ...Object.fromEntries(sources) }, layers: [...next.layers, ...layers] };
}

/** Puts the texts that stand once per object where their objects are now; whether any of them moved. */
function placeTexts(map: MapLibre): boolean {
  const bounds = map.getBounds();
  const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()] as const;
  const zoom = map.getZoom();
  const shown = untrack(styles).filter(
    ({ id, layers: fragments }) => id in untrack(layers) && fragments.some((one) => one.once && (one.minzoom ?? 0) <= zoom),
  );
  const next = Object.fromEntries(
    shown.map((style) => {
      const source = sourceOf(style, untrack(styles));
      const pieces = map.querySourceFeatures(source, { sourceLayer: style.layer }).map(
        ({ id, properties, geometry }): Piece => ({ key: String(id ?? JSON.stringify(properties)), properties, geometry }),
      );
      return [style.layer, placed(pieces, box)];
    }),
  );
  if (JSON.stringify(next) === JSON.stringify(untrack(texts))) return false;
  setTexts(next);
  return true;
}

/** Puts the map into `container`, opened at the address's place, else at `home`. */
export function open(container: HTMLElement, home: Box): void {
  const place = at();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map = new MapLibre({
    container,
    style: untrack(wanted),
    ...(place ? { center: [place.lon, place.lat], zoom: place.zoom } : { bounds: [...home] as [number, number, number, number], fitBoundsOptions: { padding: 24 } }),
    attributionControl: false,
    canvasContextAttributes: { preserveDrawingBuffer: true },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    maxZoom: 21,
    fadeDuration: 0,
    locale: { "Map.Title": w().mapLabel },
  });
  const opened = map;
  opened.touchZoomRotate.disableRotation();
  opened.keyboard.disableRotation();
  withHatches(opened);
  let moved = place !== undefined;
  opened.on("movestart", (event) => {
    // The first fit to the district is the default, which the address leaves out.
    moved ||= "originalEvent" in event && event.originalEvent !== undefined;
  });
  opened.on("moveend", () => {
    tell(opened);
    const { centre, zoom } = untrack(view) as View;
    if (moved) setAt({ lat: centre.lat, lon: centre.lon, zoom });
  });
  opened.on("mousemove", ({ lngLat }) => setPointer({ lon: lngLat.lng, lat: lngLat.lat }));
  opened.on("mouseout", () => setPointer(undefined));
  opened.on("click", ({ lngLat }) => click(opened, lngLat));
  opened.on("dataloading", () => setIsIdle(false));
  opened.on("idle", () => {
    if (!placeTexts(opened)) setIsIdle(true);
  });
  opened.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") askCentre();
  });
  tell(opened);

  createEffect(
    on(
      wanted,
      (next) => {
        setIsIdle(false);
        opened.setStyle(next, { diff: true, transformStyle: withDrawing });
        opened.triggerRepaint();
      },
      { defer: true },
    ),
  );
  createEffect(() => opened.getCanvas().setAttribute("aria-label", w().mapLabel));
  createEffect(() => {
    opened.getCanvas().style.cursor = measuring() ? "crosshair" : "";
  });
  createEffect(() => {
    const wished = destination();
    if (!wished) return;
    moved = true;
    if ("box" in wished) {
      const [west, south, east, north] = wished.box;
      opened.fitBounds([west, south, east, north], { padding: 60, maxZoom: wished.closest ?? 18, animate: !calm, duration: 700 });
    } else {
      opened.easeTo({ center: [wished.lon, wished.lat], zoom: wished.zoom, animate: !calm, duration: 700 });
    }
  });
  // The space changes with panels and print, not only with the window.
  const watcher = new ResizeObserver(() => opened.resize());
  watcher.observe(container);
  onCleanup(() => {
    watcher.disconnect();
    opened.remove();
    map = undefined;
  });
}
