import type { StyleImageMetadata } from "maplibre-gl";

const SIDE = 16;
const RATIO = 2;

/** The image called `hatch#rrggbb`: diagonal strokes of that colour, seamless at its edges. */
export function hatch(name: string): { image: ImageData; options: Partial<StyleImageMetadata> } | undefined {
  const colour = /^hatch(#[0-9a-f]{6})$/i.exec(name)?.[1];
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!colour || !context) return undefined;
  context.strokeStyle = colour;
  context.lineWidth = 2.2;
  context.beginPath();
  for (const shift of [-SIDE, 0, SIDE]) {
    context.moveTo(shift - 2, SIDE + 2);
    context.lineTo(shift + SIDE + 2, -2);
  }
  context.stroke();
  return { image: context.getImageData(0, 0, SIDE, SIDE), options: { pixelRatio: RATIO } };
}
