import { createEffect, createResource, createSignal, createUniqueId, type JSX, Show, untrack } from "solid-js";
import { createStore } from "solid-js/store";
import { bring, bringLayers, choices, type Delivery, layersOf } from "../../data/deliveries.ts";
import { refusal, Refusal } from "../../data/desk.ts";
import { percentOf, type Sent } from "../../data/send.ts";
import { type Listed, partsOf, suggested, type Wanted } from "../../files/layers.ts";
import type { FileWords } from "../../files/words.ts";
import { dropped, language, setDropped } from "../../state/store.ts";
import { bytes, inLanguage } from "../../words/format.ts";
import { Blank, Choice } from "../desk/parts.tsx";
import { Icon } from "../icons.tsx";
import { Layers } from "./Layers.tsx";

const NOTHING = { ubigeo: "", target: "", sender: "", source_id: "", accuracy_m: "", srid: "", layer: "", plan: "", returns: "" };
type Said = typeof NOTHING;
const MOST_BYTES = 512 * 2 ** 20;

/** What was typed stays while the panel is closed, and after a refusal. */
const [said, setSaid] = createStore<Said>({ ...NOTHING });
const [files, setFiles] = createSignal<readonly File[]>([]);
/** The layers of the chosen file, where somebody asked for them, and where each goes. */
const [listed, setListed] = createSignal<readonly Listed[]>();
const [wanted, setWanted] = createSignal<Readonly<Record<string, Wanted>>>({});
const parts = () => partsOf(listed() ?? [], wanted(), said.plan);

/** What the service would refuse of it anyway, told before the bytes travel. */
function flawsOf(said: Said, files: readonly File[], isByLayers: boolean): string[] {
  const number = (text: string) => Number(text.replace(",", "."));
  const whole = (text: string) => text === "" || /^\d{1,9}$/.test(text);
  const accuracy = number(said.accuracy_m);
  return [
    ...(files.length === 0 ? ["file"] : []),
    ...(said.ubigeo === "" && said.returns === "" ? ["ubigeo"] : []),
    ...(said.target === "" && !isByLayers && said.returns === "" ? ["target"] : []),
    ...(said.sender.trim().length < 2 && said.returns === "" ? ["sender"] : []),
    ...(whole(said.returns) ? [] : ["returns"]),
    ...(said.accuracy_m !== "" && !(accuracy > 0 && accuracy <= 1000) ? ["accuracy_m"] : []),
    ...(whole(said.source_id) ? [] : ["source_id"]),
    ...(whole(said.srid) ? [] : ["srid"]),
  ];
}

