import { createResource, For, type JSX, Match, Show, Switch } from "solid-js";
import { standing, type Refusal, type Report, type Touched } from "../../data/desk.ts";
import type { DeskWords } from "../../desk/words.ts";
import { language, w } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";

/** What the operation would leave, and every rule that stands in its way. */
export function Outcome(props: { say: DeskWords; report: Report | undefined; isTrying: boolean; isComplete: boolean }): JSX.Element {
  return (
    <div class="outcome" aria-live="polite" aria-busy={props.isTrying}>
      <h3>{props.say.preview}</h3>
      <Switch fallback={<p class="said">{props.isComplete ? props.say.previewWait : props.say.previewIncomplete}</p>}>
        <Match when={props.report}>
          {(report) => (
            <>
              <Show when={report().broken.length > 0} fallback={<p class="fine">{props.say.previewFine}</p>}>
                <p class="flawed">{props.say.previewBroken(report().broken.length)}</p>
                <ul class="rules">
                  <For each={report().broken}>
                    {(one) => (
                      <li>
                        {[one.parcel, one.other].filter(Boolean).join(" / ")} {one[language()]}
                        <Show when={one.measure !== null}> ({number(one.measure ?? 0, 3, language())})</Show>
                        <span class="hint"> {one.norm}</span>
                      </li>
                    )}
                  </For>
                </ul>
              </Show>
              <Parcels say={props.say} parcels={report().parcels} />
              <Also say={props.say} report={report()} />
            </>
          )}
        </Match>
      </Switch>
    </div>
  );
}

function Parcels(props: { say: DeskWords; parcels: readonly Touched[] }): JSX.Element {
  const parts: Readonly<Record<Touched["part"], () => string>> = {
    ends: () => props.say.ends,
    begins: () => props.say.begins,
    changes: () => props.say.changesPart,
    gets_corner: () => props.say.gets_corner,
  };
  const said = (value: number | undefined) => (value === undefined ? "–" : number(value, 2, language()));
  return (
    <Show when={props.parcels.length > 0}>
      <div class="table-scroll" tabindex="0" role="group" aria-label={props.say.preview}>
        <table class="parts">
          <thead>
            <tr>
              <th scope="col">{props.say.parcel}</th>
              <th scope="col">{props.say.before}</th>
              <th scope="col">{props.say.after}</th>
              <th scope="col">{props.say.perimeter}</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.parcels}>
              {(one) => (
                <tr class={one.part}>
                  <th scope="row">
                    {one.code} <span class="hint">{parts[one.part]()}</span>
                  </th>
                  <td class="figure">{said(one.before?.grid_area_m2)}</td>
                  <td class="figure">{said(one.after?.grid_area_m2)}</td>
                  <td class="figure">{said((one.after ?? one.before)?.perimeter_m)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </Show>
  );
}

function Also(props: { say: DeskWords; report: Report }): JSX.Element {
  const groups = () => [
    { title: props.say.rights, lines: props.report.rights.map((one) => props.say.rightLine(one.crc ?? one.code, w().rightKinds[one.kind] ?? one.kind, one.holders)) },
    { title: props.say.cases, lines: props.report.cases.map((one) => `${one.code}: ${one.reference}`) },
    { title: props.say.restrictions, lines: props.report.restrictions.map((one) => [`${one.code}: ${one.title}`, one.norm].filter(Boolean).join(" · ")) },
  ];
  return (
    <For each={groups().filter((group) => group.lines.length > 0)}>
      {(group) => (
        <>
          <h3>{group.title}</h3>
          <ul class="rules">
            <For each={group.lines}>{(line) => <li>{line}</li>}</For>
          </ul>
        </>
      )}
    </For>
  );
}

/** What the service refused; a conflict shows what the writer saw beside what there is now. */
export function Trouble(props: {
  say: DeskWords;
  refusal: Refusal;
  seen: Readonly<Record<string, string>>;
  codes: readonly string[];
  onReload: () => void;
}): JSX.Element {
  const isConflict = () => props.refusal.status === 409;
  const [now] = createResource(
    () => isConflict() && props.codes,
    (codes) => Promise.all(codes.map((code) => standing(code).catch(() => undefined))),
  );
  const mine = (text: string) => inLanguage(text, language());
  // The service names the operation and the office that was first as its database does.
  const named = (text: string) =>
    text.replace(/(\w+), (predio_\w+), /, (_, kind: string, office: string) => `${w().operations[kind] ?? kind}, ${props.say.offices[office] ?? office}, `);
  const title = () => {
    if (isConflict()) return props.say.conflict;
    return props.refusal.status === 401 ? props.say.signedOut : props.say.refused;
  };
  return (
    <div class="trouble-box" role="alert">
      <h3>{title()}</h3>
      <p>{named(mine(props.refusal.detail))}</p>
      <ul class="rules">
        <For each={props.refusal.violations}>{(one) => <li>{mine(one.detail)}</li>}</For>
      </ul>
      <Show when={isConflict()}>
        <dl class="pairs">
          <For each={props.codes}>
            {(code, index) => (
              <div>
                <dt>{code}</dt>
                <dd>
                  {props.say.conflictBefore} {props.seen[code] ?? "–"}. {props.say.conflictAfter} {now()?.[index()]?.version ?? props.say.conflictGone}
                </dd>
              </div>
            )}
          </For>
        </dl>
        <button type="button" class="button" onClick={() => props.onReload()}>
          {props.say.conflictNow}
        </button>
      </Show>
    </div>
  );
}
