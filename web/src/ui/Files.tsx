import { createEffect, createResource, createSignal, For, type JSX, onMount, Show } from "solid-js";
import { list, type Delivery } from "../data/deliveries.ts";
import { refusal } from "../data/desk.ts";
import { fileWords, type FileWords } from "../files/words.ts";
import { dropped, language, setIsFilesOpen } from "../state/store.ts";
import { inLanguage, moment } from "../words/format.ts";
import { Bring } from "./files/Bring.tsx";
import { TakeOut } from "./files/TakeOut.tsx";
import { Work } from "./files/Work.tsx";
import { Icon } from "./icons.tsx";

/** Which delivery stands open; it stays so while the panel is closed. */
const [opened, setOpened] = createSignal<number>();

/** What an office does with files: receive one, work on one, look at earlier ones. */
export default function Files(): JSX.Element {
  const say = () => fileWords[language()];
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  const go = (id: number | undefined): void => {
    setOpened(id);
    queueMicrotask(() => heading?.focus());
  };
  // A file that is dropped while another delivery stands open is a new one.
  createEffect(() => {
    if (dropped().length > 0) setOpened(undefined);
  });
  return (
    <section class="card desk files" aria-labelledby="files-title">
      <div class="card-head">
        <h2 id="files-title" tabindex="-1" ref={(element) => (heading = element)}>
          {opened() ? say().delivery(opened() ?? 0) : say().title}
        </h2>
        <button type="button" class="icon-button" aria-label={say().close} onClick={() => setIsFilesOpen(false)}>
          <Icon name="close" />
        </button>
      </div>
      <div class="card-body">
        <Show when={opened()} keyed fallback={<Start say={say()} onOpen={go} />}>
          {(id) => <Work say={say()} id={id} onBack={() => go(undefined)} onOpen={go} />}
        </Show>
      </div>
    </section>
  );
}

function Start(props: { say: FileWords; onOpen: (id: number) => void }): JSX.Element {
  return (
    <>
      <Bring say={props.say} onBrought={(delivery) => props.onOpen(delivery.id)} />
      <TakeOut say={props.say} />
      <Earlier say={props.say} onOpen={props.onOpen} />
    </>
  );
}

function Earlier(props: { say: FileWords; onOpen: (id: number) => void }): JSX.Element {
  const [shown, setShown] = createSignal<readonly Delivery[]>([]);
  const [before, setBefore] = createSignal<number>();
  const [page] = createResource(
    () => ({ before: before() }),
    async (asked) => {
      const got = await list(asked.before);
      setShown([...shown(), ...got.deliveries]);
      return got;
    },
  );
  const next = () => (page.error ? undefined : page.latest?.before);
  return (
    <section aria-labelledby="earlier">
      <h3 id="earlier">{props.say.past}</h3>
      <Show when={page.error}>
        <p class="flaw" role="alert">
          {inLanguage(refusal(page.error).detail, language())}
        </p>
      </Show>
      <ul class="earlier">
        <For each={shown()} fallback={<li class="hint">{page.loading ? props.say.loading : props.say.pastNone}</li>}>
          {(one) => (
            <li>
              <button type="button" class="text-button" aria-label={props.say.open(one.file_name, one.id)} onClick={() => props.onOpen(one.id)}>
                {one.file_name}
              </button>
              <span class={`chip verdict-${one.state}`}>{props.say.states[one.state]}</span>
              <span class="hint">
                {one.target} · {props.say.from(one.sender)} · {moment(one.received_at, language())}
              </span>
            </li>
          )}
        </For>
      </ul>
      <Show when={next()}>
        {(last) => (
          <button type="button" class="button" disabled={page.loading} onClick={() => setBefore(last())}>
            {props.say.pastMore}
          </button>
        )}
      </Show>
    </section>
  );
}
