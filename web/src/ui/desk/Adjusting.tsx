import { createSignal, For, type JSX, Show } from "solid-js";
import type { CornerChange, Place } from "../../data/desk.ts";
import type { Draft } from "../../desk/draft.ts";
import type { DeskWords } from "../../desk/words.ts";
import { Icon } from "../icons.tsx";
import { CornerChoice } from "./Cutting.tsx";
import { placeText, PlaceEntry } from "./parts.tsx";

type What = "move" | "insert" | "remove";
const ALL: readonly What[] = ["move", "insert", "remove"];

/** Corners that move, appear or go. */
export function Adjusting(props: {
  draft: Draft;
  say: DeskWords;
  corners: readonly Place[];
  onChange: (part: Partial<Draft>) => void;
  onPick: (take: (place: Place) => void) => void;
}): JSX.Element {
  const [what, setWhat] = createSignal<What>("move");
  const [corner, setCorner] = createSignal<Place>();
  const add = (change: CornerChange): void => {
    setCorner(undefined);
    props.onChange({ corners: [...props.draft.corners, change] });
  };
  const place = (at: Place): void => {
    const from = corner();
    if (what() === "insert") add({ insert: { at } });
    else if (from) add({ move: { from, to: at } });
  };
  const takesPlace = () => what() === "insert" || (what() === "move" && corner() !== undefined);
  return (
    <>
      <label class="field wide">
        <span>{props.say.change}</span>
        <select value={what()} onChange={(event) => setWhat(event.currentTarget.value as What)}>
          <For each={ALL}>{(one) => <option value={one}>{props.say[one]}</option>}</For>
        </select>
      </label>
      <Show when={what() !== "insert"}>
        <CornerChoice label={props.say.from} say={props.say} corners={props.corners} chosen={corner()} onChoose={setCorner} />
      </Show>
      <Show when={what() === "remove" && corner()}>
        {(at) => (
          <p class="actions">
            <button type="button" class="button" onClick={() => add({ remove: { at: at() } })}>
              {props.say.changeAdd}
            </button>
          </p>
        )}
      </Show>
      <Show when={takesPlace()}>
        <h3>{props.say.newPlace}</h3>
        <p class="actions">
          <button type="button" class="button" onClick={() => props.onPick(place)}>
            {props.say.pick}
          </button>
        </p>
        <p class="hint">{props.say.pickHelp}</p>
        <PlaceEntry say={props.say} action={props.say.changeAdd} onPlace={place} />
      </Show>
      <Show when={props.draft.corners.length > 0}>
        <h3>{props.say.changes}</h3>
        <ol class="chosen">
          <For each={props.draft.corners}>
            {(one, index) => (
              <li>
                <span>{told(one, props.say)}</span>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={props.say.changeRemove(index() + 1)}
                  onClick={() => props.onChange({ corners: props.draft.corners.filter((_, at) => at !== index()) })}
                >
                  <Icon name="close" />
                </button>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </>
  );
}

function told(change: CornerChange, say: DeskWords): string {
  if ("move" in change) return say.moved(placeText(change.move.from), placeText(change.move.to));
  return "insert" in change ? say.inserted(placeText(change.insert.at)) : say.removed(placeText(change.remove.at));
}
