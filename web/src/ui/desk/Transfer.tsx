import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { Refusal } from "../../data/desk.ts";
import { doTransfer, tryTransfer, type ActReport, type Entry, type Unit } from "../../data/register.ts";
import { blankTransfer, SOURCE_KINDS, transferOf, trialOf, type TransferDraft } from "../../desk/transfer.ts";
import { language, w } from "../../state/store.ts";
import { nameOf } from "../Holders.tsx";
import { Receivers } from "./Receivers.tsx";

const PAUSE_MS = 350;
/** Today in Lima, which is the day that legal validity counts in. */
const today = (): string => new Intl.DateTimeFormat("en-CA", { timeZone: "America/Lima" }).format(new Date());

/** A transfer of a right or of a share: prepared, tried while it is prepared, done. */
export function Transfer(props: { unit: Unit; held: Entry; onClose: () => void; onReload: () => void; onDone: (act: number) => void }): JSX.Element {
  const [draft, setDraft] = createSignal(blankTransfer(props.held, today()));
  const [report, setReport] = createSignal<ActReport>();
  const [trouble, setTrouble] = createSignal<Refusal>();
  const [isBusy, setIsBusy] = createSignal(false);
  const change = (part: Partial<TransferDraft>): void => void setDraft({ ...draft(), ...part });
  const refused = (error: unknown): void => void setTrouble(error instanceof Refusal ? error : new Refusal(0, String(error), []));

  const trial = createMemo(() => trialOf(draft(), props.unit, props.held));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = new AbortController();
  // As text, so that what a trial does not depend on (the number of the document, the reason) starts none.
  const asked = createMemo(() => JSON.stringify(trial()));
  createEffect(
    on(asked, () => {
      clearTimeout(timer);
      running.abort();
      running = new AbortController();
      const { signal } = running;
      const now = trial();
      setReport(undefined);
      setTrouble(undefined);
      if (!now) return;
      timer = setTimeout(() => {
        tryTransfer(now, signal)
          .then(setReport)
          .catch((error: unknown) => !signal.aborted && refused(error));
      }, PAUSE_MS);
    }),
  );

  // One attempt to write has one key, however often it is sent.
  let key = { of: "", key: "" };
  const wanted = () => transferOf(draft(), props.unit, props.held);
  const mayDo = () => report()?.broken.length === 0 && wanted() !== undefined && !isBusy() && !trouble();
  const doIt = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const now = wanted();
    if (!now || !mayDo()) return;
    const of = JSON.stringify(now);
    if (key.of !== of) key = { of, key: crypto.randomUUID() };
    setIsBusy(true);
    try {
      props.onDone((await doTransfer(now, key.key)).act_id ?? 0);
    } catch (error) {
      refused(error);
    } finally {
      setIsBusy(false);
    }
  };

  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  onCleanup(() => {
    clearTimeout(timer);
    running.abort();
  });
  return (
    <form class="transfer" aria-labelledby="transfer-title" onSubmit={(event) => void doIt(event)}>
      <h3 id="transfer-title" tabindex="-1" ref={(element) => (heading = element)}>
        {w().transferOf(nameOf(props.held.party), props.held.share)}
      </h3>
      <label class="field wide">
        <span>{w().transferReason}</span>
        <input type="text" maxlength="300" autocomplete="off" value={draft().reason} onInput={(event) => change({ reason: event.currentTarget.value })} />
      </label>
      <div class="entry">
        <label class="field">
          <span>{w().transferShare}</span>
          <input type="text" autocomplete="off" value={draft().share} onChange={(event) => change({ share: event.currentTarget.value })} />
        </label>
        <label class="field">
          <span>{w().transferDay}</span>
          <input type="date" max={today()} value={draft().day} onChange={(event) => change({ day: event.currentTarget.value })} />
        </label>
      </div>
      <Receivers to={draft().to} purpose={draft().reason.trim()} onChange={(to) => change({ to })} />
      <Proof draft={draft()} onChange={change} />
      <Preview report={report()} isComplete={trial() !== undefined} />
      <Show when={trouble()}>{(refusal) => <Refused refusal={refusal()} onReload={() => props.onReload()} />}</Show>
      <p class="actions">
        <button type="submit" class="button primary" disabled={!mayDo()}>
          {w().transferDo}
        </button>
        <button type="button" class="button" onClick={() => props.onClose()}>
          {w().close}
        </button>
      </p>
    </form>
  );
}

