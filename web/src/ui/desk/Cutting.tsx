import { For, type JSX, Match, Switch } from "solid-js";
import type { Place } from "../../data/desk.ts";
import { bearing, metresOf } from "../../desk/corners.ts";
import { metres, type Draft } from "../../desk/draft.ts";
import type { DeskWords } from "../../desk/words.ts";
import { Icon } from "../icons.tsx";
import { Blank, placeText, PlaceEntry } from "./parts.tsx";

interface Props {
  draft: Draft;
  say: DeskWords;
  corners: readonly Place[];
  onChange: (part: Partial<Draft>) => void;
  onDraw: () => void;
}

const WAYS = ["line", "legs", "area"] as const;

/** What is wrong with what was typed; nothing of what was not typed yet. */
const bearingFlaw = (say: DeskWords, text: string): string | undefined =>
  text.trim() === "" || bearing(text) !== undefined ? undefined : say.bearingWrong;
const lengthFlaw = (say: DeskWords, text: string): string | undefined => (text.trim() === "" || metres(text) ? undefined : say.lengthWrong);

/** How a parcel is divided: a line drawn or typed, bearings and distances, or an area. */
export function Cutting(props: Props): JSX.Element {
  const names = { line: () => props.say.byLine, legs: () => props.say.byLegs, area: () => props.say.byArea };
  return (
    <>
      <label class="field wide">
        <span>{props.say.cutBy}</span>
        <select value={props.draft.cutBy} onChange={(event) => props.onChange({ cutBy: event.currentTarget.value as Draft["cutBy"] })}>
          <For each={WAYS}>{(way) => <option value={way}>{names[way]()}</option>}</For>
        </select>
      </label>
      <Switch>
        <Match when={props.draft.cutBy === "line"}>
          <ByLine {...props} />
        </Match>
        <Match when={props.draft.cutBy === "legs"}>
          <ByLegs {...props} />
        </Match>
        <Match when={props.draft.cutBy === "area"}>
          <div class="fields">
            <Blank decimal label={props.say.area} value={props.draft.area} flaw={lengthFlaw(props.say, props.draft.area)} onChange={(area) => props.onChange({ area })} />
            <Blank
              label={props.say.towards}
              hint={props.say.bearingHint}
              value={props.draft.towards}
              flaw={bearingFlaw(props.say, props.draft.towards)}
              onChange={(towards) => props.onChange({ towards })}
            />
          </div>
        </Match>
      </Switch>
      <label class="check">
        <input type="checkbox" checked={props.draft.lawful} onChange={(event) => props.onChange({ lawful: event.currentTarget.checked })} />
        <span>{props.say.lawful}</span>
      </label>
    </>
  );
}

function ByLine(props: Props): JSX.Element {
  return (
    <>
      <p class="actions">
        <button type="button" class="button" onClick={() => props.onDraw()}>
          {props.say.draw}
        </button>
      </p>
      <p class="hint">{props.say.drawHelp}</p>
      <h3>{props.say.points}</h3>
      <ol class="chosen">
        <For each={props.draft.line}>
          {(place, index) => (
            <li>
              <span>{placeText(place)}</span>
              <button
                type="button"
                class="icon-button"
                aria-label={props.say.pointRemove(index() + 1)}
                onClick={() => props.onChange({ line: props.draft.line.filter((_, at) => at !== index()) })}
              >
                <Icon name="close" />
              </button>
            </li>
          )}
        </For>
      </ol>
      <PlaceEntry say={props.say} action={props.say.pointAdd} onPlace={(place) => props.onChange({ line: [...props.draft.line, place] })} />
    </>
  );
}

function ByLegs(props: Props): JSX.Element {
  const change = (at: number, part: Partial<Draft["legs"][number]>): void =>
    props.onChange({ legs: props.draft.legs.map((leg, index) => (index === at ? { ...leg, ...part } : leg)) });
  return (
    <>
      <CornerChoice label={props.say.from} say={props.say} corners={props.corners} chosen={props.draft.from} onChoose={(from) => props.onChange({ from })} />
      <p class="hint">{props.say.bearingHint}</p>
      <For each={props.draft.legs.map((_, at) => at)}>
        {(at) => (
          <fieldset class="entry leg">
            <legend>{props.say.leg(at + 1)}</legend>
            <Blank
              label={props.say.bearing}
              value={props.draft.legs[at]?.bearing ?? ""}
              flaw={bearingFlaw(props.say, props.draft.legs[at]?.bearing ?? "")}
              onChange={(bearing) => change(at, { bearing })}
            />
            <Blank
              decimal
              label={props.say.distance}
              value={props.draft.legs[at]?.distance ?? ""}
              flaw={lengthFlaw(props.say, props.draft.legs[at]?.distance ?? "")}
              onChange={(distance) => change(at, { distance })}
            />
            <button
              type="button"
              class="icon-button"
              disabled={props.draft.legs.length === 1}
              aria-label={props.say.legRemove(at + 1)}
              onClick={() => props.onChange({ legs: props.draft.legs.filter((_, other) => other !== at) })}
            >
              <Icon name="close" />
            </button>
          </fieldset>
        )}
      </For>
      <p class="actions">
        <button type="button" class="button" onClick={() => props.onChange({ legs: [...props.draft.legs, { bearing: "", distance: "" }] })}>
          {props.say.legAdd}
        </button>
      </p>
    </>
  );
}

/** A corner of the parcel, by its number and place. */
export function CornerChoice(props: {
  label: string;
  say: DeskWords;
  corners: readonly Place[];
  chosen: Place | undefined;
  onChoose: (corner: Place | undefined) => void;
}): JSX.Element {
  const at = () => props.corners.findIndex((corner) => corner.join() === props.chosen?.join());
  return (
    <label class="field wide">
      <span>{props.label}</span>
      <select value={String(at())} onChange={(event) => props.onChoose(props.corners[Number(event.currentTarget.value)])}>
        <option value="-1">–</option>
        <For each={props.corners}>
          {(corner, index) => <option value={String(index())}>{props.say.corner(index() + 1, metresOf(corner[0]), metresOf(corner[1]))}</option>}
        </For>
      </select>
    </label>
  );
}
