import type { LayerStyle } from "./model.ts";

const files = import.meta.glob<Omit<LayerStyle, "id">>("../../../gis-data/styles/*.json", {
  eager: true,
  import: "default",
});

/** Every style of the product, lowest first. */
export const STYLES: readonly LayerStyle[] = Object.entries(files)
  .map(([path, style]) => ({ ...style, id: path.replace(/^.*\/|\.json$/g, "") }))
  .sort((one, other) => one.order - other.order || one.id.localeCompare(other.id));
