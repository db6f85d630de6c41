import { Index, type JSX, Show } from "solid-js";
import type { ActWords } from "../../desk/act-words.ts";
import { equalParts, fraction, type Receivers as To } from "../../desk/act.ts";
import { nameOf } from "../Holders.tsx";
import { Icon } from "../icons.tsx";
import { Finder } from "./Finder.tsx";
import { Blank } from "./parts.tsx";

/** Who receives, and which exact part each of them. */
export function Receivers(props: {
  say: ActWords;
  legend: string;
  to: To;
  purpose: string;
  flaw: string | undefined;
  onChange: (to: To) => void;
}): JSX.Element {
  const add = (party: number, name: string): void => {
    const part = props.to.length === 0 ? "1/1" : "";
    if (!props.to.some((one) => one.party === party)) props.onChange([...props.to, { party, name, part }]);
  };
  return (
    <fieldset class="group">
      <legend>{props.legend}</legend>
      <ul class="chosen">
        {/* By place and not by value: a field that is typed in stays the field that has the focus. */}
        <Index each={props.to}>
          {(one, at) => (
            <li>
              <Blank
                label={props.say.receiverPart(one().name || nameOf(one().party))}
                value={one().part}
                flaw={one().part === "" || fraction(one().part) ? undefined : props.say.fractionWrong}
                onInput={(part) => props.onChange(props.to.map((other, k) => (k === at ? { ...other, part } : other)))}
              />
              <button
                type="button"
                class="icon-button"
                aria-label={props.say.receiverRemove(one().name || nameOf(one().party))}
                onClick={() => props.onChange(props.to.filter((_, k) => k !== at))}
              >
                <Icon name="close" />
              </button>
            </li>
          )}
        </Index>
      </ul>
      <Show when={props.to.length > 1}>
        <button type="button" class="button" onClick={() => props.onChange(equalParts(props.to))}>
          {props.say.receiverEqual}
        </button>
      </Show>
      <Show when={props.flaw}>{(flaw) => <p class="flaw">{flaw()}</p>}</Show>
      <Finder say={props.say} purpose={props.purpose} onFound={add} />
    </fieldset>
  );
}
