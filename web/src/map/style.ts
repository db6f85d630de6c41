/** The whole style of the map from the state: MapLibre works out what changed. */

import type { ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { LonLat } from "../geo/utm.ts";
import { drawn, minzoom, textsOf, type LayerStyle, type Tone } from "../styles/model.ts";

const LAND: Readonly<Record<Tone, string>> = { light: "#f2efe7", dark: "#161d23" };
const ACCENT: Readonly<Record<Tone, string>> = { light: "#c2185b", dark: "#ff6f9f" };
const HALO: Readonly<Record<Tone, string>> = { light: "#ffffff", dark: "#161d23" };
const BEFORE: Readonly<Record<Tone, string>> = { light: "#37474f", dark: "#cfd8dc" };
/** Of a change, what it leaves; what was before is drawn apart. */
/** What was, and what would be by a proposal that nobody chose yet, is drawn dashed. */
const DASHED: ExpressionSpecification = ["in", ["get", "part"], ["literal", ["before", "proposal"]]];
const AFTER: ExpressionSpecification = ["!", DASHED];
/** Layers that are drawn from here on only, such as parcels, would make the far tiles heavy. */
const NEAR = 13;
/** Deeper zooms are drawn from these tiles; their grid is then 4 cm. */
const DEEPEST = 18;

export interface Wanted {
  readonly styles: readonly LayerStyle[];
  readonly shown: Readonly<Record<string, number>>;
  readonly tone: Tone;
  readonly date: string | undefined;
  readonly parcel: string | undefined;
  readonly drawing: { readonly points: readonly LonLat[]; readonly closed: boolean };
  readonly preview: GeoJSON.FeatureCollection | undefined;
  /** By layer, the texts that stand once per object. */
  readonly texts: Texts;
}

export type Texts = Readonly<Record<string, readonly GeoJSON.Feature[]>>;

/** Layers that open together travel in one tile: one for far, one for near; every other in its own. */
export function sourceOf(style: LayerStyle, styles: readonly LayerStyle[]): string {
  if (!styles.some((other) => other.layer === style.layer && other.shown)) return style.layer;
  return nearest(style.layer, styles) < NEAR ? "far" : "near";
}

function nearest(layer: string, styles: readonly LayerStyle[]): number {
  return Math.min(...styles.filter((style) => style.layer === layer).map(minzoom));
}

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

function sources(styles: readonly LayerStyle[], date: string | undefined): Record<string, SourceSpecification> {
  const members = new Map<string, Set<string>>();
  for (const style of styles) {
    const source = sourceOf(style, styles);
    members.set(source, (members.get(source) ?? new Set()).add(style.layer));
  }
  const when = date ? `&datetime=${date}` : "";
  return Object.fromEntries(
    [...members].map(([source, layers]) => {
      const names = [...layers].map(encodeURIComponent).join(",");
      const tiles = `${location.origin}/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&collections=${names}${when}`;
      const minzoom = Math.floor(Math.min(...[...layers].map((layer) => nearest(layer, styles))));
      return [source, { type: "vector", tiles: [tiles], minzoom, maxzoom: DEEPEST }];
    }),
  );
}

function textSources(styles: readonly LayerStyle[], texts: Texts): Record<string, GeoJSONSourceSpecification> {
  const layers = styles.filter((style) => style.layers.some((fragment) => fragment.once)).map((style) => style.layer);
  return Object.fromEntries(
    layers.map((layer) => [textsOf(layer), { type: "geojson", data: { type: "FeatureCollection", features: [...(texts[layer] ?? [])] } }]),
  );
}

function drawing({ points, closed }: Wanted["drawing"]): GeoJSONSourceSpecification {
  const positions = points.map(({ lon, lat }) => [lon, lat]);
  const features: GeoJSON.Feature[] = positions.map((coordinates) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "Point", coordinates },
  }));
  if (positions.length > 1) {
    const ring = closed && positions.length > 2;
    const geometry: GeoJSON.Geometry = ring
      ? { type: "Polygon", coordinates: [[...positions, ...positions.slice(0, 1)]] }
      : { type: "LineString", coordinates: positions };
    features.unshift({ type: "Feature", properties: {}, geometry });
  }
  return { type: "geojson", data: { type: "FeatureCollection", features } };
}