/** The form that a file comes with. */
export function Bring(props: { say: FileWords; onBrought: (delivery: Delivery) => void }): JSX.Element {
  const [known] = createResource(language, choices);
  const offered = () => (known.error ? undefined : known.latest);
  const [marked, setMarked] = createSignal<readonly string[]>([]);
  const [failure, setFailure] = createSignal<Refusal>();
  const [sending, setSending] = createSignal<Sent>();
  let key = crypto.randomUUID();
  let form: HTMLFormElement | undefined;
  createEffect(() => {
    if (dropped().length === 0) return;
    take(dropped());
    setDropped([]);
  });
  createEffect(() => {
    const [only, ...others] = offered()?.districts ?? [];
    if (only && others.length === 0 && said.ubigeo === "") setSaid("ubigeo", only[0]);
  });
  const take = (chosen: readonly File[]): void => {
    setFiles(chosen);
    setListed(undefined);
    setMarked(untrack(marked).filter((name) => name !== "file"));
  };
  const change = (name: keyof Said) => (text: string) => {
    setSaid(name, text);
    setMarked(marked().filter((other) => other !== name));
  };
  const flaw = (name: string): string | undefined => (marked().includes(name) ? props.say.flaws[name] : undefined);
  const mark = (names: readonly string[]): void => {
    setMarked(names);
    queueMicrotask(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const refused = (error: unknown): void => {
    const refusedIt = refusal(error);
    if (refusedIt.status !== 0) key = crypto.randomUUID();
    if (refusedIt.parameter && refusedIt.parameter in props.say.flaws && refusedIt.parameter !== "body") mark([refusedIt.parameter]);
    else setFailure(refusedIt);
  };
  const send = async (): Promise<void> => {
    setFailure(undefined);
    const flaws = flawsOf(said, files(), listed() !== undefined);
    mark(flaws);
    if (flaws.length > 0) return;
    if (listed() && parts().length === 0) {
      setFailure(new Refusal(0, props.say.layersNothing, []));
      return;
    }
    await travel(async () => {
      const all = { files: files(), said: { ...said, accuracy_m: said.accuracy_m.replace(",", ".") } };
      const brought = listed() ? (await bringLayers(all, parts(), key, setSending)).deliveries[0] : await bring(all, key, setSending);
      take([]);
      if (brought) props.onBrought(brought);
    });
  };
  /** Asks what layers the file has, and takes over what is suggested for each. */
  const look = async (): Promise<void> => {
    setFailure(undefined);
    mark(files().length === 0 ? ["file"] : []);
    if (files().length === 0) return;
    await travel(async () => {
      const { layers } = await layersOf(files(), said, setSending);
      setListed(layers);
      setWanted(suggested(layers));
    });
  };
  const travel = async (journey: () => Promise<void>): Promise<void> => {
    setSending({ sent: 0, whole: 0 });
    try {
      await journey();
    } catch (error) {
      refused(error);
    } finally {
      setSending(undefined);
    }
  };
  const failed = (refusal: Refusal): string => {
    if (refusal.status === 413) return props.say.tooLarge;
    if (refusal.parameter === "body") return props.say.flaws["body"] ?? refusal.detail;
    return [refusal.detail, ...refusal.violations.map((one) => one.detail)].map((text) => inLanguage(text, language())).join(" ");
  };
  return (
    <form
      ref={(element) => (form = element)}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <h3>{props.say.bring}</h3>
      <Chosen say={props.say} flaw={flaw("file")} onChosen={take} />
      <Show when={known.error}>
        <p class="flaw" role="alert">
          {inLanguage(refusal(known.error).detail, language())}
        </p>
      </Show>
      <div class="fields">
        <Choice label={props.say.district} value={said.ubigeo} flaw={flaw("ubigeo")} options={[["", props.say.pick], ...(offered()?.districts ?? [])]} onChange={change("ubigeo")} />
        <Show when={!listed()}>
          <Choice label={props.say.target} value={said.target} flaw={flaw("target")} options={[["", props.say.pick], ...(offered()?.targets ?? [])]} onChange={change("target")} />
        </Show>
      </div>
      <Show
        when={listed()}
        fallback={
          <p class="actions">
            <button type="button" class="button" disabled={sending() !== undefined} onClick={() => void look()}>
              {props.say.lookAtLayers}
            </button>
          </p>
        }
      >
        {(layers) => (
          <>
            <Layers say={props.say} listed={layers()} wanted={wanted()} targets={offered()?.targets ?? []} onWant={(layer, one) => setWanted({ ...wanted(), [layer]: one })} />
            <button type="button" class="text-button" onClick={() => setListed(undefined)}>
              {props.say.oneLayer}
            </button>
          </>
        )}
      </Show>
      <Blank wide label={props.say.sender} value={said.sender} maxlength={200} flaw={flaw("sender")} hint={props.say.senderHint} onInput={change("sender")} />
      <div class="fields">
        <Blank label={props.say.source} value={said.source_id} flaw={flaw("source_id")} decimal onInput={change("source_id")} />
        <Blank label={props.say.accuracy} value={said.accuracy_m} flaw={flaw("accuracy_m")} decimal onInput={change("accuracy_m")} />
      </div>
      <details class="more" open={["srid", "layer", "plan", "returns"].some((name) => marked().includes(name))}>
        <summary>
          <Icon name="chevron" />
          {props.say.more}
        </summary>
        <Show when={!listed()}>
          <Blank wide label={props.say.srid} value={said.srid} flaw={flaw("srid")} hint={props.say.srids} decimal onInput={change("srid")} />
          <Blank wide label={props.say.layer} value={said.layer} flaw={flaw("layer")} hint={props.say.layerHint} onInput={change("layer")} />
        </Show>
        <Blank wide label={props.say.returns} value={said.returns} flaw={flaw("returns")} hint={props.say.returnsHint} decimal onInput={change("returns")} />
        <Blank wide label={props.say.plan} value={said.plan} flaw={flaw("plan")} onInput={change("plan")} />
      </details>
      <Show when={failure()}>
        {(refusal) => (
          <p class="flaw" role="alert">
            {failed(refusal())}
          </p>
        )}
      </Show>
      <p class="actions">
        <button type="submit" class="button primary" disabled={sending() !== undefined}>
          {sending() ? props.say.sending : props.say.send}
        </button>
      </p>
      <Show when={sending()}>{(sent) => <Going say={props.say} sent={sent()} />}</Show>
      <p class="hint">{props.say.nothingYet}</p>
    </form>
  );
}

/** How much of the file went out; then the service has all of it and answers. */
function Going(props: { say: FileWords; sent: Sent }): JSX.Element {
  const said = () => props.say.sent(bytes(props.sent.sent, language()), bytes(props.sent.whole, language()), percentOf(props.sent));
  return (
    <div class="bar">
      <label>
        {props.sent.whole > 0 ? said() : props.say.sending}
        <Show when={props.sent.whole} fallback={<progress />}>
          {(whole) => <progress max={whole()} value={props.sent.sent} />}
        </Show>
      </label>
    </div>
  );
}

function Chosen(props: { say: FileWords; flaw: string | undefined; onChosen: (files: readonly File[]) => void }): JSX.Element {
  const id = createUniqueId();
  const names = () => files().map((file) => file.name).join(", ");
  const size = () => files().reduce((sum, file) => sum + file.size, 0);
  return (
    <div class="field wide">
      <label class="button file">
        <Icon name="upload" />
        {props.say.choose}
        <input
          type="file"
          multiple
          aria-label={props.say.choose}
          aria-invalid={props.flaw ? "true" : undefined}
          aria-describedby={id}
          onChange={(event) => props.onChosen([...(event.currentTarget.files ?? [])])}
        />
      </label>
      <span id={id} class="beside-field">
        <Show when={files().length > 0} fallback={<span class="hint">{props.say.dropHint}</span>}>
          <strong class="chosen-file">{props.say.chosen(names(), bytes(size(), language()))}</strong>
        </Show>
        <Show when={props.flaw}>{(flaw) => <span class="flaw">{flaw()}</span>}</Show>
        <Show when={size() > MOST_BYTES}>
          <span class="flaw">{props.say.tooLarge}</span>
        </Show>
      </span>
    </div>
  );
}
