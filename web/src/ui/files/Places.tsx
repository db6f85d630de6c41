import { createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import { type Proposal, seenBy, type Seen, type Told } from "../../data/deliveries.ts";
import { refusal } from "../../data/desk.ts";
import type { FileWords } from "../../files/words.ts";
import { language } from "../../state/store.ts";
import { inLanguage, number } from "../../words/format.ts";
import { Icon } from "../icons.tsx";
import type { Act } from "./Work.tsx";

/** Where the file's numbers lie: what was decided, or the readings with what speaks for each. */
export function Places(props: { say: FileWords; delivery: Told; act: Act; isDoing: boolean; seen: Seen | undefined; onSeen: (seen: Seen | undefined) => void }): JSX.Element {
  const [isChoosing, setIsChoosing] = createSignal(false);
  const [failure, setFailure] = createSignal("");
  const mustChoose = () => props.delivery.state === "needs_crs";
  const mayChoose = () => mustChoose() || props.delivery.state === "checked" || props.delivery.state === "broken";
  const isSame = (one: Proposal) => props.delivery.crs_how !== null && one.srid === props.delivery.srid;
  const system = () => {
    const { srid, axes_swapped, operation } = props.delivery;
    return [`EPSG:${srid}`, axes_swapped ? props.say.swapped : "", operation ?? ""].filter(Boolean).join(" · ");
  };
  const reaching = () => (props.delivery.proposals ?? []).filter((one) => one.inside_share > 0);
  const others = () => (props.delivery.proposals ?? []).filter((one) => one.inside_share === 0);
  const place = async (one: Proposal): Promise<void> => {
    const reason = props.say.placeReason(one[language()]);
    if (!(await props.act("crs", { candidate: one.candidate, reason }))) return;
    setIsChoosing(false);
    props.onSeen(undefined);
  };
  /** Draws the delivery where a proposal puts it, or takes that drawing away again. */
  const see = async (one: Proposal): Promise<void> => {
    const isSeen = props.seen?.proposal.candidate === one.candidate;
    props.onSeen(undefined);
    setFailure("");
    if (isSeen) return;
    try {
      props.onSeen(await seenBy(props.delivery.id, one.candidate));
    } catch (error) {
      setFailure(refusal(error).detail);
    }
  };
  onCleanup(() => props.onSeen(undefined));
  const readings = (proposals: () => readonly Proposal[]) => (
    <ul class="proposals">
      <For each={proposals()}>
        {(one) => (
          <Reading
            say={props.say}
            proposal={one}
            isSame={isSame(one)}
            isDoing={props.isDoing}
            seen={props.seen?.proposal.candidate === one.candidate ? props.seen : undefined}
            onSee={() => void see(one)}
            onPlace={() => void place(one)}
          />
        )}
      </For>
    </ul>
  );
  return (
    <Show when={props.delivery.crs_how !== "none" && (mustChoose() || props.delivery.srid !== null)}>
      <section class="places" aria-labelledby="places">
        <h3 id="places">{props.say.where}</h3>
        <Show when={mustChoose()} fallback={<p>{props.say.whereIs(system(), props.say.how[props.delivery.crs_how ?? ""] ?? "")}</p>}>
          <p>{props.say.whereAsk}</p>
        </Show>
        <Show when={!mustChoose() && mayChoose() && (props.delivery.proposals?.length ?? 0) > 0}>
          <button type="button" class="text-button" aria-expanded={isChoosing()} onClick={() => setIsChoosing(!isChoosing())}>
            {props.say.placeOther}
          </button>
        </Show>
        <Show when={mustChoose() || isChoosing()}>
          <p class="hint">{props.say.placeNote}</p>
          <Show when={failure()}>
            <p class="flaw" role="alert">
              {inLanguage(failure(), language())}
            </p>
          </Show>
          {readings(reaching)}
          <Show when={others().length > 0}>
            <details open={reaching().length === 0}>
              <summary>
                <Icon name="chevron" />
                {props.say.unlikely}
              </summary>
              {readings(others)}
            </details>
          </Show>
        </Show>
      </section>
    </Show>
  );
}

interface Offered {
  readonly say: FileWords;
  readonly proposal: Proposal;
  readonly isSame: boolean;
  readonly isDoing: boolean;
  /** What is drawn of it now. */
  readonly seen: Seen | undefined;
  readonly onSee: () => void;
  readonly onPlace: () => void;
}

function Reading(props: Offered): JSX.Element {
  const name = () => props.proposal[language()];
  const percent = (share: number) => `${number(share * 100, 0, language())} %`;
  const evidence = (): string[] => {
    const { inside_share, corner_share, overlap_share, median_offset_m, distance_km } = props.proposal;
    return [
      props.say.inside(percent(inside_share)),
      ...(corner_share === null ? [] : [props.say.corners(percent(corner_share))]),
      ...(overlap_share === null ? [] : [props.say.overlap(percent(overlap_share))]),
      ...(median_offset_m === null ? [] : [props.say.offset(number(median_offset_m, 2, language()))]),
      ...(!distance_km ? [] : [props.say.away(number(distance_km, 1, language()))]),
    ];
  };
  const drawn = ({ features, read_count }: Seen) => {
    const count = (features: number) => number(features, 0, language());
    return features.length > 0 ? props.say.seenProposal(name(), count(features.length), count(read_count)) : props.say.seenNowhere(name());
  };
  return (
    <li classList={{ chosen: props.isSame }}>
      <strong>{name()}</strong> <span class="hint">EPSG:{props.proposal.srid}</span>
      <ul class="evidence">
        <For each={evidence()}>{(text) => <li>{text}</li>}</For>
      </ul>
      <p role="status" class="hint">
        <Show when={props.seen}>{(seen) => drawn(seen())}</Show>
      </p>
      <p class="actions">
        <button type="button" class="button" aria-pressed={props.seen !== undefined} aria-label={`${props.say.seeProposal}: ${name()}`} onClick={() => props.onSee()}>
          {props.say.seeProposal}
        </button>
        <button type="button" class="button" aria-label={`${props.say.place}: ${name()}`} disabled={props.isDoing} onClick={() => props.onPlace()}>
          {props.say.place}
        </button>
      </p>
    </li>
  );
}
