import { createSignal, Index, type JSX, Show } from "solid-js";
import type { Unit } from "../../data/register.ts";
import type { ActWords } from "../../desk/act-words.ts";
import { asItReads, fraction, type ActDraft, type Correction } from "../../desk/act.ts";
import { w } from "../../state/store.ts";
import { nameOf } from "../Holders.tsx";
import { Finder } from "./Finder.tsx";
import { Blank, Choice } from "./parts.tsx";

/** Entries as they should read, each beside what it said. */
export function Correcting(props: {
  say: ActWords;
  unit: Unit;
  draft: ActDraft;
  flaw: string | undefined;
  onChange: (corrections: readonly Correction[]) => void;
}): JSX.Element {
  const named = ({ entry }: Correction) => props.say.entryOf(nameOf(entry.party), w().rightKinds[entry.kind] ?? entry.kind);
  const others = () => props.unit.rights.filter((one) => !props.draft.corrections.some(({ entry }) => entry.entry === one.entry));
  const also = (id: string): void => {
    const entry = others().find((one) => String(one.entry) === id);
    if (entry) props.onChange([...props.draft.corrections, asItReads(entry)]);
  };
  const put = (at: number, part: Partial<Correction>): void =>
    props.onChange(props.draft.corrections.map((one, k) => (k === at ? { ...one, ...part } : one)));
  return (
    <>
      <Index each={props.draft.corrections}>
        {(one, at) => (
          <fieldset class="group">
            <legend>{named(one())}</legend>
            <Reading say={props.say} one={one()} purpose={props.draft.reason.trim()} onChange={(part) => put(at, part)} />
            <Show when={props.draft.corrections.length > 1}>
              <button type="button" class="button" onClick={() => props.onChange(props.draft.corrections.filter((_, k) => k !== at))}>
                {props.say.entryRemove(nameOf(one().entry.party))}
              </button>
            </Show>
          </fieldset>
        )}
      </Index>
      <Show when={props.flaw}>{(flaw) => <p class="flaw">{flaw()}</p>}</Show>
      <Show when={others().length > 0}>
        <Choice
          wide
          label={props.say.entryAlso}
          value=""
          options={[
            ["", props.say.entryAlsoNone] as const,
            ...others().map((one) => [String(one.entry), `${named(asItReads(one))} (${one.share})`] as const),
          ]}
          onChange={also}
        />
      </Show>
    </>
  );
}

function Reading(props: { say: ActWords; one: Correction; purpose: string; onChange: (part: Partial<Correction>) => void }): JSX.Element {
  const [isFinding, setIsFinding] = createSignal(false);
  const was = () => props.one.entry;
  const said = (before: string | null, after: string) => (after.trim() === (before ?? "") ? undefined : props.say.said(before ?? props.say.nothing));
  const holder = () => props.one.party?.name ?? nameOf(was().party);
  return (
    <>
      <p>
        {props.say.entryHolder(holder())}
        <Show when={props.one.party}>
          <span class="hint"> {props.say.said(nameOf(was().party))}</span>
        </Show>
      </p>
      <Show
        when={isFinding()}
        fallback={
          <button type="button" class="button" onClick={() => setIsFinding(true)}>
            {props.say.entryOther}
          </button>
        }
      >
        <Finder
          say={props.say}
          purpose={props.purpose}
          onFound={(id, name) => {
            props.onChange({ party: { id, name } });
            setIsFinding(false);
          }}
        />
      </Show>
      <div class="fields">
        <Blank
          label={props.say.entryShare}
          value={props.one.share}
          hint={said(was().share, props.one.share)}
          flaw={fraction(props.one.share) ? undefined : props.say.fractionWrong}
          onInput={(share) => props.onChange({ share })}
        />
        <Blank
          type="date"
          label={props.say.entryFrom}
          value={props.one.from}
          hint={said(was().valid_from, props.one.from)}
          onInput={(from) => props.onChange({ from })}
        />
        <Blank
          type="date"
          label={props.say.entryUntil}
          value={props.one.until}
          hint={said(was().valid_until, props.one.until)}
          onInput={(until) => props.onChange({ until })}
        />
        <Blank
          label={props.say.entryRegistry}
          value={props.one.registryEntry}
          maxlength={100}
          hint={said(was().registry_entry, props.one.registryEntry)}
          onInput={(registryEntry) => props.onChange({ registryEntry })}
        />
      </div>
    </>
  );
}
