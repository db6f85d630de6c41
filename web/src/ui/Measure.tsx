import { type JSX, Show } from "solid-js";
import { measure } from "../geo/measure.ts";
import { measuring, points, setMeasuring, setPoints, view } from "../map/view.ts";
import { language, w } from "../state/store.ts";
import { area, length } from "../words/format.ts";
import { Icon } from "./icons.tsx";

/** Measures a distance or an area, by pointer or by keyboard. */
export function Measure(): JSX.Element {
  const result = () => measure(points(), measuring() === "area");
  const close = () => {
    setMeasuring(undefined);
    setPoints([]);
  };
  const addCentre = () => {
    const centre = view()?.centre;
    if (centre) setPoints([...points(), centre]);
  };
  return (
    <section class="measure floating" aria-labelledby="measure-title">
      <div class="section-head">
        <h2 id="measure-title">{w().measure}</h2>
        <button type="button" class="icon-button" aria-label={w().close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div class="choice" role="group" aria-label={w().measure}>
        <button type="button" aria-pressed={measuring() === "distance"} onClick={() => setMeasuring("distance")}>
          {w().measureDistance}
        </button>
        <button type="button" aria-pressed={measuring() === "area"} onClick={() => setMeasuring("area")}>
          {w().measureArea}
        </button>
      </div>
      <p class="hint">{w().measureHelp}</p>
      <p class="actions">
        <button type="button" class="button" onClick={addCentre}>
          {w().measureAdd}
        </button>
        <button type="button" class="button" disabled={points().length === 0} onClick={() => setPoints(points().slice(0, -1))}>
          {w().measureUndo}
        </button>
        <button type="button" class="button" disabled={points().length === 0} onClick={() => setPoints([])}>
          {w().measureClear}
        </button>
      </p>
      <div role="status">
        <Show when={points().length > 0}>
          <p class="hint">{w().measurePoints(points().length)}</p>
        </Show>
        <Show when={points().length > 1}>
          <dl class="pairs">
            <div>
              <dt>
                {measuring() === "area" ? w().measurePerimeter : w().measureLength}, {w().measureOnGrid}
              </dt>
              <dd data-measured="grid">{length(result().gridLengthM, language())}</dd>
            </div>
            <div>
              <dt>{w().measureOnEllipsoid}</dt>
              <dd>{length(result().ellipsoidLengthM, language())}</dd>
            </div>
            <Show when={result().gridAreaM2}>
              {(gridAreaM2) => (
                <>
                  <div>
                    <dt>
                      {w().measureArea}, {w().measureOnGrid}
                    </dt>
                    <dd data-measured="area">{area(gridAreaM2(), language())}</dd>
                  </div>
                  <div>
                    <dt>{w().measureOnEllipsoid}</dt>
                    <dd>{area(result().ellipsoidAreaM2 ?? 0, language())}</dd>
                  </div>
                </>
              )}
            </Show>
          </dl>
        </Show>
      </div>
    </section>
  );
}