function marks({ tone, parcel, styles }: Wanted): LayerSpecification[] {
  const accent = ACCENT[tone];
  const parcels = styles.find((style) => style.layer === "parcels");
  const chosen: LayerSpecification[] = parcels
    ? [
        {
          id: "chosen/fill",
          type: "fill",
          source: sourceOf(parcels, styles),
          "source-layer": "parcels",
          filter: ["==", ["get", "code"], parcel ?? ""],
          paint: { "fill-color": accent, "fill-opacity": 0.16 },
        },
        {
          id: "chosen/halo",
          type: "line",
          source: sourceOf(parcels, styles),
          "source-layer": "parcels",
          filter: ["==", ["get", "code"], parcel ?? ""],
          layout: { "line-join": "round" },
          paint: { "line-color": HALO[tone], "line-width": 7 },
        },
        {
          id: "chosen/line",
          type: "line",
          source: sourceOf(parcels, styles),
          "source-layer": "parcels",
          filter: ["==", ["get", "code"], parcel ?? ""],
          layout: { "line-join": "round" },
          paint: { "line-color": accent, "line-width": 3 },
        },
      ]
    : [];
  return [
    ...chosen,
    { id: "preview/fill", type: "fill", source: "preview", filter: ["all", ["==", ["geometry-type"], "Polygon"], AFTER], paint: { "fill-color": accent, "fill-opacity": 0.18 } },
    { id: "preview/line", type: "line", source: "preview", filter: ["all", ["!=", ["geometry-type"], "Point"], AFTER], paint: { "line-color": accent, "line-width": 2.6 } },
    { id: "preview/before", type: "line", source: "preview", filter: ["all", ["!=", ["geometry-type"], "Point"], DASHED], paint: { "line-color": ["case", ["==", ["get", "part"], "proposal"], accent, BEFORE[tone]], "line-width": 2, "line-dasharray": [3, 2] } },
    { id: "preview/flaw", type: "circle", source: "preview", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": ["case", DASHED, accent, "#b3261e"], "circle-radius": ["case", DASHED, 4, 6], "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } },
    { id: "drawing/fill", type: "fill", source: "drawing", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": accent, "fill-opacity": 0.14 } },
    { id: "drawing/line", type: "line", source: "drawing", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": accent, "line-width": 2.4, "line-dasharray": [2, 1] } },
    { id: "drawing/dot", type: "circle", source: "drawing", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": "#ffffff", "circle-stroke-color": accent, "circle-stroke-width": 2, "circle-radius": 4 } },
  ];
}

/** The style for what is wanted. */
export function style(wanted: Wanted): StyleSpecification {
  const { styles, shown, tone, date } = wanted;
  const layers = styles.flatMap((each) =>
    drawn(each, { tone, shown: each.id in shown, opacity: shown[each.id] ?? 100, source: sourceOf(each, styles) }),
  );
  return {
    version: 8,
    sources: { ...sources(styles, date), ...textSources(styles, wanted.texts), drawing: drawing(wanted.drawing), preview: { type: "geojson", data: wanted.preview ?? NOTHING } },
    layers: [
      { id: "land", type: "background", paint: { "background-color": LAND[tone] } },
      ...layers.filter((layer) => layer.type !== "symbol"),
      ...marks(wanted),
      // The topmost text is placed first: what is read from afar wins over what shows from close up only.
      ...layers
        .filter((layer) => layer.type === "symbol")
        .sort((one, other) => (other.minzoom ?? 0) - (one.minzoom ?? 0)),
    ],
    transition: { duration: 0, delay: 0 },
  };
}
