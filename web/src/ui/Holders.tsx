import { createSignal, For, type JSX, Show } from "solid-js";
import { holders, Refusal, type Holder } from "../data/desk.ts";
import { date, w } from "../state/store.ts";

/** Names that were told since the page was opened; they stay in this page's memory and nowhere else. */
const [names, setNames] = createSignal<ReadonlyMap<number, string>>(new Map());

export function remember(told: readonly { readonly party_id: number; readonly name: string }[]): void {
  setNames(new Map([...names(), ...told.map(({ party_id, name }) => [party_id, name] as const)]));
}

/** The name of a party where it was told, else its number. */
export const nameOf = (party: number): string => names().get(party) ?? w().partyNumber(party);

/** Who holds the parcel: told to the titling office for a purpose, which the service notes. */
export function Holders(props: { code: string }): JSX.Element {
  const [purpose, setPurpose] = createSignal("");
  const [told, setTold] = createSignal<{ readonly code: string; readonly holders: readonly Holder[] }>();
  const [failure, setFailure] = createSignal<string>();
  const ask = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { code } = props;
    setFailure(undefined);
    try {
      const all = { code, ...(await holders(code, purpose().trim(), date())) };
      remember(all.holders);
      setTold(all);
    } catch (error) {
      setFailure(error instanceof Refusal ? error.detail : w().failed);
    }
  };
  // What was told of one parcel does not stand beside another.
  const known = () => (told()?.code === props.code ? told()?.holders : undefined);
  return (
    <>
      <h3>{w().holders}</h3>
      <form class="entry" onSubmit={(event) => void ask(event)}>
        <label class="field">
          <span>{w().holdersPurpose}</span>
          <input type="text" maxlength="300" autocomplete="off" value={purpose()} onInput={(event) => setPurpose(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button" disabled={purpose().trim().length < 8}>
          {w().holdersShow}
        </button>
      </form>
      <p class="hint">{w().holdersNoted}</p>
      <div role="status">
        <Show when={failure()}>{(text) => <p class="said">{text()}</p>}</Show>
        <Show when={known()}>
          {(all) => (
            <ul class="holders">
              <For each={all()} fallback={<li>{w().holdersNone}</li>}>
                {(one) => (
                  <li>
                    <strong>{one.name}</strong> {[one.document_kind, one.document_number].filter(Boolean).join(" ")}
                    <br />
                    {w().rightKinds[one.right_kind] ?? one.right_kind} {one.share_numerator}/{one.share_denominator}
                    <Show when={one.registry_entry}> · {one.registry_entry}</Show>
                  </li>
                )}
              </For>
            </ul>
          )}
        </Show>
      </div>
    </>
  );
}
