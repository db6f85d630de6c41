import { createSignal, For, type JSX, Show } from "solid-js";
import { isBusy, type Entering, type Told } from "../../data/deliveries.ts";
import type { FileWords } from "../../files/words.ts";
import { refresh } from "../../map/view.ts";
import { language } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";
import { Blank } from "../desk/parts.tsx";
import type { Act } from "./Work.tsx";

const SHORTEST_REASON = 3;

/** What the office decides about the delivery as a whole, with its reason. */
export function Decision(props: { say: FileWords; delivery: Told; act: Act; isDoing: boolean }): JSX.Element {
  const [reason, setReason] = createSignal("");
  const [isMissing, setIsMissing] = createSignal(false);
  const [tried, setTried] = createSignal<Entering>();
  const [done, setDone] = createSignal<string>();
  let box: HTMLElement | undefined;
  const state = () => props.delivery.state;
  const figure = (count: number | null) => number(count ?? 0, 0, language());
  const decide = async <T,>(what: string, then: (answer: T) => void): Promise<void> => {
    setIsMissing(reason().trim().length < SHORTEST_REASON);
    if (isMissing()) {
      queueMicrotask(() => box?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setTried(undefined);
    setDone(undefined);
    const answer = await props.act<T>(what, { reason: reason().trim() });
    if (answer !== undefined) then(answer);
  };
  const end = (text: string) => {
    setDone(text);
    setReason("");
    refresh();
  };
  const tryIt = () => decide<Entering>("accept?dry_run=true", setTried);
  const accept = () => decide<Entering>("accept", (answer) => end(props.say.entered(figure(answer.entered))));
  const reject = () => decide<unknown>("reject", () => end(props.say.putAside));
  const revoke = () => decide<unknown>("revoke", () => end(props.say.takenBack));
  const check = () => decide<unknown>("check", () => undefined);
  const isOpen = () => ["needs_crs", "checked", "broken", "accepted"].includes(state());
  return (
    <section class="decision" aria-labelledby="decision" ref={(element) => (box = element)}>
      <Show when={isOpen()}>
        <h3 id="decision">{props.say.decideTitle}</h3>
        <Blank
          wide
          label={props.say.reason}
          value={reason()}
          maxlength={300}
          flaw={isMissing() ? props.say.flaws["reason"] : undefined}
          onInput={(text) => {
            setReason(text);
            setIsMissing(false);
          }}
        />
        <p class="actions">
          <Show when={state() === "checked"}>
            <button type="button" class="button" disabled={props.isDoing} onClick={() => void tryIt()}>
              {props.say.tryAccept}
            </button>
            <button type="button" class="button primary" disabled={props.isDoing} onClick={() => void accept()}>
              {props.say.accept}
            </button>
          </Show>
          <Show when={state() === "checked" || state() === "broken"}>
            <button type="button" class="button" disabled={props.isDoing} onClick={() => void check()}>
              {props.say.recheck}
            </button>
          </Show>
          <Show when={state() !== "accepted"} fallback={<button type="button" class="button" disabled={props.isDoing} onClick={() => void revoke()}>{props.say.revoke}</button>}>
            <button type="button" class="button" disabled={props.isDoing} onClick={() => void reject()}>
              {props.say.reject}
            </button>
          </Show>
        </p>
      </Show>
      <div role="status">
        <Show when={tried() && !isBusy(props.delivery) && tried()}>{(answer) => <Tried say={props.say} answer={answer()} />}</Show>
        <Show when={done()}>{(text) => <p class="fine">{text()}</p>}</Show>
      </div>
    </section>
  );
}

function Tried(props: { say: FileWords; answer: Entering }): JSX.Element {
  const figure = (count: number | null) => number(count ?? 0, 0, language());
  return (
    <>
      <p class="fine">{props.say.wouldEnter(figure(props.answer.entered), figure(props.answer.read_count), figure(props.answer.rejected_count))}</p>
      <Show when={props.answer.refused.length > 0}>
        <p>{props.say.refused}</p>
        <ul class="rules">
          <For each={props.answer.refused}>
            {(one) => (
              <li>
                {props.say.feature(one.feature)}: {inLanguage(one.message, language())}
              </li>
            )}
          </For>
        </ul>
      </Show>
    </>
  );
}
