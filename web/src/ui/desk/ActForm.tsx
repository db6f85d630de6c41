import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import { refusal, type Refusal } from "../../data/desk.ts";
import { doAct, tryAct, type ActKind, type ActReport, type Unit } from "../../data/register.ts";
import type { ActWords } from "../../desk/act-words.ts";
import { actOf, actsAbout, blankAct, flawsSaid, gaps, missing, RESTRICTION_KINDS, RIGHT_KINDS, trialOf, type About, type ActDraft, type Field } from "../../desk/act.ts";
import { language, w } from "../../state/store.ts";
import { inLanguage, today } from "../../words/format.ts";
import { nameOf } from "../Holders.tsx";
import { ActOutcome, ActRefused } from "./ActOutcome.tsx";
import { Correcting } from "./Correcting.tsx";
import { Blank, Choice } from "./parts.tsx";
import { Proof } from "./Proof.tsx";
import { Receivers } from "./Receivers.tsx";

const PAUSE_MS = 350;

/** An act on the register: prepared, tried while it is prepared, done. What is typed outlives a conflict. */
export function ActForm(props: {
  say: ActWords;
  unit: Unit;
  about: About;
  onClose: () => void;
  onReload: () => void;
  onDone: (act: number) => void;
}): JSX.Element {
  const [draft, setDraft] = createSignal(blankAct(props.about, today()));
  const [report, setReport] = createSignal<ActReport>();
  const [trouble, setTrouble] = createSignal<Refusal>();
  const [isBusy, setIsBusy] = createSignal(false);
  const [isSent, setIsSent] = createSignal(false);
  const change = (part: Partial<ActDraft>): void => void setDraft({ ...draft(), ...part });

  const choose = (kind: ActKind): void => change({ kind, ...(kind === "succession" ? { sourceKind: "intestate_succession" } : {}) });

  const trial = createMemo(() => trialOf(draft(), props.about, props.unit));
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
        tryAct(now, signal)
          .then(setReport)
          .catch((error: unknown) => !signal.aborted && setTrouble(refusal(error)));
      }, PAUSE_MS);
    }),
  );

  // What is missing is said once somebody wanted to send it; what is wrong, at once.
  const local = (): Partial<Record<Field, string>> => {
    const all = isSent() ? { ...gaps(draft()), ...missing(draft()) } : {};
    return Object.fromEntries(Object.entries(all).map(([field, flaw]) => [field, props.say[flaw]]));
  };
  const words = { broken: (one: ActReport["broken"][number]) => one[language()], text: (text: string) => inLanguage(text, language()) };
  const flaws = createMemo(() => ({ ...local(), ...flawsSaid(words, report(), trouble()) }));
  const flaw = (field: Field): string | undefined => flaws()[field];

  // One attempt to write has one key, however often it is sent.
  let key = { of: "", key: "" };
  let form: HTMLFormElement | undefined;
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setIsSent(true);
    const now = actOf(draft(), props.about, props.unit);
    if (!now || report()?.broken.length !== 0) {
      form?.querySelector<HTMLElement>("[aria-invalid=true], .outcome")?.focus();
      return;
    }
    const of = JSON.stringify(now);
    if (key.of !== of) key = { of, key: crypto.randomUUID() };
    setIsBusy(true);
    try {
      props.onDone((await doAct(now, key.key)).act_id ?? 0);
    } catch (error) {
      setTrouble(refusal(error));
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
  const title = () => {
    const { about } = props;
    if (about.is === "entry") return props.say.actOn(nameOf(about.entry.party), about.entry.share);
    if (about.is === "restriction") return props.say.releaseOf(about.restriction.title);
    return about.is === "act" ? props.say.annulAct(about.act.id, props.say.actKinds[about.act.act] ?? about.act.act) : props.say.constitute;
  };
  const waiting = () => (trial() ? w().loading : props.say[gaps(draft()).to ?? "incomplete"]);
  const kinds = () => actsAbout(props.about).map((kind) => [kind, props.say.actKinds[kind] ?? kind] as const);
  return (
    <form class="act" aria-labelledby="act-title" novalidate ref={(element) => (form = element)} onSubmit={(event) => void send(event)}>
      <h3 id="act-title" tabindex="-1" ref={(element) => (heading = element)}>
        {title()}
      </h3>
      <Show when={kinds().length > 1}>
        <Choice wide label={props.say.act} value={draft().kind} options={kinds()} onChange={(kind) => choose(kind as ActKind)} />
      </Show>
      <p class="hint">{props.say.explains[draft().kind]}</p>
      <Blank
        wide
        label={props.say.reasonOf[draft().kind] ?? props.say.reason}
        value={draft().reason}
        maxlength={300}
        flaw={flaw("reason")}
        onInput={(reason) => change({ reason })}
      />
      <Members say={props.say} unit={props.unit} draft={draft()} flaw={flaw} onChange={change} />
      <Proof say={props.say} unit={props.unit} draft={draft()} flaw={flaw} onChange={change} />
      <ActOutcome say={props.say} report={report()} waiting={waiting()} />
      <Show when={trouble()}>
        {(refusal) => <ActRefused say={props.say} refusal={refusal()} seen={props.unit} onReload={() => props.onReload()} />}
      </Show>
      <p class="actions">
        <button type="submit" class="button primary" disabled={isBusy()}>
          {isBusy() ? props.say.doing : props.say.do[draft().kind]}
        </button>
        <button type="button" class="button" onClick={() => props.onClose()}>
          {props.say.close}
        </button>
      </p>
    </form>
  );
}

