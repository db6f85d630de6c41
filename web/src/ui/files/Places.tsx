import { createSignal, For, type JSX, Show } from "solid-js";
import type { Proposal, Told } from "../../data/deliveries.ts";
import type { FileWords } from "../../files/words.ts";
import { language } from "../../state/store.ts";
import { number } from "../../words/format.ts";
import { Icon } from "../icons.tsx";
import type { Act } from "./Work.tsx";

/** Where the file's numbers lie: what was decided, or the readings with what speaks for each. */
export function Places(props: { say: FileWords; delivery: Told; act: Act; isDoing: boolean }): JSX.Element {
  const [isChoosing, setIsChoosing] = createSignal(false);
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
    if (await props.act("crs", { candidate: one.candidate, reason })) setIsChoosing(false);
  };
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
          <ul class="proposals">
            <For each={reaching()}>{(one) => <Reading say={props.say} proposal={one} isSame={isSame(one)} isDoing={props.isDoing} onPlace={() => void place(one)} />}</For>
          </ul>
          <Show when={others().length > 0}>
            <details open={reaching().length === 0}>
              <summary>
                <Icon name="chevron" />
                {props.say.unlikely}
              </summary>
              <ul class="proposals">
                <For each={others()}>{(one) => <Reading say={props.say} proposal={one} isSame={isSame(one)} isDoing={props.isDoing} onPlace={() => void place(one)} />}</For>
              </ul>
            </details>
          </Show>
        </Show>
      </section>
    </Show>
  );
}

function Reading(props: { say: FileWords; proposal: Proposal; isSame: boolean; isDoing: boolean; onPlace: () => void }): JSX.Element {
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
  return (
    <li classList={{ chosen: props.isSame }}>
      <strong>{name()}</strong> <span class="hint">EPSG:{props.proposal.srid}</span>
      <ul class="evidence">
        <For each={evidence()}>{(text) => <li>{text}</li>}</For>
      </ul>
      <button type="button" class="button" aria-label={`${props.say.place}: ${name()}`} disabled={props.isDoing} onClick={() => props.onPlace()}>
        {props.say.place}
      </button>
    </li>
  );
}
