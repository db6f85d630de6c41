import { createEffect, createResource, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { refusal } from "../data/desk.ts";
import { address, fileName, hits, offer, PAGED, type Offer, type Wish } from "../data/download.ts";
import type { Collection } from "../data/service.ts";
import { downloadWords, type DownloadWords } from "../files/download-words.ts";
import { both } from "../files/filter.ts";
import { view } from "../map/view.ts";
import { date as shownDate, downloading, language, setDownloading } from "../state/store.ts";
import { inLanguage, number } from "../words/format.ts";
import { Blank, Choice } from "./desk/parts.tsx";
import { Builder, FilterText } from "./files/Filter.tsx";
import { Icon } from "./icons.tsx";

const PAUSE_MS = 350;

/** What the count said: how many, or what the service refused and in which field. */
interface Answer {
  readonly count?: number;
  readonly flaw?: { readonly of: string | undefined; readonly detail: string };
}

/** What is downloaded of a layer: format, system, filter, day, part; the count before, and the address that does it. */
export default function Download(props: { collections: readonly Collection[] }): JSX.Element {
  const say = () => downloadWords[language()];
  let dialog: HTMLDialogElement | undefined;
  onMount(() => dialog?.showModal());
  const layer = () => downloading() ?? props.collections[0]?.id ?? "";
  const [known] = createResource(() => ({ layer: layer(), language: language() }), async (asked) => ({ layer: asked.layer, ...(await offer(asked.layer, asked.language)) }));
  const offered = () => (known.error || known.latest?.layer !== layer() ? undefined : known.latest);
  const collections = () => [...props.collections].sort((one, other) => one.title.localeCompare(other.title)).map((one) => [one.id, one.title] as const);
  return (
    <dialog ref={(element) => (dialog = element)} class="connect download desk" aria-labelledby="download-title" onClose={() => setDownloading(undefined)}>
      <div class="section-head">
        <h2 id="download-title">{say().title}</h2>
        <button type="button" class="icon-button" aria-label={say().close} onClick={() => dialog?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <Choice wide label={say().layer} value={layer()} options={collections()} onChange={setDownloading} />
      <Show when={known.error}>
        <p class="flaw" role="alert">
          {inLanguage(refusal(known.error).detail, language())}
        </p>
      </Show>
      <Show when={offered()} keyed fallback={<Show when={!known.error}><p class="said">{say().loading}</p></Show>}>
        {(offered) => <Chooser say={say()} layer={layer()} offer={offered} />}
      </Show>
    </dialog>
  );
}

/** What is chosen stays when another layer or language is looked at, as far as that has it. */
const [format, setFormat] = createSignal("");
const [crs, setCrs] = createSignal("");
const [filters, setFilters] = createSignal<Readonly<Record<string, string>>>({});
const [isWindow, setIsWindow] = createSignal(false);

function Chooser(props: { say: DownloadWords; layer: string; offer: Offer }): JSX.Element {
  const [date, setDate] = createSignal(shownDate() ?? "");
  const filter = () => filters()[props.layer] ?? "";
  const setFilter = (text: string) => setFilters({ ...filters(), [props.layer]: text });
  const oneOf = (wanted: string, all: readonly string[], first: string | undefined) => (all.includes(wanted) ? wanted : (first ?? all[0] ?? ""));
  const wish = (): Wish => ({
    layer: props.layer,
    format: oneOf(format(), props.offer.formats, undefined),
    crs: props.offer.crs.length > 0 ? oneOf(crs(), props.offer.crs, props.offer.storageCrs) : undefined,
    filter: filter(),
    date: date() || undefined,
    box: isWindow() && props.offer.crs.length > 0 ? view()?.box : undefined,
    most: props.offer.most,
  });
  const answer = counted(wish);
  const flaw = (of: string) => (answer()?.flaw?.of === of ? inLanguage(answer()?.flaw?.detail ?? "", language()) : undefined);
  const otherFlaw = () => (answer()?.flaw && !["filter", "datetime"].includes(answer()?.flaw?.of ?? "") ? inLanguage(answer()?.flaw?.detail ?? "", language()) : undefined);
  return (
    <>
      <div class="fields">
        <Choice label={props.say.format} value={wish().format} options={props.offer.formats.map((one) => [one, props.say.formats[one] ?? one.toUpperCase()])} onChange={setFormat} />
        <Blank type="date" label={props.say.date} value={date()} hint={props.say.dateHint} flaw={flaw("datetime")} onInput={setDate} />
      </div>
      <Show when={props.offer.crs.length > 0}>
        <Choice wide label={props.say.crs} value={wish().crs ?? ""} options={props.offer.crs.map((one) => [one, systemName(props.say, one)])} onChange={setCrs} />
        <fieldset class="extent">
          <legend>{props.say.extent}</legend>
          <label>
            <input type="radio" name="extent" checked={!isWindow()} onChange={() => setIsWindow(false)} />
            {props.say.all}
          </label>
          <label>
            <input type="radio" name="extent" checked={isWindow()} onChange={() => setIsWindow(true)} />
            {props.say.window}
          </label>
        </fieldset>
      </Show>
      <FilterText say={props.say} value={filter()} flaw={flaw("filter")} onInput={setFilter} />
      <Builder say={props.say} queryables={props.offer.queryables} onCondition={(added) => setFilter(both(filter(), added))} />
      <Count say={props.say} answer={answer()} wish={wish()} flaw={otherFlaw()} />
      <Way say={props.say} wish={wish()} isReady={(answer()?.count ?? 0) > 0} />
    </>
  );
}

/** Counts what is wished, a while after the last change. */
function counted(wish: () => Wish): () => Answer | undefined {
  const [answer, setAnswer] = createSignal<Answer>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = new AbortController();
  // Format and system change nothing about how many there are.
  const counts = () => JSON.stringify({ ...wish(), format: "", crs: "" });
  const ask = async (): Promise<void> => {
    running = new AbortController();
    const { signal } = running;
    try {
      const count = await hits(wish(), signal);
      if (!signal.aborted) setAnswer({ count });
    } catch (error) {
      const { parameter, detail } = refusal(error);
      if (!signal.aborted) setAnswer({ flaw: { of: parameter, detail } });
    }
  };
  createEffect(
    on(counts, (_, before) => {
      clearTimeout(timer);
      running.abort();
      setAnswer(undefined);
      timer = setTimeout(() => void ask(), before === undefined ? 0 : PAUSE_MS);
    }),
  );
  onCleanup(() => {
    clearTimeout(timer);
    running.abort();
  });
  return answer;
}

function systemName(say: DownloadWords, uri: string): string {
  const code = uri.split("/").at(-1) ?? uri;
  return say.systems[code] ?? `EPSG:${code}`;
}

function Count(props: { say: DownloadWords; answer: Answer | undefined; wish: Wish; flaw: string | undefined }): JSX.Element {
  const figure = (count: number) => number(count, 0, language());
  const isCut = () => PAGED.has(props.wish.format) && (props.answer?.count ?? 0) > props.wish.most;
  const said = () => {
    const count = props.answer?.count;
    if (count === undefined) return props.answer?.flaw ? "" : props.say.counting;
    return count === 0 ? props.say.none : props.say.count(figure(count));
  };
  return (
    <div role="status" class="tally-line">
      <p>{said()}</p>
      <Show when={props.flaw}>{(text) => <p class="flaw">{text()}</p>}</Show>
      <Show when={isCut()}>
        <p class="flaw">{props.say.cut(figure(props.wish.most))}</p>
      </Show>
    </div>
  );
}

/** The link that is the download, and its address for other programs. */
function Way(props: { say: DownloadWords; wish: Wish; isReady: boolean }): JSX.Element {
  const [isCopied, setIsCopied] = createSignal(false);
  let line: HTMLElement | undefined;
  const whole = () => location.origin + address(props.wish);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(whole());
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), 2000);
    } catch {
      // Without the right to the clipboard the text is at least chosen, ready for the keyboard.
      if (line) getSelection()?.selectAllChildren(line);
    }
  };
  return (
    <Show when={props.isReady}>
      <p class="actions">
        <a class="button primary" href={address(props.wish)} download={fileName(props.wish)}>
          <Icon name="download" />
          {props.say.download}
        </a>
        <button type="button" class="button" onClick={() => void copy()}>
          {props.say.copy}
        </button>
        <span role="status" class="hint">
          {isCopied() ? props.say.copied : ""}
        </span>
      </p>
      <p class="address">
        <code aria-label={props.say.address} role="group" ref={(element) => (line = element)}>
          {whole()}
        </code>
      </p>
    </Show>
  );
}
