import { For, type JSX, Show } from "solid-js";
import type { Repair } from "../../data/deliveries.ts";
import { boxOf, dotsOf, pathOf } from "../../files/shapes.ts";
import type { FileWords } from "../../files/words.ts";
import { language } from "../../state/store.ts";
import { area, number } from "../../words/format.ts";

/** A shape as it is and as a repair would leave it, at one scale, with what the repair changes. */
export function BeforeAfter(props: { say: FileWords; repair: Repair }): JSX.Element {
  const box = () => boxOf([props.repair.before, props.repair.after]) ?? ([0, 0, 1, 1] as const);
  const facts = () =>
    [
      props.say.repairs[props.repair.repair] ?? props.repair.repair,
      props.repair.moved_m ? props.say.moved(number(props.repair.moved_m, 3, language())) : "",
      props.repair.is_valid ? "" : props.say.stillBad,
    ].filter(Boolean);
  return (
    <div class="before-after">
      <p>
        <strong>{props.say.feature(props.repair.feature)}</strong> <span class="hint">{facts().join(" · ")}</span>
      </p>
      <Drawing label={props.say.before} geometry={props.repair.before} box={box()} area={props.repair.area_before_m2} />
      <Drawing label={props.say.after} geometry={props.repair.after} box={box()} area={props.repair.area_after_m2} />
    </div>
  );
}

function Drawing(props: { label: string; geometry: GeoJSON.Geometry; box: readonly [number, number, number, number]; area: number | null }): JSX.Element {
  const dots = () => dotsOf(props.geometry, props.box);
  return (
    <figure>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <path class="outline" d={pathOf(props.geometry, props.box)} />
        <For each={dots()}>{([x, y]) => <circle cx={x} cy={y} r="1.8" />}</For>
      </svg>
      <figcaption>
        {props.label} <span class="hint">({dots().length})</span>
        <Show when={props.area !== null}>
          <br />
          {area(props.area ?? 0, language())}
        </Show>
      </figcaption>
    </figure>
  );
}
