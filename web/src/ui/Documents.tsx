import { createResource, createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import { refusal } from "../data/desk.ts";
import { attach, filesOf, personalBytes, type FileOf, type Source, type Unit } from "../data/register.ts";
import type { ActWords } from "../desk/act-words.ts";
import { language } from "../state/store.ts";
import { bytes, day, inLanguage } from "../words/format.ts";
import { Blank } from "./desk/parts.tsx";
import { sourceName } from "./desk/Proof.tsx";
import { Icon } from "./icons.tsx";

const HASH_PREFIX = 12;
/** What the service takes; asked before the bytes travel, judged by the service. */
const MOST_BYTES = 50 * 2 ** 20;
const SHORTEST_PURPOSE = 8;

/** The documents that prove the rights and acts of a unit, with their files; asked for when they are opened. */
export function Documents(props: { say: ActWords; unit: Unit }): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const [purpose, setPurpose] = createSignal("");
  const isAboutPeople = () => props.unit.sources.some((one) => one.about_person);
  return (
    <Show when={props.unit.sources.length > 0}>
      <details class="documents" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          <Icon name="chevron" />
          {props.say.documents} <span class="hint">{props.say.documentsCount(props.unit.sources.length)}</span>
        </summary>
        <Show when={isOpen()}>
          <Show when={isAboutPeople()}>
            <Blank wide label={props.say.filePurpose} value={purpose()} maxlength={300} hint={props.say.filePurposeNoted} onInput={setPurpose} />
          </Show>
          <ul class="documents-list">
            <For each={props.unit.sources}>{(source) => <Document say={props.say} source={source} purpose={purpose().trim()} />}</For>
          </ul>
          <p class="hint">{props.say.fileHint}</p>
        </Show>
      </details>
    </Show>
  );
}

function Document(props: { say: ActWords; source: Source; purpose: string }): JSX.Element {
  const [files, { mutate }] = createResource(() => filesOf(props.source.id));
  const [failure, setFailure] = createSignal<string>();
  const [sent, setSent] = createSignal<string>();
  const [isSending, setIsSending] = createSignal(false);
  const name = () => sourceName(props.say, props.source);
  const about = () => [props.source.office, props.source.issued_on && day(props.source.issued_on, language())].filter(Boolean).join(" · ");
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setFailure(undefined);
    setSent(undefined);
    try {
      await work();
    } catch (error) {
      const { status, detail, violations } = refusal(error);
      const said = violations.length > 0 ? violations.map((one) => one.detail) : [status === 413 ? props.say.fileTooLarge : detail];
      setFailure(said.map((text) => inLanguage(text, language())).join(" "));
    }
  };
  const send = async (input: HTMLInputElement): Promise<void> => {
    const [file] = input.files ?? [];
    if (!file) return;
    setIsSending(true);
    await attempt(async () => {
      if (file.size > MOST_BYTES) throw new Error(props.say.fileTooLarge);
      const before = new Set(files.latest?.map((one) => one.sha256));
      const after = await attach(props.source.id, file);
      mutate(after);
      const added = after.find((one) => !before.has(one.sha256)) ?? after.at(-1);
      if (added) setSent(props.say.fileSent(added.sha256.slice(0, HASH_PREFIX)));
    });
    setIsSending(false);
    // The same file can be chosen again after a refusal.
    input.value = "";
  };
  const id = createUniqueId();
  return (
    <li>
      <p>
        <strong>{name()}</strong> <span class="hint">{about()}</span>
      </p>
      <ul>
        <For each={files.error ? [] : files.latest} fallback={<li class="hint">{props.say.filesNone}</li>}>
          {(file) => <Attached say={props.say} source={props.source} file={file} purpose={props.purpose} attempt={attempt} />}
        </For>
      </ul>
      <label class="button file" classList={{ busy: isSending() }}>
        {isSending() ? props.say.fileSending : props.say.fileAdd}
        <input
          type="file"
          accept="application/pdf,image/png,image/jpeg"
          aria-label={props.say.fileAddTo(name())}
          aria-invalid={failure() ? "true" : undefined}
          aria-describedby={id}
          onChange={(event) => void send(event.currentTarget)}
        />
      </label>
      <p id={id} role="status">
        <Show when={failure() ?? (files.error ? refusal(files.error).detail : undefined)}>{(text) => <span class="flaw">{text()}</span>}</Show>
        <Show when={sent()}>{(text) => <span class="fine">{text()}</span>}</Show>
      </p>
    </li>
  );
}

/** One file: its type, size, day and hash, and the way to its bytes, which is a download and nothing else. */
function Attached(props: {
  say: ActWords;
  source: Source;
  file: FileOf;
  purpose: string;
  attempt: (work: () => Promise<void>) => Promise<void>;
}): JSX.Element {
  const type = () => props.say.fileTypes[props.file.media_type] ?? props.file.media_type;
  const facts = () => [bytes(props.file.size, language()), day(new Date(props.file.attached_at), language())].join(" · ");
  const saved = () => `${props.file.sha256}.${type().toLowerCase()}`;
  const name = () => `${type()} ${props.file.sha256.slice(0, HASH_PREFIX)}`;
  const address = () => `/api/v1/sources/${props.source.id}/files/${props.file.sha256}`;
  const fetchIt = (): Promise<void> =>
    props.attempt(async () => save(await personalBytes(props.source.id, props.file.sha256, props.purpose), saved()));
  return (
    <li class="attached">
      <span>
        {type()} · {facts()} <code title={props.file.sha256}>{props.file.sha256.slice(0, HASH_PREFIX)}</code>
      </span>
      <Show
        when={props.source.about_person}
        fallback={
          <a class="icon-button" href={address()} download={saved()} aria-label={props.say.fileDownload(name())}>
            <Icon name="download" />
          </a>
        }
      >
        <button
          type="button"
          class="icon-button"
          aria-label={props.say.fileDownload(name())}
          disabled={props.purpose.length < SHORTEST_PURPOSE}
          onClick={() => void fetchIt()}
        >
          <Icon name="download" />
        </button>
      </Show>
    </li>
  );
}

/** Hands bytes to the browser's downloads. */
function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  // Whatever the bytes are, they are a file and no page.
  link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
