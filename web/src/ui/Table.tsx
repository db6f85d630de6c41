import { createEffect, createResource, createSignal, For, type JSX, on, onCleanup, Show } from "solid-js";
import { fields, inside, type Box } from "../data/service.ts";
import { styles, view } from "../map/view.ts";
import { date, language, layers, setParcel, w } from "../state/store.ts";
import { number } from "../words/format.ts";
import { Icon } from "./icons.tsx";

const ROWS = 50;
const COLUMNS = 8;
const TECHNICAL = new Set(["id", "ubigeo", "version", "valid", "source", "geom"]);
const PAUSE_MS = 350;

/** What is in view as a table: the same for people who do not see a map. */
export function Table(props: { onClose: () => void }): JSX.Element {
  const choices = () => {
    const shown = styles().filter((style) => style.id in layers());
    const seen = new Set<string>();
    return shown.filter((style) => !seen.has(style.layer) && seen.add(style.layer)).reverse();
  };
  const [chosen, setChosen] = createSignal("parcels");
  const layer = () => (choices().some((style) => style.layer === chosen()) ? chosen() : choices()[0]?.layer);
  const [box, setBox] = createSignal<Box>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  createEffect(
    on(view, (now) => {
      clearTimeout(timer);
      timer = setTimeout(() => setBox(now?.box), box() ? PAUSE_MS : 0);
    }),
  );
  let running = new AbortController();
  onCleanup(() => {
    clearTimeout(timer);
    running.abort();
  });
  const asked = () => {
    const [of, around] = [layer(), box()];
    return of && around ? { of, around, date: date() } : undefined;
  };
  const [page] = createResource(asked, async ({ of, around, date }) => {
    running.abort();
    running = new AbortController();
    return { of, ...(await inside(of, around, date, ROWS, running.signal)) };
  });
  const [titles] = createResource(
    () => ({ of: layer(), in: language() }),
    async (asked): Promise<Readonly<Record<string, string>>> => (asked.of ? fields(asked.of, asked.in).catch(() => ({})) : {}),
  );
  const columns = () =>
    Object.keys(page.latest?.features[0]?.properties ?? {})
      .filter((name) => !TECHNICAL.has(name))
      .slice(0, COLUMNS);
  const said = (value: unknown): string => {
    if (value === null || value === undefined) return "–";
    if (typeof value === "boolean") return value ? w().yes : w().no;
    if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 2, language());
    return String(value);
  };
  return (
    <section id="table" class="table-panel" aria-labelledby="table-title" tabindex="-1">
      <div class="section-head">
        <h2 id="table-title">{w().table}</h2>
        <label class="table-layer">
          <span>{w().tableLayer}</span>
          <select value={layer()} onChange={(event) => setChosen(event.currentTarget.value)}>
            <For each={choices()}>{(style) => <option value={style.layer}>{style.title[language()]}</option>}</For>
          </select>
        </label>
        <p class="hint" role="status">
          <Show when={!page.error} fallback={w().failed}>
            <Show when={page.latest} fallback={w().loading}>
              {(got) => w().tableCount(got().features.length, got().total)}
            </Show>
          </Show>
        </p>
        <button type="button" class="icon-button" aria-label={w().close} onClick={() => props.onClose()}>
          <Icon name="close" />
        </button>
      </div>
      {/* What scrolls must be reachable by keyboard. */}
      <div class="table-scroll" tabindex="0" role="group" aria-labelledby="table-title">
        <Show when={(page.latest?.features.length ?? 0) > 0} fallback={<p class="said">{page.loading ? w().loading : w().tableEmpty}</p>}>
          <table>
            <thead>
              <tr>
                <For each={columns()}>{(name) => <th scope="col">{titles()?.[name] ?? name}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={page.latest?.features}>
                {(feature) => (
                  <tr>
                    <For each={columns()}>
                      {(name) => (
                        <td classList={{ figure: typeof feature.properties[name] === "number" }}>
                          <Show when={name === "code" && page.latest?.of === "parcels"} fallback={said(feature.properties[name])}>
                            <button
                              type="button"
                              class="text-button"
                              aria-label={w().tableOpen(String(feature.properties[name]))}
                              onClick={() => setParcel(String(feature.properties[name]))}
                            >
                              {String(feature.properties[name])}
                            </button>
                          </Show>
                        </td>
                      )}
                    </For>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </Show>
      </div>
    </section>
  );
}
