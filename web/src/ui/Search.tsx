import { createSignal, createUniqueId, For, type JSX, onCleanup, Show } from "solid-js";
import { search, type Found } from "../data/service.ts";
import { language, setDestination, setParcel, w } from "../state/store.ts";
import type { Words } from "../words/es.ts";
import { Icon } from "./icons.tsx";

const KINDS: Readonly<Record<Found["kind"], (words: Words) => string>> = {
  parcel: (words) => words.kindParcel,
  settlement: (words) => words.kindSettlement,
  street: (words) => words.kindStreet,
  coordinate: (words) => words.kindCoordinate,
  block: (words) => words.kindBlock,
};
const PAUSE_MS = 160;

/** Search with a list that the keyboard reaches (ARIA combobox). Asks no more often than somebody pauses. */
export function Search(props: { onChosen: (found: Found) => void }): JSX.Element {
  const list = createUniqueId();
  const [words, setWords] = createSignal("");
  const [results, setResults] = createSignal<readonly Found[]>();
  const [active, setActive] = createSignal(-1);
  const [isOpen, setIsOpen] = createSignal(false);
  const [hasFailed, setHasFailed] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();

  const ask = async (): Promise<readonly Found[] | undefined> => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const found = await search(words().trim(), language(), signal);
      if (signal.aborted) return undefined;
      setHasFailed(false);
      setResults(found);
      setActive(-1);
      setIsOpen(true);
      return found;
    } catch {
      if (!signal.aborted) {
        setResults(undefined);
        setHasFailed(true);
        setIsOpen(true);
      }
      return undefined;
    }
  };
  onCleanup(() => asked.abort());

  const write = (text: string): void => {
    setWords(text);
    clearTimeout(timer);
    if (text.trim().length > 1) timer = setTimeout(() => void ask(), PAUSE_MS);
    else setIsOpen(false);
  };
  const choose = (found: Found): void => {
    setIsOpen(false);
    setWords(found.title);
    if (found.bbox) setDestination({ box: found.bbox, closest: found.kind === "parcel" ? 18.5 : 17 });
    else if (found.lon !== null && found.lat !== null) setDestination({ lon: found.lon, lat: found.lat, zoom: 18 });
    setParcel(found.kind === "parcel" && found.code ? found.code : undefined);
    props.onChosen(found);
  };
  const enter = async (): Promise<void> => {
    const chosen = isOpen() ? results()?.[active()] : undefined;
    const found = chosen ?? (await ask())?.[0];
    if (found) choose(found);
  };
  const key = (event: KeyboardEvent): void => {
    const count = results()?.length ?? 0;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (count === 0) return;
      setIsOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((active() + step + count + (active() < 0 && step < 0 ? 1 : 0)) % count);
    } else if (event.key === "Escape") {
      setIsOpen(false);
    } else if (event.key === "Enter") {
      event.preventDefault();
      void enter();
    }
  };
  const shown = () => (isOpen() ? (results() ?? []) : []);

  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="hidden" for="search">
        {w().searchLabel}
      </label>
      <Icon name="search" />
      <input
        id="search"
        type="text"
        inputmode="search"
        enterkeyhint="search"
        autocomplete="off"
        spellcheck={false}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={shown().length > 0}
        aria-controls={list}
        aria-activedescendant={active() >= 0 && shown().length > 0 ? `${list}-${active()}` : undefined}
        placeholder={w().searchPlaceholder}
        value={words()}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={key}
        onBlur={() => setIsOpen(false)}
      />
      <ul id={list} class="results" role="listbox" aria-label={w().searchLabel} hidden={shown().length === 0}>
        <For each={shown()}>
          {(found, index) => (
            <li
              id={`${list}-${index()}`}
              role="option"
              aria-selected={active() === index()}
              // Pressing must not take the focus away before the click arrives.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(found)}
            >
              <span class="kind">{KINDS[found.kind]?.(w()) ?? found.kind}</span>
              <span class="found">{found.title}</span>
              <Show when={found.subtitle}>
                <span class="beside">{found.subtitle}</span>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <p class="search-said" role="status">
        <Show when={isOpen()}>
          <Show when={!hasFailed()} fallback={w().searchFailed}>
            <Show when={results()?.length === 0} fallback={<span class="hidden">{w().searchCount(results()?.length ?? 0)}</span>}>
              {w().searchNothing}
            </Show>
          </Show>
        </Show>
      </p>
    </form>
  );
}
