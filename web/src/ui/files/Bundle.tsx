import { createEffect, createResource, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import { bundle, decideAll, isBusy, type Joined, type Told } from "../../data/deliveries.ts";
import { refusal } from "../../data/desk.ts";
import type { FileWords } from "../../files/words.ts";
import { refresh } from "../../map/view.ts";
import { language } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";
import { Blank } from "../desk/parts.tsx";

const SHORTEST_REASON = 3;
const GLANCE_MS = 1500;

/** The other deliveries of the same upload, and what is decided about all of them at once. */
export function Bundle(props: { say: FileWords; delivery: Told; number: number; onOpen: (id: number) => void; onDone: () => void }): JSX.Element {
  // Another delivery of it may have changed with each version of this one.
  const [told, { refetch }] = createResource(() => [props.number, props.delivery.version] as const, ([number]) => bundle(number));
  const known = () => (told.error ? undefined : told.latest);
  // The work on one is followed by its own events; that of the others is looked at now and then until all of it rests.
  createEffect(() => {
    if (!known()?.deliveries.some(isBusy)) return;
    const timer = setTimeout(() => void refetch(), GLANCE_MS);
    onCleanup(() => clearTimeout(timer));
  });
  const [reason, setReason] = createSignal("");
  const [flaw, setFlaw] = createSignal<string>();
  const [said, setSaid] = createSignal("");
  const [isDoing, setIsDoing] = createSignal(false);
  const wanted = () => (known()?.deliveries ?? []).filter(({ state }) => state !== "rejected");
  const areAll = (state: string) => wanted().length > 1 && wanted().every((one) => one.state === state);
  const decide = async (what: "accept" | "revoke", then: (joined: Joined) => string): Promise<void> => {
    const now = known();
    if (!now) return;
    if (reason().trim().length < SHORTEST_REASON) {
      setFlaw(props.say.flaws["reason"]);
      return;
    }
    setSaid("");
    setIsDoing(true);
    try {
      setSaid(then(await decideAll(now, what, reason().trim(), crypto.randomUUID())));
      setReason("");
      refresh();
      props.onDone();
    } catch (error) {
      const { detail, violations } = refusal(error);
      setFlaw([detail, ...violations.map((one) => one.detail)].map((text) => inLanguage(text, language())).join(" "));
    } finally {
      setIsDoing(false);
      await refetch();
    }
  };
  const entered = ({ deliveries }: Joined) => props.say.entered(number(deliveries.reduce((sum, one) => sum + (one.entered ?? 0), 0), 0, language()));
  return (
    <section class="bundle" aria-labelledby="bundle">
      <h3 id="bundle">{props.say.bundle(props.number)}</h3>
      <ul class="earlier">
        <For each={known()?.deliveries}>
          {(one) => (
            <li>
              <button type="button" class="text-button" disabled={one.id === props.delivery.id} onClick={() => props.onOpen(one.id)}>
                {one.layer ?? one.target} → {one.target}
              </button>
              <span class={`chip verdict-${one.state}`}>{props.say.states[one.state]}</span>
            </li>
          )}
        </For>
      </ul>
      <Show when={areAll("checked") || areAll("accepted")} fallback={<p class="hint">{props.say.bundleWaits}</p>}>
        <Blank
          wide
          label={props.say.bundleReason}
          value={reason()}
          maxlength={300}
          flaw={flaw()}
          onInput={(text) => {
            setReason(text);
            setFlaw(undefined);
          }}
        />
        <p class="actions">
          <Show when={areAll("checked")} fallback={<button type="button" class="button" disabled={isDoing()} onClick={() => void decide("revoke", () => props.say.takenBack)}>{props.say.revokeAll}</button>}>
            <button type="button" class="button primary" disabled={isDoing()} onClick={() => void decide("accept", entered)}>
              {props.say.acceptAll}
            </button>
          </Show>
        </p>
      </Show>
      <p role="status" class="fine">
        {said()}
      </p>
    </section>
  );
}
