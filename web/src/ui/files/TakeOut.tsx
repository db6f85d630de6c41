import { createResource, createSignal, For, type JSX, Show } from "solid-js";
import { choices, copies, fileOf, takeOut, type FieldCopy } from "../../data/deliveries.ts";
import { refusal } from "../../data/desk.ts";
import type { FileWords } from "../../files/words.ts";
import { view } from "../../map/view.ts";
import { language } from "../../state/store.ts";
import { inLanguage, moment, number } from "../../words/format.ts";
import { Blank, Choice } from "../desk/parts.tsx";
import { Icon } from "../icons.tsx";

const SHORTEST_REASON = 3;

/** Takes a layer to the field as a GeoPackage, and offers the copies taken lately. */
export function TakeOut(props: { say: FileWords }): JSX.Element {
  const [known] = createResource(language, choices);
  const offered = () => (known.error ? undefined : known.latest);
  const [taken, { refetch }] = createResource(copies);
  const [target, setTarget] = createSignal("");
  const [ubigeo, setUbigeo] = createSignal("");
  const [reason, setReason] = createSignal("");
  const [isWindow, setIsWindow] = createSignal(true);
  const [marked, setMarked] = createSignal<readonly string[]>([]);
  const [failure, setFailure] = createSignal<string>();
  const [isTaking, setIsTaking] = createSignal(false);
  const district = () => ubigeo() || (offered()?.districts.length === 1 ? (offered()?.districts[0]?.[0] ?? "") : "");
  const flaw = (name: string) => (marked().includes(name) ? props.say.flaws[name] : undefined);
  let key = crypto.randomUUID();
  const take = async (): Promise<void> => {
    setFailure(undefined);
    setMarked([...(district() ? [] : ["ubigeo"]), ...(target() ? [] : ["target"]), ...(reason().trim().length < SHORTEST_REASON ? ["reason"] : [])]);
    if (marked().length > 0) return;
    setIsTaking(true);
    try {
      const box = isWindow() ? view()?.box : undefined;
      await takeOut({ reason: reason().trim(), ubigeo: district(), target: target(), ...(box ? { bbox: box.join(",") } : {}) }, key);
      key = crypto.randomUUID();
      setReason("");
      await refetch();
    } catch (error) {
      const refused = refusal(error);
      if (refused.status !== 0) key = crypto.randomUUID();
      setFailure(inLanguage(refused.detail, language()));
    } finally {
      setIsTaking(false);
    }
  };
  return (
    <details class="more take-out">
      <summary>
        <Icon name="chevron" />
        {props.say.takeOut}
      </summary>
      <p class="hint">{props.say.takeOutHint}</p>
      <div class="fields">
        <Choice label={props.say.district} value={district()} flaw={flaw("ubigeo")} options={[["", props.say.pick], ...(offered()?.districts ?? [])]} onChange={setUbigeo} />
        <Choice label={props.say.takeLayer} value={target()} flaw={flaw("target")} options={[["", props.say.pick], ...(offered()?.targets ?? [])]} onChange={setTarget} />
      </div>
      <label>
        <input type="checkbox" checked={isWindow()} onChange={(event) => setIsWindow(event.currentTarget.checked)} /> {props.say.takeWindow}
      </label>
      <Blank wide label={props.say.takeReason} value={reason()} maxlength={300} flaw={flaw("reason")} onInput={setReason} />
      <Show when={failure() ?? (known.error || taken.error ? inLanguage(refusal(known.error ?? taken.error).detail, language()) : undefined)}>
        {(text) => (
          <p class="flaw" role="alert">
            {text()}
          </p>
        )}
      </Show>
      <p class="actions">
        <button type="button" class="button" disabled={isTaking()} onClick={() => void take()}>
          {isTaking() ? props.say.working : props.say.takeDo}
        </button>
      </p>
      <ul class="earlier" aria-label={props.say.takenLately}>
        <For each={taken.error ? [] : taken.latest}>{(copy) => <Copy say={props.say} copy={copy} />}</For>
      </ul>
    </details>
  );
}

function Copy(props: { say: FileWords; copy: FieldCopy }): JSX.Element {
  return (
    <li>
      <a href={fileOf(props.copy.id)} download="">
        {props.say.copy(props.copy.id)}
      </a>
      <span class="hint">
        {props.copy.target} · {props.say.copyCount(number(props.copy.features, 0, language()))} · {moment(props.copy.taken_at, language())}
      </span>
    </li>
  );
}
