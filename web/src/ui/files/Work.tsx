import { createEffect, createResource, createSignal, type JSX, on, onCleanup, Show } from "solid-js";
import { decide, features, followWork, isBusy, told, type Progress, type Repair, type Seen, type Told } from "../../data/deliveries.ts";
import { refusal, type Refusal } from "../../data/desk.ts";
import { boxOf } from "../../files/shapes.ts";
import type { FileWords } from "../../files/words.ts";
import { setPreview } from "../../map/view.ts";
import { language, setDestination } from "../../state/store.ts";
import { bytes, inLanguage, number } from "../../words/format.ts";
import { Icon } from "../icons.tsx";
import { Bundle } from "./Bundle.tsx";
import { Changes } from "./Changes.tsx";
import { Decision } from "./Decision.tsx";
import { Findings } from "./Findings.tsx";
import { Meaning } from "./Meaning.tsx";
import { Places } from "./Places.tsx";

/** Features that the map shows; more would not be told apart. */
const SHOWN = 5000;
const REFUSED_AS_SEEN = [409, 412];

/** Decides something on the version that is seen; nothing where it was refused, which is told. */
export type Act = <T>(what: string, body: unknown) => Promise<T | undefined>;

/** One delivery: how far it is, where it lies, what its columns mean, what was found, and what is decided. */
export function Work(props: { say: FileWords; id: number; onBack: () => void; onOpen: (id: number) => void }): JSX.Element {
  const [delivery, { refetch }] = createResource(() => props.id, told);
  const known = () => (delivery.error ? undefined : delivery.latest);
  const [progress, setProgress] = createSignal<Progress>();
  const [trouble, setTrouble] = createSignal<Refusal>();
  const [isDoing, setIsDoing] = createSignal(false);
  const [mending, setMending] = createSignal<readonly Repair[]>([]);
  const [spot, setSpot] = createSignal<readonly [number, number]>();
  const [proposed, setProposed] = createSignal<Seen>();

  createEffect(() => {
    const now = known();
    if (!now || !isBusy(now)) return;
    setProgress(now.progress);
    onCleanup(followWork(now.id, setProgress, () => void refetch()));
  });

  const act: Act = async <T,>(what: string, body: unknown) => {
    const now = known();
    if (!now) return undefined;
    setTrouble(undefined);
    setIsDoing(true);
    try {
      const answer = await decide<T>(now, what, body, crypto.randomUUID());
      if (!what.endsWith("dry_run=true")) await refetch();
      return answer;
    } catch (error) {
      const refused = refusal(error);
      setTrouble(refused);
      if (REFUSED_AS_SEEN.includes(refused.status)) await refetch();
      return undefined;
    } finally {
      setIsDoing(false);
    }
  };

  const propose = (seen: Seen | undefined): void => {
    setProposed(seen);
    if (seen) zoomTo(shapesOf(seen));
  };
  const staged = onMap(known, { mending, spot, proposed }, setTrouble);
  return (
    <>
      <p>
        <button type="button" class="text-button" onClick={() => props.onBack()}>
          {props.say.back}
        </button>
      </p>
      <Show when={delivery.error}>
        <p class="flaw" role="alert">
          {inLanguage(refusal(delivery.error).detail, language())}
        </p>
      </Show>
      <Show when={known()} fallback={<p class="said">{props.say.loading}</p>}>
        {(now) => (
          <>
            <Facts say={props.say} delivery={now()} />
            <Show when={isBusy(now())}>
              <Bar say={props.say} progress={progress() ?? now().progress} />
            </Show>
            <Show when={now().trouble}>
              {(said) => (
                <p class="flaw" role="alert">
                  {said()[language()]}
                </p>
              )}
            </Show>
            <Show when={trouble()}>{(refused) => <Trouble say={props.say} refusal={refused()} />}</Show>
            <Show when={!isBusy(now())}>
              <Shown say={props.say} shown={staged().length} all={now().read_count} onZoom={() => zoomTo(staged())} />
              <Places say={props.say} delivery={now()} act={act} isDoing={isDoing()} seen={proposed()} onSeen={propose} />
              <Changes say={props.say} delivery={now()} act={act} isDoing={isDoing()} />
              <Show when={now().fields && now().state !== "rejected" && now().returns === null}>
                <Meaning say={props.say} delivery={now()} act={act} isDoing={isDoing()} trouble={trouble()} />
              </Show>
              <Show when={now().state !== "needs_crs"}>
                <Findings say={props.say} delivery={now()} act={act} isDoing={isDoing()} onSpot={setSpot} onMend={setMending} />
              </Show>
            </Show>
            <Decision say={props.say} delivery={now()} act={act} isDoing={isDoing()} />
            <Show when={now().bundle}>
              {(number) => <Bundle say={props.say} delivery={now()} number={number()} onOpen={props.onOpen} onDone={() => void refetch()} />}
            </Show>
          </>
        )}
      </Show>
    </>
  );
}

type Staged = GeoJSON.Feature<GeoJSON.Geometry>;

function zoomTo(staged: readonly Staged[]): void {
  const box = boxOf(staged.map((one) => one.geometry));
  if (box) setDestination({ box, closest: 19 });
}

const shapesOf = ({ features }: GeoJSON.FeatureCollection<GeoJSON.Geometry | null>): readonly Staged[] =>
  features.filter((one): one is Staged => one.geometry !== null);

interface Beside {
  readonly mending: () => readonly Repair[];
  readonly spot: () => readonly [number, number] | undefined;
  readonly proposed: () => Seen | undefined;
}

