import { createEffect, createMemo, createResource, createSignal, For, Index, type JSX, on, Show } from "solid-js";
import { units, type Entry, type PastAct, type Restriction, type Unit } from "../data/register.ts";
import { actWords } from "../desk/act-words.ts";
import type { About } from "../desk/act.ts";
import { date, language, w } from "../state/store.ts";
import { day } from "../words/format.ts";
import { ActForm } from "./desk/ActForm.tsx";
import { sourceName } from "./desk/Proof.tsx";
import { Documents } from "./Documents.tsx";
import { nameOf } from "./Holders.tsx";

/** A correction and an annulment cannot be annulled. */
const LASTING = new Set(["correction", "annulment"]);
const say = () => actWords[language()];

/** The rights over a parcel's units with their shares, acts and documents; names stand here once they were told for a purpose. */
export default function Rights(props: { code: string }): JSX.Element {
  const [found, { refetch }] = createResource(
    () => ({ code: props.code, on: date() }),
    ({ code, on }) => units(code, on),
  );
  const all = () => (found.error ? [] : (found.latest ?? []));
  return (
    <>
      <h3>{w().rights}</h3>
      <Show when={found.error}>
        <p class="said">{w().failed}</p>
      </Show>
      <Index
        each={all()}
        fallback={
          <Show when={!found.loading && !found.error}>
            <p>{w().rightsNoUnit}</p>
          </Show>
        }
      >
        {(unit) => <Held unit={unit()} onChanged={() => void refetch()} />}
      </Index>
    </>
  );
}

function Held(props: { unit: Unit; onChanged: () => void }): JSX.Element {
  const [about, setAbout] = createSignal<About>();
  const [done, setDone] = createSignal<number>();
  // What is being prepared belongs to this unit, as it is today.
  const whose = createMemo(() => [props.unit.id, date()].join());
  createEffect(
    on(
      whose,
      () => {
        setAbout(undefined);
        setDone(undefined);
      },
      { defer: true },
    ),
  );
  const begin = (of: About): void => {
    setDone(undefined);
    setAbout(of);
  };
  let told: HTMLParagraphElement | undefined;
  const finished = (act: number): void => {
    setAbout(undefined);
    setDone(act);
    told?.focus();
    props.onChanged();
  };
  const title = () => w().rightsUnit(props.unit.crc ?? String(props.unit.id));
  return (
    <>
      <div class="table-scroll" tabindex="0" role="group" aria-label={title()}>
        <table class="parts">
          <caption class="hint">{title()}</caption>
          <thead>
            <tr>
              <th scope="col">{w().rightsHolder}</th>
              <th scope="col">{w().rightsKind}</th>
              <th scope="col">{w().rightsShare}</th>
            </tr>
          </thead>
          <tbody>
            <For
              each={props.unit.rights}
              fallback={
                <tr>
                  <td colspan="3">{w().rightsNone}</td>
                </tr>
              }
            >
              {(one) => <Row unit={props.unit} one={one} onAct={() => begin({ is: "entry", entry: one })} />}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={!date()}>
        <p class="actions">
          <button type="button" class="button" onClick={() => begin({ is: "unit" })}>
            {say().constitute}
          </button>
        </p>
      </Show>
      <p class="fine" role="status" tabindex="-1" ref={(element) => (told = element)}>
        <Show when={done()}>{(number) => say().done(number())}</Show>
      </p>
      <Show when={about()} keyed>
        {(about) => (
          <ActForm
            say={say()}
            unit={props.unit}
            about={about}
            onClose={() => setAbout(undefined)}
            onReload={() => props.onChanged()}
            onDone={finished}
          />
        )}
      </Show>
      <Restrictions unit={props.unit} onRelease={(restriction) => begin({ is: "restriction", restriction })} />
      <Acts unit={props.unit} onAnnul={(act) => begin({ is: "act", act })} />
      <Documents say={say()} unit={props.unit} />
    </>
  );
}

function Row(props: { unit: Unit; one: Entry; onAct: () => void }): JSX.Element {
  const proof = () => {
    const source = props.unit.sources.find(({ id }) => id === props.one.source);
    const from = props.one.valid_from ? w().rightsSince(day(props.one.valid_from, language())) : undefined;
    return [from, source && sourceName(say(), source), source?.office, props.one.registry_entry].filter(Boolean).join(" · ");
  };
  return (
    <tr>
      <th scope="row">
        {nameOf(props.one.party)} <span class="hint">{proof()}</span>
      </th>
      <td>{w().rightKinds[props.one.kind] ?? props.one.kind}</td>
      <td class="figure">
        {props.one.share}
        <Show when={!date()}>
          {" "}
          <button type="button" class="text-button" aria-label={say().actOn(nameOf(props.one.party), props.one.share)} onClick={() => props.onAct()}>
            {say().act}
          </button>
        </Show>
      </td>
    </tr>
  );
}

/** What lies on the unit and its parcels. */
function Restrictions(props: { unit: Unit; onRelease: (one: Restriction) => void }): JSX.Element {
  const facts = ({ kind, parcel, norm, office, valid_from, valid_until }: Restriction) =>
    [
      say().restrictionKinds[kind] ?? kind,
      parcel ?? say().restrictionWhole,
      norm,
      office,
      valid_from && w().rightsSince(day(valid_from, language())),
      valid_until && `${say().entryUntil} ${day(valid_until, language())}`,
    ].filter(Boolean);
  return (
    <Show when={props.unit.restrictions.length > 0}>
      <h4>{say().restrictions}</h4>
      <ul class="rules">
        <For each={props.unit.restrictions}>
          {(one) => (
            <li>
              {one.title} <span class="hint">{facts(one).join(" · ")}</span>
              <Show when={!date()}>
                {" "}
                <button type="button" class="text-button" aria-label={say().releaseOf(one.title)} onClick={() => props.onRelease(one)}>
                  {say().release}
                </button>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** What was done to the rights, the last act first. */
function Acts(props: { unit: Unit; onAnnul: (act: PastAct) => void }): JSX.Element {
  const kind = (act: PastAct) => say().actKinds[act.act] ?? act.act;
  const proof = (act: PastAct) => {
    const source = props.unit.sources.find(({ id }) => id === act.source);
    return source && sourceName(say(), source);
  };
  return (
    <Show when={props.unit.acts.length > 0}>
      <h4>{say().acts}</h4>
      <ol class="timeline">
        <For each={props.unit.acts}>
          {(act) => (
            <li classList={{ annulled: act.annulled }}>
              <time datetime={act.effective_on ?? act.at}>{day(act.effective_on ?? new Date(act.at), language())}</time> {kind(act)} {act.id}
              <span class="hint">
                {" "}
                {[act.annuls ? say().annuls(act.annuls) : undefined, act.annulled ? say().annulled : undefined, proof(act)].filter(Boolean).join(" · ")}
              </span>
              <Show when={!act.annulled && !date() && !LASTING.has(act.act)}>
                {" "}
                <button type="button" class="text-button" aria-label={say().annulAct(act.id, kind(act))} onClick={() => props.onAnnul(act)}>
                  {say().annulIt}
                </button>
              </Show>
            </li>
          )}
        </For>
      </ol>
    </Show>
  );
}
