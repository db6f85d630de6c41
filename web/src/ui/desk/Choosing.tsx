import { createSignal, For, type JSX } from "solid-js";
import type { Draft } from "../../desk/draft.ts";
import type { DeskWords } from "../../desk/words.ts";
import { Icon } from "../icons.tsx";

/** Which parcels an operation is about, chosen on the map or by their codes. */
export function Choosing(props: { draft: Draft; say: DeskWords; onChange: (part: Partial<Draft>) => void; onPick: () => void }): JSX.Element {
  const [code, setCode] = createSignal("");
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    const wanted = code().trim().toUpperCase();
    if (wanted && !props.draft.codes.includes(wanted)) props.onChange({ codes: [...props.draft.codes, wanted] });
    setCode("");
  };
  return (
    <>
      <h3>{props.say.parcels}</h3>
      <ul class="chosen">
        <For each={props.draft.codes}>
          {(one) => (
            <li>
              <span>{one}</span>
              <button
                type="button"
                class="icon-button"
                disabled={props.draft.codes.length === 1}
                aria-label={props.say.parcelRemove(one)}
                onClick={() => props.onChange({ codes: props.draft.codes.filter((other) => other !== one) })}
              >
                <Icon name="close" />
              </button>
            </li>
          )}
        </For>
      </ul>
      <form class="entry" onSubmit={add}>
        <label class="field">
          <span>{props.say.parcelCode}</span>
          <input type="text" autocomplete="off" maxlength="32" value={code()} onInput={(event) => setCode(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button">
          {props.say.parcelAddDo}
        </button>
        <button type="button" class="button" onClick={() => props.onPick()}>
          {props.say.parcelPick}
        </button>
      </form>
    </>
  );
}
