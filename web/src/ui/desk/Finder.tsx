import { createSignal, type JSX, Show } from "solid-js";
import { refusal } from "../../data/desk.ts";
import { findParties, recordParty } from "../../data/register.ts";
import type { ActWords } from "../../desk/act-words.ts";
import { language } from "../../state/store.ts";
import { inLanguage } from "../../words/format.ts";
import { remember } from "../Holders.tsx";
import { Blank, Choice } from "./parts.tsx";

const DOCUMENTS = ["DNI", "RUC", "CE"].map((kind) => [kind, kind] as const);
const SHORTEST_PURPOSE = 8;

/** A party: found by document for the purpose that the reason says, or recorded when nobody has it yet. */
export function Finder(props: { say: ActWords; purpose: string; onFound: (party: number, name: string) => void }): JSX.Element {
  const [kind, setKind] = createSignal("DNI");
  const [document, setDocument] = createSignal("");
  const [name, setName] = createSignal("");
  const [isUnknown, setIsUnknown] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  let key = crypto.randomUUID();
  let number: HTMLDivElement | undefined;
  const found = (party: number, name: string): void => {
    remember([{ party_id: party, name }]);
    props.onFound(party, name);
    setDocument("");
    setName("");
    setIsUnknown(false);
    key = crypto.randomUUID();
    number?.querySelector("input")?.focus();
  };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      const { detail, violations } = refusal(error);
      setFailure([detail, ...violations.map((one) => one.detail)].map((text) => inLanguage(text, language())).join(" "));
    }
  };
  const find = (): Promise<void> =>
    attempt(async () => {
      const all = await findParties(document().trim(), props.purpose);
      setIsUnknown(all.length === 0);
      const [only] = all;
      if (only && all.length === 1) found(only.id, only.name);
      if (all.length > 1) setFailure(props.say.receiverSeveral);
    });
  const record = (): Promise<void> =>
    attempt(async () => found(await recordParty(name().trim(), kind(), document().trim(), props.purpose, key), name().trim()));
  const isPurposeSaid = () => props.purpose.length >= SHORTEST_PURPOSE;
  const help = () => (isUnknown() ? props.say.receiverUnknown : isPurposeSaid() ? undefined : props.say.receiverPurpose);
  // Enter finds, and does not send the whole form.
  const enter = (work: () => Promise<void>) => (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    void work();
  };
  const mayFind = () => document().trim() !== "" && isPurposeSaid();
  return (
    <>
      <div class="fields" ref={(element) => (number = element)} onKeyDown={enter(async () => (mayFind() ? find() : undefined))}>
        <Choice label={props.say.documentKind} value={kind()} options={DOCUMENTS} onChange={setKind} />
        <Blank
          label={props.say.documentNumber}
          value={document()}
          maxlength={40}
          flaw={failure()}
          onInput={(text) => {
            setDocument(text);
            setIsUnknown(false);
            setFailure(undefined);
          }}
        />
        <button type="button" class="button" disabled={!mayFind()} onClick={() => void find()}>
          {props.say.receiverFind}
        </button>
      </div>
      <p class="hint" role="status">
        {help()}
      </p>
      <Show when={isUnknown()}>
        <div class="fields" onKeyDown={enter(async () => (name().trim() ? record() : undefined))}>
          <Blank label={props.say.receiverName} value={name()} maxlength={300} onInput={setName} />
          <button type="button" class="button" disabled={name().trim() === ""} onClick={() => void record()}>
            {props.say.receiverRecord}
          </button>
        </div>
      </Show>
    </>
  );
}
