import { createSignal, type JSX } from "solid-js";
import type { Place } from "../../data/desk.ts";
import { metresOf, toMillimetre } from "../../desk/corners.ts";
import { typedPlace } from "../../desk/draft.ts";
import type { DeskWords } from "../../desk/words.ts";
import { toUtm } from "../../geo/utm.ts";
import { view } from "../../map/view.ts";

export const placeText = ([easting, northing]: Place): string => `${metresOf(easting)} E, ${metresOf(northing)} N`;

/** One labelled field for what is typed; it counts when it is left. */
export function Field(props: { label: string; value: string; hint?: string; onChange: (text: string) => void }): JSX.Element {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input type="text" inputmode="decimal" autocomplete="off" title={props.hint} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)} />
    </label>
  );
}

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
