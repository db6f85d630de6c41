import { createSignal, For, type JSX, Show } from "solid-js";
import { Refusal } from "../../data/desk.ts";
import { findParties, recordParty } from "../../data/register.ts";
import type { TransferDraft } from "../../desk/transfer.ts";
import { w } from "../../state/store.ts";
import { nameOf, remember } from "../Holders.tsx";
import { Icon } from "../icons.tsx";

type To = TransferDraft["to"];

/** Who receives: found by document for the purpose that the reason says, or recorded when nobody has it yet. */
export function Receivers(props: { to: To; purpose: string; onChange: (to: To) => void }): JSX.Element {
  const [kind, setKind] = createSignal("DNI");
  const [document, setDocument] = createSignal("");
  const [name, setName] = createSignal("");
  const [isUnknown, setIsUnknown] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  let key = crypto.randomUUID();
  const add = (party: number, name: string): void => {
    remember([{ party_id: party, name }]);
    const part = props.to.length === 0 ? "1/1" : "";
    if (!props.to.some((one) => one.party === party)) props.onChange([...props.to, { party, name, part }]);
    setDocument("");
    setName("");
    setIsUnknown(false);
    key = crypto.randomUUID();
  };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(error instanceof Refusal ? [error.detail, ...error.violations.map((one) => one.detail)].join(" ") : w().failed);
    }
  };
  const find = (): Promise<void> =>
    attempt(async () => {
      const found = await findParties(document().trim(), props.purpose);
      setIsUnknown(found.length === 0);
      const [only] = found;
      if (only && found.length === 1) add(only.id, only.name);
      if (found.length > 1) setFailure(w().receiverSeveral);
    });
  const record = (): Promise<void> =>
    attempt(async () => add(await recordParty(name().trim(), kind(), document().trim(), props.purpose, key), name().trim()));
  const mayAsk = () => document().trim() !== "" && props.purpose.length >= 8;
  return (
    <fieldset class="entry">
      <legend>{w().receivers}</legend>
      <ul class="chosen">
        <For each={props.to}>
          {(one, at) => (
            <li>
              <label class="field">
                <span>{w().receiverPart(one.name || nameOf(one.party))}</span>
                <input
                  type="text"
                  autocomplete="off"
                  value={one.part}
                  onChange={(event) => props.onChange(props.to.map((other, k) => (k === at() ? { ...other, part: event.currentTarget.value } : other)))}
                />
              </label>
              <button
                type="button"
                class="icon-button"
                aria-label={w().receiverRemove(one.name || nameOf(one.party))}
                onClick={() => props.onChange(props.to.filter((_, k) => k !== at()))}
              >
                <Icon name="close" />
              </button>
            </li>
          )}
        </For>
      </ul>
      <label class="field">
        <span>{w().documentKind}</span>
        <select value={kind()} onChange={(event) => setKind(event.currentTarget.value)}>
          <For each={["DNI", "RUC", "CE"]}>{(one) => <option value={one}>{one}</option>}</For>
        </select>
      </label>
      <label class="field">
        <span>{w().documentNumber}</span>
        <input
          type="text"
          autocomplete="off"
          maxlength="40"
          value={document()}
          onInput={(event) => {
            setDocument(event.currentTarget.value);
            setIsUnknown(false);
          }}
        />
      </label>
      <button type="button" class="button" disabled={!mayAsk()} onClick={() => void find()}>
        {w().receiverFind}
      </button>
      <Show when={isUnknown()}>
        <label class="field">
          <span>{w().receiverName}</span>
          <input type="text" autocomplete="off" maxlength="300" value={name()} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="button" class="button" disabled={name().trim() === ""} onClick={() => void record()}>
          {w().receiverRecord}
        </button>
      </Show>
      <p class="hint" role="status">
        {failure() ?? (isUnknown() ? w().receiverUnknown : props.purpose.length < 8 ? w().receiverPurpose : "")}
      </p>
    </fieldset>
  );
}
