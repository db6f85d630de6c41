import { createEffect, createSignal, createUniqueId, For, type JSX, Show, untrack } from "solid-js";
import type { Place } from "../../data/desk.ts";
import { metresOf, toMillimetre } from "../../desk/corners.ts";
import { typedPlace } from "../../desk/draft.ts";
import type { DeskWords } from "../../desk/words.ts";
import { toUtm } from "../../geo/utm.ts";
import { view } from "../../map/view.ts";

export const placeText = ([easting, northing]: Place): string => `${metresOf(easting)} E, ${metresOf(northing)} N`;

/** Easting and northing by hand, or the centre of the map. */
export function PlaceEntry(props: { say: DeskWords; action: string; onPlace: (place: Place) => void }): JSX.Element {
  const [east, setEast] = createSignal("");
  const [north, setNorth] = createSignal("");
  const typed = () => typedPlace(east(), north());
  const add = (place: Place | undefined): void => {
    if (!place) return;
    props.onPlace(place);
    setEast("");
    setNorth("");
  };
  const centre = (): Place | undefined => {
    const now = view();
    if (!now) return undefined;
    const { easting, northing } = toUtm(now.centre);
    return [toMillimetre(easting), toMillimetre(northing)];
  };
  return (
    <div class="entry">
      <label class="field">
        <span>{props.say.east}</span>
        <input type="text" inputmode="decimal" autocomplete="off" value={east()} onInput={(event) => setEast(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{props.say.north}</span>
        <input type="text" inputmode="decimal" autocomplete="off" value={north()} onInput={(event) => setNorth(event.currentTarget.value)} />
      </label>
      <button type="button" class="button" disabled={!typed()} onClick={() => add(typed())}>
        {props.action}
      </button>
      <button type="button" class="button" onClick={() => add(centre())}>
        {props.say.pointCentre}
      </button>
    </div>
  );
}

interface Labelled {
  readonly label: string;
  readonly value: string;
  /** What is wrong with it; said beside it. */
  readonly flaw?: string | undefined;
  readonly hint?: string | undefined;
  readonly wide?: boolean;
}

const besideId = (field: string): string => `${field}-beside`;

/** What stands under a field and describes it: what is wrong with it, and what helps. */
function Beside(props: { id: string; flaw: string | undefined; hint: string | undefined }): JSX.Element {
  return (
    <span class="beside-field" id={props.id}>
      <Show when={props.flaw}>{(flaw) => <span class="flaw">{flaw()}</span>}</Show>
      <Show when={props.hint}>{(hint) => <span class="hint">{hint()}</span>}</Show>
    </span>
  );
}

/**
 * A blank to be filled in; it counts while it is typed (`onInput`) or, where each change can be undone, when it is left
 * (`onChange`). What is wrong with it is said once it is left: half a fraction is not wrong yet.
 */
export function Blank(
  props: Labelled & { type?: "text" | "date"; decimal?: boolean; max?: string; maxlength?: number; onInput?: (text: string) => void; onChange?: (text: string) => void },
): JSX.Element {
  const id = createUniqueId();
  const [isTyping, setIsTyping] = createSignal(false);
  const flaw = () => (isTyping() ? undefined : props.flaw);
  let input: HTMLInputElement | undefined;
  // What is being typed stays, also half a date: its value is none until it is whole.
  createEffect(() => {
    const value = props.value;
    if (input && input.value !== value && !untrack(isTyping)) input.value = value;
  });
  return (
    <div class="field" classList={{ wide: props.wide }}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type={props.type ?? "text"}
        inputmode={props.decimal ? "decimal" : undefined}
        autocomplete="off"
        max={props.max}
        maxlength={props.maxlength}
        ref={(element) => (input = element)}
        aria-invalid={flaw() ? "true" : undefined}
        aria-describedby={flaw() || props.hint ? besideId(id) : undefined}
        onInput={(event) => {
          setIsTyping(true);
          props.onInput?.(event.currentTarget.value);
        }}
        onChange={(event) => {
          setIsTyping(false);
          props.onChange?.(event.currentTarget.value);
        }}
        onBlur={() => setIsTyping(false)}
      />
      <Beside id={besideId(id)} flaw={flaw()} hint={props.hint} />
    </div>
  );
}

/** One of several. */
export function Choice(props: Labelled & { options: readonly (readonly [value: string, name: string])[]; onChange: (value: string) => void }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field" classList={{ wide: props.wide }}>
      <label for={id}>{props.label}</label>
      <select
        id={id}
        aria-invalid={props.flaw ? "true" : undefined}
        aria-describedby={props.flaw || props.hint ? besideId(id) : undefined}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        <For each={props.options}>
          {([value, name]) => (
            <option value={value} selected={value === props.value}>
              {name}
            </option>
          )}
        </For>
      </select>
      <Beside id={besideId(id)} flaw={props.flaw} hint={props.hint} />
    </div>
  );
}
