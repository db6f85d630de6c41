import { createEffect, createSignal, For, Index, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { findings, type Count, type Finding, type Repair, type Told } from "../../data/deliveries.ts";
import { refusal } from "../../data/desk.ts";
import { boxOf } from "../../files/shapes.ts";
import type { FileWords } from "../../files/words.ts";
import { language, setDestination } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";
import { Icon } from "../icons.tsx";
import { BeforeAfter } from "./BeforeAfter.tsx";
import type { Act } from "./Work.tsx";

const CLOSE = 20;

/** A repair that is being looked at: its address, its body, and what it would change. */
interface Mending {
  readonly what: string;
  readonly body: Readonly<Record<string, string>>;
  readonly class: string;
  readonly changed: number;
  readonly repairs: readonly Repair[];
}

interface Parts {
  readonly say: FileWords;
  readonly delivery: Told;
  readonly act: Act;
  readonly isDoing: boolean;
  readonly onSpot: (place: readonly [number, number] | undefined) => void;
  readonly onMend: (repairs: readonly Repair[]) => void;
}

/** What was found, by class; each opens on demand. */
export function Findings(props: Parts): JSX.Element {
  const [mending, setMending] = createSignal<Mending>();
  const look = (next: Mending | undefined): void => {
    setMending(next);
    props.onMend(next?.repairs ?? []);
    const box = boxOf((next?.repairs ?? []).flatMap(({ before, after }) => [before, after]));
    if (box) setDestination({ box, closest: CLOSE });
  };
  onCleanup(() => {
    props.onMend([]);
    props.onSpot(undefined);
  });
  const offer = async (kind: string, what: string, of: Readonly<Record<string, string>>): Promise<void> => {
    const body = { reason: props.say.repairReason(props.say.classes[kind] ?? kind), ...of };
    const told = await props.act<{ changed: number; repairs: readonly Repair[] }>(`${what}?dry_run=true`, body);
    if (told) look({ what, body, class: kind, ...told });
  };
  const mend = async ({ what, body }: Mending): Promise<void> => {
    if (await props.act(what, body)) look(undefined);
  };
  return (
    <section class="findings" aria-labelledby="findings">
      <h3 id="findings">{props.say.findings}</h3>
      <Show when={props.delivery.findings.length > 0} fallback={<p class="fine">{props.say.findingsNone}</p>}>
        <Index each={props.delivery.findings}>
          {(count) => (
            <Group
              {...props}
              count={count()}
              mending={mending()?.class === count().class ? mending() : undefined}
              onOffer={(what, of) => void offer(count().class, what, of)}
              onMend={(what) => void mend(what)}
              onLeave={() => look(undefined)}
            />
          )}
        </Index>
      </Show>
    </section>
  );
}

interface GroupParts extends Omit<Parts, "onMend"> {
  readonly count: Count;
  readonly mending: Mending | undefined;
  readonly onOffer: (what: string, of: Readonly<Record<string, string>>) => void;
  readonly onMend: (mending: Mending) => void;
  readonly onLeave: () => void;
}

function Group(props: GroupParts): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const [found, setFound] = createSignal<readonly Finding[]>([]);
  const [next, setNext] = createSignal<number | null>(null);
  const [failure, setFailure] = createSignal<string>();
  const title = () => props.say.classes[props.count.class] ?? props.count.class;
  const figure = (count: number) => number(count, 0, language());
  const mayRepair = () => props.delivery.state === "checked";
  const load = async (after: number): Promise<void> => {
    const kind = props.count.class;
    try {
      const got = await findings(props.delivery.id, kind, after);
      if (kind !== props.count.class) return;
      setFound(after === 0 ? got.findings : [...found(), ...got.findings]);
      setNext(got.after);
      setFailure(undefined);
    } catch (error) {
      setFailure(inLanguage(refusal(error).detail, language()));
    }
  };
  createEffect(
    on([isOpen, () => props.count.class, () => props.delivery.version], ([open]) => {
      if (open) void load(0);
    }),
  );
  const show = (finding: Finding): void => {
    if (!finding.lon_lat) return;
    const [lon, lat] = finding.lon_lat;
    props.onSpot(finding.lon_lat);
    setDestination({ lon, lat, zoom: CLOSE });
  };
  return (
    <details class="finding-class" data-class={props.count.class} onToggle={(event) => event.target === event.currentTarget && setIsOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="chevron" />
        <span class="theme-name">{title()}</span>
        <span class={`chip severity-${props.count.severity}`}>{props.say.severities[props.count.severity]}</span>
        <span class="count">{figure(props.count.findings)}</span>
      </summary>
      <Show when={isOpen()}>
        <Show when={mayRepair() && props.count.repairable > 1}>
          <p class="actions">
            <button type="button" class="button" disabled={props.isDoing} onClick={() => props.onOffer("repairs", { class: props.count.class })}>
              {props.say.repairAll(figure(props.count.repairable))}
            </button>
          </p>
        </Show>
        <Show when={props.mending}>{(mending) => <Offered say={props.say} mending={mending()} isDoing={props.isDoing} onMend={() => props.onMend(mending())} onLeave={props.onLeave} />}</Show>
        <Show when={failure()}>
          {(text) => (
            <p class="flaw" role="alert">
              {text()}
            </p>
          )}
        </Show>
        <ul class="finding-list">
          <For each={found()}>
            {(finding) => (
              <li>
                <p>
                  <Show when={finding.feature}>{(feature) => <strong>{props.say.feature(feature())}: </strong>}</Show>
                  {finding[language()]}
                  <Show when={finding.vertex}>{(vertex) => <span class="hint"> ({props.say.vertex(vertex())})</span>}</Show>
                </p>
                <p class="actions">
                  <Show when={finding.lon_lat}>
                    <button type="button" class="button" aria-label={props.say.zoomTo(finding.feature)} title={props.say.zoomTo(finding.feature)} onClick={() => show(finding)}>
                      <Icon name="target" />
                    </button>
                  </Show>
                  <Show when={finding.repair && mayRepair()}>
                    <button
                      type="button"
                      class="button"
                      aria-label={props.say.repairOf(finding.feature)}
                      disabled={props.isDoing}
                      onClick={() => props.onOffer(`findings/${finding.id}/repair`, {})}
                    >
                      {props.say.repair}
                    </button>
                    <span class="hint">{props.say.repairs[finding.repair ?? ""] ?? finding.repair}</span>
                  </Show>
                </p>
              </li>
            )}
          </For>
        </ul>
        <Show when={next()}>
          {(after) => (
            <button type="button" class="button" onClick={() => void load(after())}>
              {props.say.moreFindings}
            </button>
          )}
        </Show>
      </Show>
    </details>
  );
}

const DRAWN = 12;

function Offered(props: { say: FileWords; mending: Mending; isDoing: boolean; onMend: () => void; onLeave: () => void }): JSX.Element {
  let heading: HTMLHeadingElement | undefined;
  onMount(() => heading?.focus());
  const drawn = () => props.mending.repairs.slice(0, DRAWN);
  return (
    <div class="act offered">
      <h4 tabindex="-1" ref={(element) => (heading = element)}>
        {props.say.repairShown(props.mending.changed, drawn().length)}
      </h4>
      <For each={drawn()}>{(repair) => <BeforeAfter say={props.say} repair={repair} />}</For>
      <p class="actions">
        <button type="button" class="button primary" disabled={props.isDoing} onClick={() => props.onMend()}>
          {props.say.repairDo}
        </button>
        <button type="button" class="button" onClick={() => props.onLeave()}>
          {props.say.cancel}
        </button>
      </p>
    </div>
  );
}