/** Keeps the map at what the delivery would enter, what a repair changes, the place of a finding, and a place proposed. */
function onMap(
  known: () => Told | undefined,
  { mending, spot, proposed }: Beside,
  onFailure: (refusal: Refusal) => void,
): () => readonly Staged[] {
  const [staged, setStaged] = createSignal<readonly Staged[]>([]);
  const place = () => {
    const now = known();
    return now && !isBusy(now) && now.crs_how && now.state !== "rejected" ? `${now.id} ${now.srid} ${now.axes_swapped} ${now.unit_m}` : undefined;
  };
  createEffect(
    on([place, () => known()?.version], ([lies], before) => {
      const now = known();
      if (!now || !lies) {
        setStaged([]);
        return;
      }
      let isOver = false;
      onCleanup(() => (isOver = true));
      features(now.id, SHOWN)
        .then((found) => {
          if (isOver) return;
          setStaged(shapesOf(found));
          if (before?.[0] !== lies) zoomTo(staged());
        })
        .catch((error: unknown) => {
          setStaged([]);
          if (!isOver) onFailure(refusal(error));
        });
    }),
  );
  createEffect(() => {
    const changed = new Set(mending().map((one) => one.feature));
    const kept = staged().filter((one) => !changed.has(Number(one.id)));
    const parts = mending().flatMap(({ before, after }): Staged[] => [
      { type: "Feature", properties: { part: "after" }, geometry: after },
      { type: "Feature", properties: { part: "before" }, geometry: before },
    ]);
    const at = spot();
    const spots: Staged[] = at ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [...at] } }] : [];
    const seen = proposed();
    const dashed = seen ? shapesOf(seen).map((one): Staged => ({ ...one, properties: { part: "proposal" } })) : [];
    setPreview({ type: "FeatureCollection", features: [...kept, ...parts, ...dashed, ...spots] });
  });
  onCleanup(() => setPreview(undefined));
  return staged;
}

function Facts(props: { say: FileWords; delivery: Told }): JSX.Element {
  const figure = (count: number | null) => (count === null ? "–" : number(count, 0, language()));
  return (
    <>
      <p class="where">
        <strong class="file-name">{props.delivery.file_name}</strong> <span class={`chip verdict-${props.delivery.state}`}>{props.say.states[props.delivery.state]}</span>
      </p>
      <p class="hint">
        {props.delivery.target} · {props.say.from(props.delivery.sender)} · {bytes(props.delivery.bytes, language())}
        <Show when={props.delivery.driver}>{(driver) => <> · {driver()}</>}</Show>
        <Show when={props.delivery.accuracy_m}>{(metres) => <> · ± {metres()} m</>}</Show>
        {" · "}
        <code title={props.delivery.sha256}>{props.delivery.sha256.slice(0, 12)}</code>
      </p>
      <Show when={props.delivery.read_count !== null}>
        <dl class="tally">
          <div>
            <dt>{props.say.read}</dt>
            <dd>{figure(props.delivery.read_count)}</dd>
          </div>
          <Show when={props.delivery.accepted_count !== null}>
            <div>
              <dt>{props.say.accepts}</dt>
              <dd>{figure(props.delivery.accepted_count)}</dd>
            </div>
            <div>
              <dt>{props.say.repaired}</dt>
              <dd>{figure(props.delivery.repaired_count)}</dd>
            </div>
            <div>
              <dt>{props.say.rejects}</dt>
              <dd>{figure(props.delivery.rejected_count)}</dd>
            </div>
          </Show>
        </dl>
      </Show>
    </>
  );
}

function Bar(props: { say: FileWords; progress: Progress }): JSX.Element {
  const phase = () => props.say.phases[props.progress.phase ?? ""] ?? props.say.working;
  const count = (value: number) => number(value, 0, language());
  const far = () => {
    const { done, total } = props.progress;
    if (done === null) return "";
    return total === null ? count(done) : props.say.progress(count(done), count(total));
  };
  return (
    <div class="bar">
      <label>
        {phase()} <span class="hint">{far()}</span>
        {/* Without a value it moves: how much there is, is not known yet. */}
        <Show when={props.progress.total} fallback={<progress />}>
          {(total) => <progress max={total()} value={props.progress.done ?? 0} />}
        </Show>
      </label>
      <span class="hidden" role="status">
        {phase()}
      </span>
    </div>
  );
}

function Shown(props: { say: FileWords; shown: number; all: number | null; onZoom: () => void }): JSX.Element {
  return (
    <Show when={props.shown > 0}>
      <p class="actions">
        <button type="button" class="button" onClick={() => props.onZoom()}>
          <Icon name="target" />
          {props.say.showAll}
        </button>
        <span class="hint">{props.say.shownPart(props.shown, props.all ?? props.shown)}</span>
      </p>
    </Show>
  );
}

function Trouble(props: { say: FileWords; refusal: Refusal }): JSX.Element {
  const said = (text: string) => inLanguage(text, language());
  return (
    <div class="trouble-box" role="alert">
      <p>
        <strong>{props.refusal.status === 412 ? props.say.conflict : props.say.trouble}</strong>
      </p>
      <Show when={props.refusal.violations.length > 0} fallback={<p>{said(props.refusal.detail)}</p>}>
        <ul class="rules">
          {props.refusal.violations.map((one) => (
            <li>{said(one.detail)}</li>
          ))}
        </ul>
      </Show>
    </div>
  );
}
