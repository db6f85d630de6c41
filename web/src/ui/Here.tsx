import { createResource, For, type JSX, Show } from "solid-js";
import { fields } from "../data/service.ts";
import { hits, setHits, type Hit } from "../map/view.ts";
import { language, w } from "../state/store.ts";
import { Icon } from "./icons.tsx";

const TECHNICAL = new Set(["id", "ubigeo", "version", "valid"]);

/** What the visible layers have at the place that was asked, where there is no parcel. */
export function Here(): JSX.Element {
  return (
    <section class="card" aria-labelledby="here-title">
      <header class="card-head">
        <h2 id="here-title">{w().foundHere}</h2>
        <button type="button" class="icon-button" aria-label={w().close} onClick={() => setHits(undefined)}>
          <Icon name="close" />
        </button>
      </header>
      <div class="card-body" role="status">
        <For each={hits()?.slice(0, 12)} fallback={<p class="said">{w().nothingHere}</p>}>
          {(hit) => <One hit={hit} />}
        </For>
      </div>
    </section>
  );
}

function One(props: { hit: Hit }): JSX.Element {
  const [titles] = createResource(
    () => ({ of: props.hit.style.layer, in: language() }),
    async (asked): Promise<Readonly<Record<string, string>>> => fields(asked.of, asked.in).catch(() => ({})),
  );
  const rows = () => Object.entries(props.hit.properties).filter(([name, value]) => !TECHNICAL.has(name) && value !== null);
  return (
    <>
      <h3>{props.hit.style.title[language()]}</h3>
      <dl class="pairs">
        <For each={rows()}>
          {([name, value]) => (
            <div>
              <dt>{titles()?.[name] ?? name}</dt>
              <dd>
                <Show when={typeof value === "boolean"} fallback={String(value)}>
                  {value ? w().yes : w().no}
                </Show>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </>
  );
}