interface MembersOf {
  say: ActWords;
  unit: Unit;
  draft: ActDraft;
  flaw: (field: Field) => string | undefined;
  onChange: (part: Partial<ActDraft>) => void;
}

/** What belongs to the kind of act. */
function Members(props: MembersOf): JSX.Element {
  const is = (...kinds: readonly ActKind[]) => kinds.includes(props.draft.kind);
  const rights = () => RIGHT_KINDS.map((kind) => [kind, w().rightKinds[kind] ?? kind] as const);
  return (
    <>
      <Show when={is("burden")}>
        <Burden say={props.say} unit={props.unit} draft={props.draft} flaw={props.flaw} onChange={props.onChange} />
      </Show>
      <Show when={!is("correction", "annulment")}>
        <div class="fields">
          <Show when={is("constitution")}>
            <Choice label={props.say.rightKind} value={props.draft.rightKind} options={rights()} onChange={(rightKind) => props.onChange({ rightKind })} />
          </Show>
          <Show when={is("transfer")}>
            <Blank label={props.say.share} value={props.draft.share} flaw={props.flaw("share")} onInput={(share) => props.onChange({ share })} />
          </Show>
          <Blank
            type="date"
            label={is("succession") ? props.say.dayOfDeath : props.say.day}
            value={props.draft.day}
            max={today()}
            flaw={props.flaw("day")}
            onInput={(day) => props.onChange({ day })}
          />
          <Show when={is("constitution", "burden")}>
            <Blank type="date" label={props.say.until} value={props.draft.until} flaw={props.flaw("until")} onInput={(until) => props.onChange({ until })} />
          </Show>
          <Show when={is("constitution", "transfer", "succession")}>
            <Blank label={props.say.registryEntry} value={props.draft.registryEntry} maxlength={100} onInput={(registryEntry) => props.onChange({ registryEntry })} />
          </Show>
        </div>
      </Show>
      <Show when={is("constitution", "transfer", "succession")}>
        <Receivers
          say={props.say}
          legend={is("succession") ? props.say.heirs : props.say.receivers}
          to={props.draft.to}
          purpose={props.draft.reason.trim()}
          flaw={props.flaw("to")}
          onChange={(to) => props.onChange({ to })}
        />
      </Show>
      <Show when={is("correction")}>
        <Correcting say={props.say} unit={props.unit} draft={props.draft} flaw={props.flaw("entries")} onChange={(corrections) => props.onChange({ corrections })} />
      </Show>
    </>
  );
}

/** A restriction or a responsibility that is put on. */
function Burden(props: MembersOf): JSX.Element {
  const kinds = () => RESTRICTION_KINDS.map((kind) => [kind, props.say.restrictionKinds[kind] ?? kind] as const);
  const places = () => [["", props.say.restrictionWhole] as const, ...props.unit.parcels.map((code) => [code, code] as const)];
  return (
    <>
      <Blank
        wide
        label={props.say.restrictionTitle}
        value={props.draft.title}
        maxlength={200}
        flaw={props.flaw("title")}
        onInput={(title) => props.onChange({ title })}
      />
      <div class="fields">
        <Choice
          label={props.say.restrictionKind}
          value={props.draft.restrictionKind}
          options={kinds()}
          onChange={(restrictionKind) => props.onChange({ restrictionKind })}
        />
        <Choice label={props.say.restrictionParcel} value={props.draft.parcel} options={places()} onChange={(parcel) => props.onChange({ parcel })} />
        <Blank label={props.say.restrictionOffice} value={props.draft.asks} maxlength={200} onInput={(asks) => props.onChange({ asks })} />
      </div>
    </>
  );
}
