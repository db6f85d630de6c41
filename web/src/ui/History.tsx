import { createResource, For, type JSX, Show } from "solid-js";
import { lineage, type Lineage } from "../data/desk.ts";
import { date, language, setDate, setParcel, w } from "../state/store.ts";
import { day } from "../words/format.ts";

interface Moment {
  readonly on: string;
  readonly what: string;
  readonly codes: readonly string[];
  readonly source: string | undefined;
}

/** The parcel through time: from whom it comes and what became of it; a day can be looked at on the map. */
export function History(props: { code: string }): JSX.Element {
  const [found] = createResource(
    () => ({ code: props.code, on: date() }),
    ({ code, on }) => lineage(code, on),
  );
  const moments = () => (found.error || !found.latest ? [] : momentsOf(found.latest, props.code));
  return (
    <Show when={moments().length > 0}>
      <h3>{w().history}</h3>
      <ol class="timeline">
        <For each={moments()}>
          {(moment) => (
            <li>
              <button type="button" class="text-button" onClick={() => setDate(moment.on)}>
                <span class="hidden">{w().historySee} </span>
                <time datetime={moment.on}>{day(moment.on, language())}</time>
              </button>
              <span> {w().operations[moment.what] ?? moment.what}</span>
              <For each={moment.codes.filter((code) => code !== props.code)}>
                {(code) => (
                  <>
                    {" "}
                    <button type="button" class="text-button" onClick={() => setParcel(code)}>
                      {code}
                    </button>
                  </>
                )}
              </For>
              <Show when={moment.source}>
                <span class="hint"> {moment.source}</span>
              </Show>
            </li>
          )}
        </For>
      </ol>
    </Show>
  );
}

/** One moment for each operation, and one for the first day of a parcel that no operation began. */
export function momentsOf({ parcels, links }: Lineage, code: string): Moment[] {
  const moments = new Map<string, { on: string; what: string; codes: Set<string>; source: string | undefined }>();
  for (const { parent, child, operation, effective_on, source } of links) {
    const key = `${effective_on} ${operation}`;
    const known = moments.get(key) ?? { on: effective_on, what: operation, codes: new Set<string>(), source: source ?? undefined };
    known.codes.add(parent).add(child);
    moments.set(key, known);
  }
  const own = parcels.find((one) => one.code === code);
  const isBorn = links.some((link) => link.child === code);
  if (own?.began && !isBorn) moments.set(own.began, { on: own.began, what: "began", codes: new Set([code]), source: undefined });
  if (own?.ended && !links.some((link) => link.parent === code)) {
    moments.set(own.ended, { on: own.ended, what: "ended", codes: new Set([code]), source: undefined });
  }
  return [...moments.values()].map((one) => ({ ...one, codes: [...one.codes].sort() })).sort((one, other) => one.on.localeCompare(other.on));
}
