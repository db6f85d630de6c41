import { createEffect, createSignal, For, Index, type JSX, on, Show } from "solid-js";
import { changes, type Told } from "../../data/deliveries.ts";
import { refusal } from "../../data/desk.ts";
import { kindsOf, rowsOf, type Change, type Kind } from "../../files/changes.ts";
import { boxOf } from "../../files/shapes.ts";
import type { FileWords } from "../../files/words.ts";
import { refresh } from "../../map/view.ts";
import { language, setDestination } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";
import { Icon } from "../icons.tsx";
import type { Act } from "./Work.tsx";

type Listed = GeoJSON.Feature<GeoJSON.Geometry | null, Change>;

interface Parts {
  readonly say: FileWords;
  readonly delivery: Told;
  readonly act: Act;
  readonly isDoing: boolean;
}

/** What a field copy that came back changes, by kind; conflicts are decided here once the rest was accepted. */
export function Changes(props: Parts): JSX.Element {
  return (
    <Show when={props.delivery.changes}>
      {(counts) => (
        <section class="findings" aria-labelledby="changes">
          <h3 id="changes">{props.say.changesOf(props.delivery.returns ?? 0)}</h3>
          <Index each={kindsOf(counts())}>{(one) => <Group {...props} kind={one()[0]} count={one()[1]} />}</Index>
          <Show when={counts().conflict > 0 && props.delivery.state === "checked"}>
            <p class="hint">{props.say.conflictsLater}</p>
          </Show>
        </section>
      )}
    </Show>
  );
}

function Group(props: Parts & { kind: Kind; count: number }): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const [listed, setListed] = createSignal<readonly Listed[]>([]);
  const [next, setNext] = createSignal<number | null>(null);
  const [failure, setFailure] = createSignal<string>();
  const load = async (after: number): Promise<void> => {
    const { kind } = props;
    try {
      const got = await changes(props.delivery.id, kind, after);
      if (kind !== props.kind) return;
      setListed(after === 0 ? got.features : [...listed(), ...got.features]);
      setNext(got.after);
      setFailure(undefined);
    } catch (error) {
      setFailure(inLanguage(refusal(error).detail, language()));
    }
  };
  createEffect(
    on([isOpen, () => props.kind, () => props.delivery.version], ([open]) => {
      if (open && props.kind !== "same") void load(0);
    }),
  );
  const decide = async (change: Listed, take: "theirs" | "ours"): Promise<void> => {
    const body = { reason: props.say.decideReason(take), take, version: change.properties.version };
    if (await props.act(`changes/${change.id}/decide`, body)) refresh();
    await load(0);
  };
  return (
    <details class="finding-class" data-change={props.kind} onToggle={(event) => event.target === event.currentTarget && setIsOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="chevron" />
        <span class="theme-name">{props.say.changeKinds[props.kind]}</span>
        <span class="count">{number(props.count, 0, language())}</span>
      </summary>
      <Show when={isOpen()}>
        <Show when={failure()}>
          {(text) => (
            <p class="flaw" role="alert">
              {text()}
            </p>
          )}
        </Show>
        <ul class="finding-list">
          <For each={listed()}>{(one) => <One {...props} change={one} onDecide={(take) => void decide(one, take)} />}</For>
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

function One(props: Parts & { change: Listed; onDecide: (take: "theirs" | "ours") => void }): JSX.Element {
  const change = () => props.change.properties;
  const name = () => (change().object_id ? props.say.object(change().object_id ?? 0) : props.say.feature(change().feature ?? 0));
  const zoom = (): void => {
    const box = props.change.geometry ? boxOf([props.change.geometry]) : undefined;
    if (box) setDestination({ box, closest: 20 });
  };
  const mayDecide = () => props.delivery.state === "accepted" && change().change === "conflict" && change().state === "open";
  const facts = () => [
    change().is_absent ? props.say.isAbsent : "",
    change().is_ended ? props.say.isEnded : "",
    change().conflicts.includes("geom") ? props.say.bothShapes : "",
    props.say.changeStates[change().state] ?? "",
  ];
  return (
    <li>
      <p>
        <strong>{name()}</strong> <span class="hint">{facts().filter(Boolean).join(" · ")}</span>
      </p>
      <Show when={rowsOf(change()).length > 0}>
        <table class="sides">
          <thead>
            <tr>
              <th scope="col">{props.say.property}</th>
              <For each={props.say.sides}>{(side) => <th scope="col">{side}</th>}</For>
            </tr>
          </thead>
          <tbody>
            <For each={rowsOf(change())}>
              {(row) => (
                <tr class={row.isConflict ? "against" : undefined}>
                  <th scope="row">{row.field}</th>
                  <For each={row.sides}>{(value) => <td>{value}</td>}</For>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
      <p class="actions">
        <Show when={props.change.geometry}>
          <button type="button" class="button" aria-label={props.say.zoomToOf(name())} title={props.say.zoomToOf(name())} onClick={zoom}>
            <Icon name="target" />
          </button>
        </Show>
        <Show when={mayDecide()}>
          <button type="button" class="button" disabled={props.isDoing} onClick={() => props.onDecide("theirs")}>
            {props.say.takeTheirs}
          </button>
          <button type="button" class="button" disabled={props.isDoing} onClick={() => props.onDecide("ours")}>
            {props.say.keepOurs}
          </button>
        </Show>
      </p>
    </li>
  );
}
