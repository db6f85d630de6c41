import { createEffect, createMemo, createResource, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { attempt, perform, polygonsAround, Refusal, standing, type Operation, type Place, type Report, type Standing } from "../data/desk.ts";
import { cornersOf, lonLat, ringsOf } from "../desk/corners.ts";
import { drawOn } from "../desk/draw.ts";
import { createDraft, operationOf } from "../desk/draft.ts";
import { deskWords } from "../desk/words.ts";
import { refresh, setPreview, setTaking, theMap, view } from "../map/view.ts";
import { language, parcel, setIsDeskOpen, setParcel } from "../state/store.ts";
import { Adjusting } from "./desk/Adjusting.tsx";
import { Choosing } from "./desk/Choosing.tsx";
import { Cutting } from "./desk/Cutting.tsx";
import { Outcome, Trouble } from "./desk/Outcome.tsx";
import { Replacing } from "./desk/Replacing.tsx";
import { Icon } from "./icons.tsx";

const PAUSE_MS = 350;
const KINDS = ["split", "detach", "merge", "adjust", "replace", "correct", "agree", "retire"] as const;

/** The officer's desk: an operation is prepared, tried while it is prepared, and done. */
export default function Desk(): JSX.Element {
  const say = () => deskWords[language()];
  const work = createDraft(parcel() ?? "");
  const { draft, undo, redo, past, future } = work;
  const [reason, setReason] = createSignal("");
  const [report, setReport] = createSignal<Report>();
  const [trouble, setTrouble] = createSignal<Refusal>();
  const [isTrying, setIsTrying] = createSignal(false);
  const [isDoing, setIsDoing] = createSignal(false);
  const [done, setDone] = createSignal<number>();

  const change: typeof work.change = (part) => {
    setDone(undefined);
    work.change(part);
  };

  // What the writer sees, and therefore says that it saw.
  const [seen, { refetch, mutate }] = createResource(
    () => draft().codes.join(),
    async (): Promise<readonly Standing[]> => Promise.all(draft().codes.map(standing)),
  );
  const standings = () => (seen.error ? [] : (seen.latest ?? []));
  const versions = () => Object.fromEntries(standings().map((one) => [one.code, one.version]));
  const own = createMemo(() => ringsOf(standings()[0]?.polygon ?? "").flat());
  const [around] = createResource(
    () => (view()?.zoom ?? 0) >= 16 && view()?.box,
    async (box) => cornersOf(await polygonsAround(box)),
  );
  const corners = () => [...own(), ...((around.error ? undefined : around.latest) ?? [])];
  createEffect(
    on(
      () => seen.error as unknown,
      (error) => error instanceof Refusal && setTrouble(error),
    ),
  );

  const operation = createMemo(() => operationOf(draft(), reason().trim()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = new AbortController();
  const tried = (operation: Operation, versions: Readonly<Record<string, string>>): void => {
    running = new AbortController();
    const { signal } = running;
    setIsTrying(true);
    attempt(operation, versions, signal)
      .then(setReport)
      .catch((error: unknown) => {
        if (!signal.aborted) setTrouble(error instanceof Refusal ? error : new Refusal(0, String(error), []));
      })
      .finally(() => !signal.aborted && setIsTrying(false));
  };
  createEffect(
    on([() => operationOf(draft(), ""), versions] as const, ([now, versions]) => {
      clearTimeout(timer);
      running.abort();
      setIsTrying(false);
      setReport(undefined);
      setTrouble(undefined);
      const isSeen = now?.codes.every((code) => versions[code]);
      // A trial needs no reason of its own.
      if (now && isSeen) timer = setTimeout(() => tried({ ...now, reason: "ensayo" }, versions), PAUSE_MS);
    }),
  );
  createEffect(() => {
    const flaws = report()?.broken.flatMap(({ at }) => (at ? [at] : [])) ?? [];
    const features = [...(report()?.preview.features ?? []), ...placed(flaws), ...lineOf(draft().line)];
    setPreview({ type: "FeatureCollection", features });
  });

  // While something is taken from the map the desk makes room for it, and says how to leave.
  const [wanting, setWanting] = createSignal<"takingLine" | "takingPlace" | "takingParcel">();
  let end: (() => void) | undefined;
  const stop = (): void => {
    end?.();
    end = undefined;
    setTaking(undefined);
    setWanting(undefined);
  };
  const draw = (what: "line" | "point", finished: (places: readonly Place[]) => void): void => {
    const map = theMap();
    if (!map) return;
    stop();
    setTaking("drawing");
    setWanting(what === "line" ? "takingLine" : "takingPlace");
    end = drawOn(map, {
      what,
      corners,
      finished: (places) => {
        stop();
        finished(places);
      },
    });
    map.getCanvas().focus();
  };
  const choose = (): void => {
    stop();
    setWanting("takingParcel");
    setTaking(() => (code: string) => {
      stop();
      if (!draft().codes.includes(code)) change({ codes: [...draft().codes, code] });
    });
  };
  const leave = (event: KeyboardEvent): void => {
    if (event.key === "Escape") stop();
  };

  // One attempt to write has one key, however often it is sent.
  let key = { of: "", key: "" };
  const keyOf = (operation: Operation): string => {
    const of = JSON.stringify([operation, versions()]);
    if (key.of !== of) key = { of, key: crypto.randomUUID() };
    return key.key;
  };
  const doIt = async (): Promise<void> => {
    const now = operation();
    if (!now) return;
    setIsDoing(true);
    setDone(undefined);
    try {
      const result = await perform(now, versions(), keyOf(now));
      setDone(result.operation_id ?? undefined);
      setPreview(undefined);
      refresh();
      const next = result.parcels.find((one) => one.part === "begins") ?? result.parcels.find((one) => one.part === "changes");
      if (next) {
        work.restart(next.code);
        setParcel(next.code);
      }
      setReason("");
      mutate(undefined);
      void refetch();
    } catch (error) {
      setTrouble(error instanceof Refusal ? error : new Refusal(0, String(error), []));
    } finally {
      setIsDoing(false);
    }
  };
  const mayDo = () => report()?.broken.length === 0 && !isTrying() && !isDoing() && !trouble() && reason().trim().length >= 3;

  let heading: HTMLHeadingElement | undefined;
  onMount(() => {
    heading?.focus({ preventScroll: true });
    addEventListener("keydown", leave);
  });
  onCleanup(() => {
    removeEventListener("keydown", leave);
    clearTimeout(timer);
    running.abort();
    stop();
    setPreview(undefined);
  });
  return (
    <section class="card desk" classList={{ taking: wanting() !== undefined }} aria-labelledby="desk-title">
      <header class="card-head">
        <div>
          <p class="over">{draft().codes.join(", ")}</p>
          <h2 id="desk-title" tabindex="-1" ref={(element) => (heading = element)}>
            {say().title}
          </h2>
        </div>
        <button type="button" class="icon-button" aria-label={say().close} onClick={() => setIsDeskOpen(false)}>
          <Icon name="close" />
        </button>
      </header>
      <div class="taken" role="status">
        <Show when={wanting()}>
          {(what) => (
            <>
              <strong>{say()[what()]}</strong> <span class="hint">{what() === "takingLine" ? say().drawHelp : what() === "takingPlace" ? say().pickHelp : ""}</span>
              <button type="button" class="button" onClick={stop}>
                {say().takingEnd}
              </button>
            </>
          )}
        </Show>
      </div>
      <div class="card-body">
        <p class="actions">
          <label class="field whole">
            <span>{say().operation}</span>
            <select value={draft().kind} onChange={(event) => change({ kind: event.currentTarget.value as (typeof KINDS)[number] })}>
              <For each={KINDS}>{(kind) => <option value={kind}>{say()[kind]}</option>}</For>
            </select>
          </label>
          <button type="button" class="button" disabled={past().length === 0} onClick={undo}>
            {say().undo}
          </button>
          <button type="button" class="button" disabled={future().length === 0} onClick={redo}>
            {say().redo}
          </button>
        </p>
        <For each={standings().filter((one) => one.held_by)}>{(one) => <p class="said">{say().heldBy(one.held_by ?? "")}</p>}</For>
        <Show when={draft().kind === "merge" || draft().kind === "agree"}>
          <Choosing draft={draft()} say={say()} onChange={change} onPick={choose} />
        </Show>
        <Show when={draft().kind === "split" || draft().kind === "detach"}>
          <Cutting draft={draft()} say={say()} corners={own()} onChange={change} onDraw={() => draw("line", (line) => change({ line }))} />
        </Show>
        <Show when={draft().kind === "adjust"}>
          <Adjusting draft={draft()} say={say()} corners={own()} onChange={change} onPick={(take) => draw("point", ([place]) => place && take(place))} />
        </Show>
        <Show when={draft().kind === "replace" || draft().kind === "correct"}>
          <Replacing draft={draft()} say={say()} polygon={standings()[0]?.polygon ?? ""} onChange={change} />
        </Show>
        <label class="field wide">
          <span>{say().reason}</span>
          <input type="text" maxlength="300" value={reason()} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <Show when={trouble()} fallback={<Outcome say={say()} report={report()} isTrying={isTrying()} isComplete={operationOf(draft(), "") !== undefined} />}>
          {(refusal) => <Trouble say={say()} refusal={refusal()} seen={versions()} codes={draft().codes} onReload={() => void refetch()} />}
        </Show>
        <p class="actions">
          <button type="button" class="button primary" disabled={!mayDo()} onClick={() => void doIt()}>
            {isDoing() ? say().performing : say().perform}
          </button>
        </p>
        <p class="hint" role="status">
          <Show when={done()} fallback={report()?.broken.length === 0 && reason().trim().length < 3 ? say().reasonMissing : ""}>
            {(number) => say().done(number())}
          </Show>
        </p>
      </div>
    </section>
  );
}

function placed(places: readonly Place[]): GeoJSON.Feature[] {
  return places.map((place) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: onMap(place) } }));
}

function lineOf(line: readonly Place[]): GeoJSON.Feature[] {
  return line.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line.map(onMap) } }] : [];
}

function onMap(place: Place): [number, number] {
  const { lon, lat } = lonLat(place);
  return [lon, lat];
}
