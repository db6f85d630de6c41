import { createResource, createSignal, For, Index, type JSX, Show } from "solid-js";
import { units, type Entry, type Unit } from "../data/register.ts";
import { date, language, w } from "../state/store.ts";
import { day } from "../words/format.ts";
import { Transfer } from "./desk/Transfer.tsx";
import { nameOf } from "./Holders.tsx";

/** The rights over a parcel's units with their shares and documents; names stand here once they were told for a purpose. */
export default function Rights(props: { code: string }): JSX.Element {
  const [found, { refetch }] = createResource(
    () => ({ code: props.code, on: date() }),
    ({ code, on }) => units(code, on),
  );
  const all = () => (found.error ? [] : (found.latest ?? []));
  return (
    <>
      <h3>{w().rights}</h3>
      <Show when={found.error}>
        <p class="said">{w().failed}</p>
      </Show>
      <Index
        each={all()}
        fallback={
          <Show when={!found.loading && !found.error}>
            <p>{w().rightsNoUnit}</p>
          </Show>
        }
      >
        {(unit) => <Held unit={unit()} onChanged={() => void refetch()} />}
      </Index>
    </>
  );
}

function Held(props: { unit: Unit; onChanged: () => void }): JSX.Element {
  const [chosen, setChosen] = createSignal<number>();
  const [done, setDone] = createSignal<number>();
  const entry = () => props.unit.rights.find((one) => one.right === chosen());
  const title = () => w().rightsUnit(props.unit.crc ?? String(props.unit.id));
  return (
    <>
      <div class="table-scroll" tabindex="0" role="group" aria-label={title()}>
        <table class="parts">
          <caption class="hint">{title()}</caption>
          <thead>
            <tr>
              <th scope="col">{w().rightsHolder}</th>
              <th scope="col">{w().rightsKind}</th>
              <th scope="col">{w().rightsShare}</th>
            </tr>
          </thead>
          <tbody>
            <For
              each={props.unit.rights}
              fallback={
                <tr>
                  <td colspan="3">{w().rightsNone}</td>
                </tr>
              }
            >
              {(one) => <Row unit={props.unit} one={one} onTransfer={() => setChosen(one.right)} />}
            </For>
          </tbody>
        </table>
      </div>
      <p class="hint" role="status">
        <Show when={done()}>{(number) => w().transferDone(number())}</Show>
      </p>
      <Show when={entry() && chosen()} keyed>
        {(_) => (
          <Transfer
            unit={props.unit}
            held={entry() as Entry}
            onClose={() => setChosen(undefined)}
            onReload={() => props.onChanged()}
            onDone={(act) => {
              setChosen(undefined);
              setDone(act);
              props.onChanged();
            }}
          />
        )}
      </Show>
    </>
  );
}

function Row(props: { unit: Unit; one: Entry; onTransfer: () => void }): JSX.Element {
  const proof = () => {
    const source = props.unit.sources.find(({ id }) => id === props.one.source);
    const name = source && (source.title ?? `${w().sourceKinds[source.kind] ?? source.kind} ${source.number ?? ""}`.trim());
    const from = props.one.valid_from ? w().rightsSince(day(props.one.valid_from, language())) : undefined;
    return [from, name, source?.office, props.one.registry_entry].filter(Boolean).join(" · ");
  };
  return (
    <tr>
      <th scope="row">
        {nameOf(props.one.party)} <span class="hint">{proof()}</span>
      </th>
      <td>{w().rightKinds[props.one.kind] ?? props.one.kind}</td>
      <td class="figure">
        {props.one.share}
        <Show when={!date()}>
          {" "}
          <button type="button" class="text-button" aria-label={w().transferOf(nameOf(props.one.party), props.one.share)} onClick={() => props.onTransfer()}>
            {w().transfer}
          </button>
        </Show>
      </td>
    </tr>
  );
}
