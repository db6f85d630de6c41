import { type JSX, Show } from "solid-js";
import { metresPerPixel, scaleBar } from "../geo/measure.ts";
import { toUtm } from "../geo/utm.ts";
import { pointer, view } from "../map/view.ts";
import { language, w } from "../state/store.ts";
import { number } from "../words/format.ts";

/** Scale bar and coordinates: of the pointer, else of the centre. */
export function Readout(): JSX.Element {
  const place = () => pointer() ?? view()?.centre;
  return (
    <Show when={place()}>
      {(at) => {
        const utm = () => toUtm(at());
        return (
          <div class="readout" role="group" aria-label={w().readout}>
            <ScaleBar />
            <span class="readout-what">{pointer() ? w().readoutPointer : w().readoutCentre}</span>
            <span class="readout-utm">
              UTM 18S {w().east} {number(utm().easting, 1, language())} {w().north} {number(utm().northing, 1, language())}
            </span>
            <span class="readout-degrees">
              {at().lat.toFixed(6)}, {at().lon.toFixed(6)}
            </span>
          </div>
        );
      }}
    </Show>
  );
}

/** A bar of a round length, true at the centre of the map. */
export function ScaleBar(): JSX.Element {
  const bar = () => {
    const now = view();
    return now ? scaleBar(metresPerPixel(now.centre.lat, now.zoom), 110) : undefined;
  };
  return (
    <Show when={bar()}>
      {(it) => (
        <span class="scale">
          <svg width={it().pixels + 2} height="8" aria-hidden="true">
            <path d={`M1 1v6h${it().pixels}V1`} fill="none" stroke="currentColor" stroke-width="1.500" />
          </svg>
          <span>
            <span class="hidden">{w().scale} </span>
            {it().metres < 1000 ? `${it().metres} m` : `${it().metres / 1000} km`}
          </span>
        </span>
      )}
    </Show>
  );
}
