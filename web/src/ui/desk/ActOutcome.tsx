import { createResource, For, type JSX, Show } from "solid-js";
import type { Refusal } from "../../data/desk.ts";
import { unit, type ActReport, type Entry, type Unit } from "../../data/register.ts";
import type { ActWords } from "../../desk/act-words.ts";
import { language, w } from "../../state/store.ts";
import { day, inLanguage, moment } from "../../words/format.ts";
import { nameOf } from "../Holders.tsx";

const kindOf = (kind: string): string => w().rightKinds[kind] ?? kind;

/** Shares before and after, what becomes of which entry, and every rule that stands in the way. */
export function ActOutcome(props: { say: ActWords; report: ActReport | undefined; waiting: string }): JSX.Element {
  const also = () => [
    ...(props.report?.cases.map((one) => `${one.code}: ${one.reference}`) ?? []),
    ...(props.report?.restrictions.map((one) => [one.title, one.norm].filter(Boolean).join(" · ")) ?? []),
  ];
  const found = ({ sum, since, norm }: ActReport["broken"][number]) =>
    [sum && props.say.sum(sum, since ? day(since, language()) : props.say.ever), norm].filter(Boolean).join(" · ");
  // What begins and ends stands in the shares already.
  const changed = () => props.report?.entries.filter(({ part }) => part !== "begins" && part !== "ends") ?? [];
  const period = (one: ActReport["entries"][number]) =>
    props.say.period(
      one.valid_from ? day(one.valid_from, language()) : props.say.ever,
      one.valid_until ? day(one.valid_until, language()) : props.say.open,
    );
  return (
    <div class="outcome" aria-live="polite" tabindex="-1">
      <h4>{props.say.preview}</h4>
      <Show when={props.report} fallback={<p class="said">{props.waiting}</p>}>
        {(report) => (
          <>
            <Show when={report().broken.length > 0} fallback={<p class="fine">{props.say.fine}</p>}>
              <ul class="rules flawed">
                <For each={report().broken}>
                  {(one) => (
                    <li>
                      {one[language()]} <span class="hint">{found(one)}</span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
            <Shares say={props.say} lines={report().shares} />
            <Show when={changed().length > 0}>
              <ul class="rules">
                <For each={changed()}>
                  {(one) => (
                    <li>
                      {props.say.entryOf(nameOf(one.party), kindOf(one.kind))} {one.share} <strong>{props.say.parts[one.part] ?? one.part}</strong>
                      <span class="hint"> {period(one)}</span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
            <Show when={report().burdens.length > 0}>
              <ul class="rules">
                <For each={report().burdens}>
                  {(one) => (
                    <li>
                      {props.say.restrictionKinds[one.kind] ?? one.kind}: {one.title} <strong>{props.say.parts[one.part] ?? one.part}</strong>
                    </li>
                  )}
                </For>
              </ul>
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

function Shares(props: { say: ActWords; lines: ActReport["shares"] }): JSX.Element {
  return (
    <Show when={props.lines.length > 0}>
      <table class="parts">
        <thead>
          <tr>
            <th scope="col">{w().rightsHolder}</th>
            <th scope="col">{props.say.before}</th>
            <th scope="col">{props.say.after}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.lines}>
            {(line) => (
              <tr classList={{ altered: line.before !== line.after }}>
                <th scope="row">
                  {nameOf(line.party)} <span class="hint">{kindOf(line.kind)}</span>
                </th>
                <td class="figure">{line.before ?? "–"}</td>
                <td class="figure">{line.after ?? "–"}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Show>
  );
}

/** What the service refused. Where somebody was first: what they did, and what the writer saw beside what there is. */
export function ActRefused(props: { say: ActWords; refusal: Refusal; seen: Unit; onReload: () => void }): JSX.Element {
  const isConflict = () => props.refusal.status === 409 || props.refusal.status === 412;
  const mine = (text: string) => inLanguage(text, language());
  const title = () => {
    if (isConflict()) return props.say.conflict;
    return props.refusal.status === 401 ? props.say.signedOut : props.say.refused;
  };
  return (
    <div class="trouble-box" role="alert">
      <h4>{title()}</h4>
      <Show when={isConflict()} fallback={<p>{mine(props.refusal.detail)}</p>}>
        <Since say={props.say} refusal={props.refusal} seen={props.seen} />
        <p>{props.say.conflictKept}</p>
        <button type="button" class="button" onClick={() => props.onReload()}>
          {props.say.reload}
        </button>
      </Show>
      <ul class="rules">
        <For each={props.refusal.violations}>{(one) => <li>{mine(one.detail)}</li>}</For>
      </ul>
    </div>
  );
}

/** What became of the rights since they were seen. */
function Since(props: { say: ActWords; refusal: Refusal; seen: Unit }): JSX.Element {
  const [now] = createResource(() => unit(props.seen.id));
  const current = () => (now.error ? undefined : now.latest);
  const acts = () => current()?.acts.filter((act) => !props.seen.acts.some((known) => known.id === act.id)) ?? [];
  return (
    <>
      <For each={acts()} fallback={<p>{inLanguage(props.refusal.detail, language())}</p>}>
        {(act) => (
          <p>{props.say.conflictBy(props.say.actKinds[act.act] ?? act.act, props.say.offices[act.role] ?? act.role, moment(act.at, language()))}</p>
        )}
      </For>
      <Show when={current() && beside(props.seen, current() as Unit)}>
        {(lines) => (
          <Show when={lines().length > 0}>
            <table class="parts">
              <thead>
                <tr>
                  <th scope="col">{w().rightsHolder}</th>
                  <th scope="col">{props.say.conflictSaw}</th>
                  <th scope="col">{props.say.conflictNow}</th>
                </tr>
              </thead>
              <tbody>
                <For each={lines()}>
                  {(line) => (
                    <tr>
                      <th scope="row">
                        {nameOf(line.party)} <span class="hint">{kindOf(line.kind)}</span>
                      </th>
                      <td class="figure">{line.before}</td>
                      <td class="figure">{line.after}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
          </Show>
        )}
      </Show>
    </>
  );
}

interface Pair {
  readonly kind: string;
  readonly party: number;
  readonly before: string;
  readonly after: string;
}

const COMPARED = ["party", "share", "valid_from", "valid_until", "registry_entry"] as const;

/** Each right that is no longer as it was seen, with what differs; its share alone where it began or ended. */
function beside(seen: Unit, now: Unit): Pair[] {
  const rights = new Map([...seen.rights, ...now.rights].map((one) => [one.right, one]));
  return [...rights.values()].flatMap(({ right, kind, party }) => {
    const [before, after] = [seen, now].map((unit) => unit.rights.find((one) => one.right === right));
    const differing = before && after ? COMPARED.filter((name) => before[name] !== after[name]) : (["share"] as const);
    const said = (entry: Entry | undefined) => differing.map((name) => entry?.[name] ?? "–").join(" · ");
    return differing.length > 0 ? [{ kind, party, before: said(before), after: said(after) }] : [];
  });
}
