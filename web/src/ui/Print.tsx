import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import { styles, view } from "../map/view.ts";
import { language, layers, w } from "../state/store.ts";
import { minzoom } from "../styles/model.ts";
import { day } from "../words/format.ts";
import { Legend } from "./Layers.tsx";
import { ScaleBar } from "./Readout.tsx";

/** Head of the sheet: its title can be written, then printed. */
export function PrintHead(props: { onClose: () => void }): JSX.Element {
  const [title, setTitle] = createSignal("");
  let field: HTMLInputElement | undefined;
  onMount(() => field?.focus());
  return (
    <header class="sheet-head">
      <p class="sheet-title">{title() || w().printDefault}</p>
      <form
        class="sheet-tools"
        onSubmit={(event) => {
          event.preventDefault();
          print();
        }}
      >
        <label>
          <span>{w().printTitle}</span>
          <input ref={(element) => (field = element)} type="text" maxlength="80" placeholder={w().printDefault} onInput={(event) => setTitle(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button primary">
          {w().printNow}
        </button>
        <button type="button" class="button" onClick={() => props.onClose()}>
          {w().printBack}
        </button>
      </form>
    </header>
  );
}

/** Foot of the sheet: north, scale, legend, notice, date, address. */
export function PrintFoot(props: { notice: string | undefined }): JSX.Element {
  const shown = () =>
    styles().filter((style) => style.id in layers() && style.theme !== "base" && minzoom(style) <= (view()?.zoom ?? 22));
  return (
    <footer class="sheet-foot">
      <div class="sheet-scale">
        <svg viewBox="0 0 30 40" role="img" aria-label={w().printNorth}>
          <path d="M15 2 24 30 15 24 6 30z" fill="currentColor" />
          <text x="15" y="40" text-anchor="middle" font-size="10" fill="currentColor">
            N
          </text>
        </svg>
        <ScaleBar />
      </div>
      <div class="sheet-legend">
        <h2>{w().printLegend}</h2>
        <For each={shown()}>
          {(style) => (
            <div>
              <h3>{style.title[language()]}</h3>
              <Legend style={style} />
            </div>
          )}
        </For>
      </div>
      <div class="sheet-notice">
        <Show when={props.notice}>{(notice) => <p class="fictitious">{notice()}</p>}</Show>
        <p>{w().printNotice}</p>
        <p>{w().printDate(day(new Date(), language()))}</p>
        <p class="sheet-address">{view() ? location.href : ""}</p>
      </div>
    </footer>
  );
}
