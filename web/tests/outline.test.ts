import { describe, expect, it } from "vitest";
import { outlineText, readOutline } from "../src/desk/outline.ts";

const SQUARE = "196000.000 8816000.000\n196010.000 8816000.000\n196010.000 8816020.000";
const ring = (at: number) => `(${at} 8816000, ${at + 10} 8816000, ${at + 10} 8816020, ${at} 8816000)`;

describe("an outline as text", () => {
  it("comes back as it went", () => {
    const wkt = `MULTIPOLYGON((${ring(196000)},${ring(196002)}),(${ring(196100)}))`;
    const read = readOutline(outlineText(wkt));
    expect(read && "outline" in read && read.outline.map((rings) => rings.length)).toEqual([2, 1]);
    expect(read && "outline" in read && read.outline[1]?.[0]?.[1]).toEqual([196110, 8816000]);
  });

  it("is read with decimal commas, semicolons, and a first corner that is repeated", () => {
    const text = "196000,0004; 8816000\n196010;8816000,25\n196010 8816020\n196000,0004 8816000\n\n";
    expect(readOutline(text)).toEqual({ outline: [[[[196000, 8816000], [196010, 8816000.25], [196010, 8816020]]]] });
  });

  it("names the line that is no corner", () => {
    expect(readOutline(`${SQUARE}\n196000 norte`)).toEqual({ wrongLine: 4 });
    expect(readOutline("196000 8816000 12.3")).toEqual({ wrongLine: 1 });
  });

  it("is not yet one with fewer than three corners in a ring", () => {
    expect(readOutline("")).toBeUndefined();
    expect(readOutline("196000 8816000\n196010 8816000")).toBeUndefined();
    expect(readOutline(`${SQUARE}\n\n196001 8816001`)).toBeUndefined();
  });
});
