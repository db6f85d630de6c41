import { type JSX, Show } from "solid-js";
import type { Draft } from "../../desk/draft.ts";
import { outlineText, readOutline } from "../../desk/outline.ts";
import type { DeskWords } from "../../desk/words.ts";

/** The corners of a survey in place of the present ones: typed, pasted, or begun from how the parcel is now. */
export function Replacing(props: { draft: Draft; say: DeskWords; polygon: string; onChange: (part: Partial<Draft>) => void }): JSX.Element {
  const wrongLine = () => {
    const read = readOutline(props.draft.outline);
    return read && "wrongLine" in read ? read.wrongLine : undefined;
  };
  return (
    <>
      <label class="field wide">
        <span>{props.say.outline}</span>
        <textarea
          rows="8"
          spellcheck={false}
          aria-describedby="outline-help"
          aria-invalid={wrongLine() !== undefined}
          value={props.draft.outline}
          onChange={(event) => props.onChange({ outline: event.currentTarget.value })}
        />
      </label>
      <p class="hint" id="outline-help">
        {props.say.outlineHelp}
      </p>
      <Show when={wrongLine()}>
        {(line) => (
          <p class="flawed" role="alert">
            {props.say.outlineWrong(line())}
          </p>
        )}
      </Show>
      <p class="actions">
        <button type="button" class="button" disabled={!props.polygon} onClick={() => props.onChange({ outline: outlineText(props.polygon) })}>
          {props.say.outlineNow}
        </button>
      </p>
      <label class="check">
        <input type="checkbox" checked={props.draft.declaresGap} onChange={(event) => props.onChange({ declaresGap: event.currentTarget.checked })} />
        <span>{props.say.declaresGap}</span>
      </label>
    </>
  );
}
