import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { styles, view } from "../map/view.ts";
import { asShipped, compared, date, isAsShipped, language, layers, setCompared, setDate, setDownloading, setLayers, setOpacity, show, w } from "../state/store.ts";
import { minzoom, THEMES, type LayerStyle, type ThemeName } from "../styles/model.ts";
import type { Words } from "../words/es.ts";
import { day } from "../words/format.ts";
import { Icon } from "./icons.tsx";
import { Swatch } from "./Swatch.tsx";

const NAMES: Readonly<Record<ThemeName, (words: Words) => string>> = {
  cadastre: (words) => words.themeCadastre,
  planning: (words) => words.themePlanning,
  services: (words) => words.themeServices,
  risk: (words) => words.themeRisk,
  heritage: (words) => words.themeHeritage,
  titling: (words) => words.themeTitling,
  programme: (words) => words.themeProgramme,
  other: (words) => words.themeOther,
  base: (words) => words.themeBase,
};

/** The tree of layers by theme, with legend and opacity. */
export function Layers(): JSX.Element {
  const groups = createMemo(() =>
    THEMES.map((theme) => ({ theme, members: styles().filter((style) => style.theme === theme) })).filter(
      (group) => group.members.length > 0,
    ),
  );
  return (
    <section class="layers" aria-labelledby="layers-title">
      <div class="section-head">
        <h2 id="layers-title">{w().layers}</h2>
        <Show when={!isAsShipped()}>
          <button type="button" class="text-button" onClick={() => setLayers(asShipped)}>
            {w().layersReset}
          </button>
        </Show>
      </div>
      <For each={groups()}>
        {(group) => {
          const opened = group.members.some((style) => style.id in layers()) && group.theme !== "base";
          const count = () => group.members.filter((style) => style.id in layers()).length;
          return (
            <details class="theme" open={opened}>
              <summary>
                <Icon name="chevron" />
                <span class="theme-name">{NAMES[group.theme](w())}</span>
                <Show when={count() > 0}>
                  <span class="count">{w().shownCount(count())}</span>
                </Show>
              </summary>
              <ul>
                <For each={group.members}>{(style) => <Row style={style} />}</For>
              </ul>
            </details>
          );
        }}
      </For>
      <TheDate />
    </section>
  );
}

function Row(props: { style: LayerStyle }): JSX.Element {
  const isShown = () => props.style.id in layers();
  const title = () => props.style.title[language()];
  const [isOpen, setIsOpen] = createSignal(false);
  const isTooFar = () => isShown() && (view()?.zoom ?? 22) < minzoom(props.style);
  const first = () => props.style.classes[0];
  return (
    <li class="layer" data-layer={props.style.id}>
      <div class="layer-head">
        <label>
          <input type="checkbox" checked={isShown()} onChange={(event) => show(props.style.id, event.currentTarget.checked)} />
          <Show when={first()}>{(kind) => <Swatch style={props.style} kind={kind()} />}</Show>
          <span>{title()}</span>
        </label>
        <button type="button" class="icon-button" aria-expanded={isOpen()} aria-label={w().legendOf(title())} onClick={() => setIsOpen(!isOpen())}>
          <Icon name="chevron" />
        </button>
      </div>
      <Show when={isTooFar()}>
        <p class="hint">{w().zoomIn}</p>
      </Show>
      <Show when={isOpen()}>
        <div class="layer-more">
          <Legend style={props.style} />
          <label class="opacity">
            <span>{w().opacity}</span>
            <input
              type="range"
              min="0"
              max="100"
              step="5"
              disabled={!isShown()}
              value={layers()[props.style.id] ?? 100}
              aria-label={w().opacityOf(title())}
              onInput={(event) => setOpacity(props.style.id, event.currentTarget.valueAsNumber)}
            />
            <output>{layers()[props.style.id] ?? 100} %</output>
          </label>
          <button type="button" class="text-button" aria-label={w().downloadOf(title())} onClick={() => setDownloading(props.style.layer)}>
            <Icon name="download" />
            {w().download}
          </button>
        </div>
      </Show>
    </li>
  );
}

/** The classes of a style. */
export function Legend(props: { style: LayerStyle }): JSX.Element {
  return (
    <ul class="legend">
      <For each={props.style.classes}>
        {(kind) => (
          <li>
            <Swatch style={props.style} kind={kind} />
            <span>{kind.label[language()]}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

function TheDate(): JSX.Element {
  return (
    <div class="date">
      <label for="date">{w().date}</label>
      <div class="date-row">
        <input id="date" type="date" min="1900-01-01" max="2999-12-31" value={date() ?? ""} onChange={(event) => setDate(event.currentTarget.value || undefined)} />
        <Show when={date()}>
          <button type="button" class="text-button" onClick={() => setDate(undefined)}>
            {w().dateToday}
          </button>
        </Show>
      </div>
      <Show when={date()}>{(shown) => <p class="hint">{w().dateShown(day(shown(), language()))}</p>}</Show>
      <label for="compared">{w().compareWith}</label>
      <div class="date-row">
        <input id="compared" type="date" min="1900-01-01" max="2999-12-31" value={compared() ?? ""} onChange={(event) => setCompared(event.currentTarget.value || undefined)} />
      </div>
    </div>
  );
}
