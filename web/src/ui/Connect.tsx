import { createSignal, For, type JSX, onMount } from "solid-js";
import { styles } from "../map/view.ts";
import { language, w } from "../state/store.ts";
import { Icon } from "./icons.tsx";

/** How to open the layers in other programs, with the exact addresses. */
export function Connect(props: { onClose: () => void }): JSX.Element {
  let dialog: HTMLDialogElement | undefined;
  onMount(() => dialog?.showModal());
  const [layer, setLayer] = createSignal("parcels");
  const layers = () => [...new Map(styles().map((style) => [style.layer, style])).values()];
  const service = `${location.origin}/ogc`;
  const tiles = () => `${service}/collections/${layer()}/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt`;
  const command = () => `ogr2ogr -t_srs EPSG:32718 ${layer()}.gpkg OAPIF:${service} ${layer()}`;
  return (
    <dialog ref={(element) => (dialog = element)} class="connect" aria-labelledby="connect-title" onClose={() => props.onClose()}>
      <div class="section-head">
        <h2 id="connect-title">{w().connect}</h2>
        <button type="button" class="icon-button" aria-label={w().close} onClick={() => dialog?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <p>{w().connectIntro}</p>
      <h3>{w().connectAddress}</h3>
      <Address text={service} />
      <p>
        <label class="table-layer">
          <span>{w().connectLayer}</span>
          <select value={layer()} onChange={(event) => setLayer(event.currentTarget.value)}>
            <For each={layers()}>{(style) => <option value={style.layer}>{style.title[language()]}</option>}</For>
          </select>
        </label>
      </p>
      <h3>{w().connectQgis}</h3>
      <p>{w().connectQgisFeatures}</p>
      <Address text={service} />
      <p>{w().connectQgisTiles}</p>
      <Address text={tiles()} />
      <h3>{w().connectArcgis}</h3>
      <p>{w().connectArcgisText}</p>
      <Address text={service} />
      <h3>{w().connectOgr}</h3>
      <p>{w().connectOgrText}</p>
      <Address text={command()} />
    </dialog>
  );
}

function Address(props: { text: string }): JSX.Element {
  const [isCopied, setIsCopied] = createSignal(false);
  let line: HTMLElement | undefined;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text);
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), 2000);
    } catch {
      // Without the right to the clipboard the text is at least chosen, ready for the keyboard.
      if (line) getSelection()?.selectAllChildren(line);
    }
  };
  return (
    <p class="address">
      <code ref={(element) => (line = element)}>{props.text}</code>
      <button type="button" class="button" onClick={() => void copy()}>
        {w().copy}
      </button>
      <span class="hidden" role="status">
        {isCopied() ? w().copied : ""}
      </span>
    </p>
  );
}
