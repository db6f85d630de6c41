import { createEffect, createSignal, type JSX, onCleanup, onMount } from "solid-js";
import { openBeside } from "../map/beside.ts";
import { compared, date, language, setCompared, w } from "../state/store.ts";
import { day } from "../words/format.ts";

/** The same place on another day, right of a line that can be moved. */
export function Compare(): JSX.Element {
  const [part, setPart] = createSignal(50);
  let beside: HTMLDivElement | undefined;
  let line: HTMLDivElement | undefined;
  onMount(() => {
    if (beside) onCleanup(openBeside(beside));
  });
  createEffect(() => {
    beside?.style.setProperty("clip-path", `inset(0 0 0 ${part()}%)`);
    line?.style.setProperty("left", `${part()}%`);
  });
  const left = () => day(date() ?? new Date(), language());
  const right = () => day(compared() ?? new Date(), language());
  return (
    <div class="compare">
      <div class="beside-map" aria-hidden="true" ref={(element) => (beside = element)} />
      <div class="compare-line" ref={(element) => (line = element)} />
      <p class="compare-day compare-left">{left()}</p>
      <p class="compare-day compare-right">
        {right()}
        <button type="button" class="text-button" onClick={() => setCompared(undefined)}>
          {w().compareEnd}
        </button>
      </p>
      <input
        type="range"
        class="compare-slider"
        min="0"
        max="100"
        step="1"
        value={part()}
        aria-label={w().compareSlider(left(), right())}
        onInput={(event) => setPart(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
