import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Language } from "../state/url.ts";

/** A text in both languages. */
export type Text = Readonly<Record<Language, string>>;

export const THEMES = [
  "cadastre",
  "planning",
  "services",
  "risk",
  "heritage",
  "titling",
  "programme",
  "other",
  "base",
] as const;
export type ThemeName = (typeof THEMES)[number];
export type SymbolKind = "fill" | "outline" | "line" | "dash" | "hatch" | "circle";

export interface StyleClass {
  readonly values?: readonly string[];
  readonly colour: string;
  readonly dark?: string;
  readonly outline?: string;
  readonly outlineDark?: string;
  readonly symbol?: SymbolKind;
  readonly other?: boolean;
  readonly label: Text;
}

export interface Fragment {
  readonly name: string;
  readonly type: "fill" | "line" | "circle" | "symbol";
  readonly minzoom?: number;
  readonly maxzoom?: number;
  readonly filter?: unknown;
  /** One text per object, however many tiles cut it. */
  readonly once?: boolean;
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly paint: Readonly<Record<string, unknown>>;
}

/** One way of showing a layer, as `gis-data/styles/README.md` describes it. */
export interface LayerStyle {
  readonly id: string;
  readonly layer: string;
  readonly theme: ThemeName;
  readonly order: number;
  readonly shown: boolean;
  readonly title: Text;
  readonly symbol: SymbolKind;
  readonly by?: ExpressionSpecification;
  readonly classes: readonly StyleClass[];
  readonly layers: readonly Fragment[];
}

export type Tone = "light" | "dark";

const INK: Readonly<Record<Tone, Readonly<Record<string, string>>>> = {
  light: { "@text": "#2d3840", "@soft": "#6a5f4c", "@halo": "#fbfaf6" },
  dark: { "@text": "#dfe6ea", "@soft": "#a9b7c0", "@halo": "#151c22" },
};

/** The colour of a class in a tone. */
export function colourOf(kind: StyleClass, tone: Tone): string {
  return tone === "dark" ? (kind.dark ?? kind.colour) : kind.colour;
}

function outlineOf(kind: StyleClass, tone: Tone): string {
  return (tone === "dark" ? kind.outlineDark : kind.outline) ?? colourOf(kind, tone);
}

/** Something for each class, as an expression over the feature; the last class stands for the rest. */
function byClass(style: LayerStyle, value: (kind: StyleClass) => string): unknown {
  const rest = style.classes.find((kind) => kind.other) ?? style.classes.at(-1);
  const named = style.classes.filter((kind) => !kind.other && (kind.values?.length ?? 0) > 0);
  const otherwise = rest ? value(rest) : "#888888";
  if (!style.by || named.length === 0) return otherwise;
  return ["match", style.by, ...named.flatMap((kind) => [kind.values, value(kind)]), otherwise];
}

function word(style: LayerStyle, value: unknown, tone: Tone): unknown {
  switch (value) {
    case "@colour":
      return byClass(style, (kind) => colourOf(kind, tone));
    case "@outline":
      return byClass(style, (kind) => outlineOf(kind, tone));
    case "@hatch":
      return byClass(style, (kind) => `hatch${colourOf(kind, tone)}`);
    default:
      return typeof value === "string" ? (INK[tone][value] ?? value) : value;
  }
}

const OPACITIES: Readonly<Record<Fragment["type"], readonly string[]>> = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"],
};

export interface Drawn {
  readonly tone: Tone;
  readonly shown: boolean;
  /** In percent. */
  readonly opacity: number;
  readonly source: string;
}

/** The source of the texts that stand once per object of a layer. */
export const textsOf = (layer: string): string => `texts/${layer}`;

/** A style's fragments as layers of the map. */
export function drawn(style: LayerStyle, { tone, shown, opacity, source }: Drawn): LayerSpecification[] {
  return style.layers.map((fragment) => {
    const { name, layout, once, paint: written, ...rest } = fragment;
    const paint = Object.fromEntries(
      Object.entries(written).map(([property, value]) => [property, word(style, value, tone)]),
    );
    for (const property of OPACITIES[fragment.type]) {
      const own = typeof paint[property] === "number" ? paint[property] : 1;
      paint[property] = (own * opacity) / 100;
    }
    return {
      ...rest,
      id: `${style.id}/${name}`,
      ...(once ? { source: textsOf(style.layer) } : { source, "source-layer": style.layer }),
      layout: { ...layout, visibility: shown ? "visible" : "none" },
      paint,
    } as LayerSpecification;
  });
}

/** The zoom from which anything of a style is drawn. */
export function minzoom(style: LayerStyle): number {
  return Math.min(...style.layers.map((fragment) => fragment.minzoom ?? 0));
}

/** How a layer looks that has no style of its own: whatever its geometry is. */
export function plain(id: string, title: Text): LayerStyle {
  const is = (kind: string) => ["==", ["geometry-type"], kind];
  return {
    id,
    layer: id,
    theme: "other",
    order: 60,
    shown: false,
    title,
    symbol: "outline",
    classes: [{ colour: "#0e7490", dark: "#5cc5dd", label: title }],
    layers: [
      { name: "fill", type: "fill", filter: is("Polygon"), paint: { "fill-color": "@colour", "fill-opacity": 0.2 } },
      { name: "line", type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": "@colour", "line-width": 1.6 } },
      {
        name: "dot",
        type: "circle",
        filter: is("Point"),
        paint: { "circle-color": "@colour", "circle-radius": 5, "circle-stroke-color": "@halo", "circle-stroke-width": 1.4 },
      },
    ],
  };
}