function Proof(props: { draft: TransferDraft; onChange: (part: Partial<TransferDraft>) => void }): JSX.Element {
  return (
    <fieldset class="entry">
      <legend>{w().source}</legend>
      <label class="field">
        <span>{w().sourceKind}</span>
        <select value={props.draft.sourceKind} onChange={(event) => props.onChange({ sourceKind: event.currentTarget.value })}>
          <For each={SOURCE_KINDS}>{(kind) => <option value={kind}>{w().sourceKinds[kind]}</option>}</For>
        </select>
      </label>
      <label class="field">
        <span>{w().sourceNumber}</span>
        <input type="text" autocomplete="off" maxlength="200" value={props.draft.sourceNumber} onInput={(event) => props.onChange({ sourceNumber: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{w().sourceOffice}</span>
        <input type="text" autocomplete="off" maxlength="200" value={props.draft.sourceOffice} onInput={(event) => props.onChange({ sourceOffice: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{w().sourceDay}</span>
        <input type="date" max={today()} value={props.draft.sourceDay} onChange={(event) => props.onChange({ sourceDay: event.currentTarget.value })} />
      </label>
    </fieldset>
  );
}

/** Shares before and after, and every rule that stands in the way. */
function Preview(props: { report: ActReport | undefined; isComplete: boolean }): JSX.Element {
  const also = () => [
    ...(props.report?.cases.map((one) => `${one.code}: ${one.reference}`) ?? []),
    ...(props.report?.restrictions.map((one) => [one.title, one.norm].filter(Boolean).join(" · ")) ?? []),
  ];
  return (
    <div class="outcome" aria-live="polite">
      <h3>{w().transferPreview}</h3>
      <Show when={props.report} fallback={<p class="said">{props.isComplete ? w().loading : w().transferIncomplete}</p>}>
        {(report) => (
          <>
            <Show when={report().broken.length > 0} fallback={<p class="fine">{w().transferFine}</p>}>
              <ul class="rules flawed">
                <For each={report().broken}>
                  {(one) => (
                    <li>
                      {one[language()]} <span class="hint">{[one.sum, one.norm].filter(Boolean).join(" · ")}</span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
            <Show when={report().shares.length > 0}>
              <table class="parts">
                <thead>
                  <tr>
                    <th scope="col">{w().rightsHolder}</th>
                    <th scope="col">{w().transferBefore}</th>
                    <th scope="col">{w().transferAfter}</th>
                  </tr>
                </thead>
                <tbody>
                  <For each={report().shares}>
                    {(line) => (
                      <tr>
                        <th scope="row">
                          {nameOf(line.party)} <span class="hint">{w().rightKinds[line.kind] ?? line.kind}</span>
                        </th>
                        <td class="figure">{line.before ?? "–"}</td>
                        <td class="figure">{line.after ?? "–"}</td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </Show>
            <Show when={also().length > 0}>
              <ul class="rules">
                <For each={also()}>{(line) => <li>{line}</li>}</For>
              </ul>
            </Show>
          </>
        )}
      </Show>
    </div>
  );
}

function Refused(props: { refusal: Refusal; onReload: () => void }): JSX.Element {
  const mine = (text: string) => new RegExp(`${language()}: ([^|]+)`).exec(text)?.[1]?.trim() ?? text;
  return (
    <div class="trouble-box" role="alert">
      <p>{mine(props.refusal.detail)}</p>
      <ul class="rules">
        <For each={props.refusal.violations}>{(one) => <li>{mine(one.detail)}</li>}</For>
      </ul>
      <Show when={props.refusal.status === 409}>
        <button type="button" class="button" onClick={() => props.onReload()}>
          {w().transferReload}
        </button>
      </Show>
    </div>
  );
}
