import { createEffect, createResource, For, lazy, type JSX, Match, Show, Suspense, Switch, untrack } from "solid-js";
import type { Extract, Restriction, Service, Verdict } from "../data/extract.ts";
import { extract, Missing } from "../data/service.ts";
import { at, date, holdsOffice, language, me, openedWith, parcel, setDestination, setIsDeskOpen, setParcel, w } from "../state/store.ts";
import type { Words } from "../words/es.ts";
import { area, day, length, number } from "../words/format.ts";
import { History } from "./History.tsx";
import { Holders } from "./Holders.tsx";
import { Icon } from "./icons.tsx";

// Officers only: nobody else loads it.
const Rights = lazy(() => import("./Rights.tsx"));

/** The chosen parcel: what `/predio/{code}` says, in a panel. */
export function Card(props: { onClose: () => void }): JSX.Element {
  const asked = () => {
    const code = parcel();
    return code ? { code, language: language(), date: date() } : undefined;
  };
  const [found, { refetch }] = createResource(asked, (of) => extract(of.code, of.language, of.date));
  let heading: HTMLHeadingElement | undefined;
  createEffect(() => {
    // Whoever opens a link to a parcel begins at the top of the page, as on any other.
    if (parcel() && parcel() !== openedWith()) heading?.focus({ preventScroll: true });
  });
  // A link may name a parcel and no place.
  createEffect(() => {
    const box = found.error ? undefined : found()?.place.bbox;
    if (box && !untrack(at)) setDestination({ box, closest: 18 });
  });
  const page = (ending = "") => {
    const query = new URLSearchParams();
    if (language() !== "es") query.set("lang", language());
    const day = date();
    if (day) query.set("as_of", day);
    return `/predio/${encodeURIComponent(parcel() ?? "")}${ending}${query.size > 0 ? `?${query}` : ""}`;
  };
  const zoom = () => {
    const box = found.latest?.place.bbox;
    if (box) setDestination({ box, closest: 19 });
  };
  return (
    <section class="card" aria-labelledby="card-title">
      <header class="card-head">
        <div>
          <p class="over">{w().card}</p>
          <h2 id="card-title" class="code" tabindex="-1" ref={(element) => (heading = element)}>
            {parcel()}
          </h2>
        </div>
        <button type="button" class="icon-button" aria-label={w().close} onClick={() => { setParcel(undefined); props.onClose(); }}>
          <Icon name="close" />
        </button>
      </header>
      <div class="card-body">
        <Switch>
          <Match when={found.error}>
            <p class="said">{found.error instanceof Missing ? w().cardNotFound : w().failed}</p>
            <Show when={!(found.error instanceof Missing)}>
              <button type="button" class="button" onClick={() => void refetch()}>
                {w().retry}
              </button>
            </Show>
          </Match>
          <Match when={found.loading && found.latest?.code !== parcel()}>
            <p class="said" role="status">
              {w().loading}
            </p>
          </Match>
          <Match when={found.latest}>{(it) => <Answer it={it()} page={page} onZoom={zoom} />}</Match>
        </Switch>
      </div>
    </section>
  );
}

function Answer(props: { it: Extract; page: (ending?: string) => string; onZoom: () => void }): JSX.Element {
  const count = (verdict: Verdict) => props.it.restrictions.filter((one) => one.verdict === verdict).length;
  return (
    <>
      <p class="where">{whereOf(props.it, w())}</p>
      <p class="chips">
        <Show when={count("affected") > 0}>
          <span class="chip affected">{w().affectedCount(count("affected"))}</span>
        </Show>
        <Show when={count("no_data") > 0}>
          <span class="chip no_data">{w().noDataCount(count("no_data"))}</span>
        </Show>
        <Show when={count("not_affected") > 0}>
          <span class="chip not_affected">{w().notAffectedCount(count("not_affected"))}</span>
        </Show>
        <span class={`chip ${props.it.fabric_state}`}>{props.it.fabric_state === "agreed" ? w().agreed : w().provisional}</span>
      </p>
      <p class="actions">
        <a class="button primary" href={props.page()}>
          {w().cardFull}
        </a>
        <button type="button" class="button" onClick={() => props.onZoom()}>
          {w().cardZoom}
        </button>
        <Show when={holdsOffice("surveyor") && !date()}>
          <button type="button" class="button" onClick={() => setIsDeskOpen(true)}>
            {w().deskOpen}
          </button>
        </Show>
        <a class="button" href={props.page(".json")}>
          JSON
        </a>
        <a class="button" href={props.page(".geojson")}>
          GeoJSON
        </a>
      </p>
      <Areas it={props.it} />
      <Zoning it={props.it} />
      <ServicesAndTitling it={props.it} />
      <Restrictions all={props.it.restrictions} />
      <Show when={holdsOffice("titling")}>
        <Suspense>
          <Rights code={props.it.code} />
        </Suspense>
        <Holders code={props.it.code} />
      </Show>
      <Show when={me().signed_in}>
        <History code={props.it.code} />
      </Show>
      <p class="hint">{w().asOf(day(props.it.as_of, language()))}</p>
    </>
  );
}

function whereOf({ place }: Extract, words: Words): string {
  const block = place.block_label ?? place.block;
  return [
    place.address,
    block ? `${words.block} ${block}` : undefined,
    place.lot ? `${words.lot} ${place.lot}` : undefined,
    place.settlement,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Row(props: { name: string; children: JSX.Element }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Areas(props: { it: Extract }): JSX.Element {
  const said = (value: number | null) => (value === null ? <em>{w().unknown}</em> : area(value, language()));
  const perimeter = () => props.it.areas.perimeter_m;
  const place = () => props.it.place;
  return (
    <>
      <h3>{w().cardAreas}</h3>
      <dl class="pairs">
        <Row name={w().areaRegistered}>{said(props.it.areas.registered_m2)}</Row>
        <Row name={w().areaDeclared}>{said(props.it.areas.declared_m2)}</Row>
        <Row name={w().areaGrid}>{said(props.it.areas.grid_m2)}</Row>
        <Row name={w().areaEllipsoidal}>{said(props.it.areas.ellipsoidal_m2)}</Row>
        <Show when={perimeter() !== null}>
          <Row name={w().perimeter}>{length(perimeter() ?? 0, language())}</Row>
        </Show>
        <Show when={place().easting_m !== null}>
          <Row name={w().centre}>
            {`${w().east}\u00a0${number(place().easting_m ?? 0, 2, language())} · ${w().north}\u00a0${number(place().northing_m ?? 0, 2, language())}`}
          </Row>
        </Show>
      </dl>
    </>
  );
}

function Zoning(props: { it: Extract }): JSX.Element {
  const applies = { not_applicable: () => w().notApplicable, not_regulated: () => w().notRegulated };
  return (
    <>
      <h3>{w().cardZone}</h3>
      <For each={props.it.zoning.zones} fallback={<p>{props.it.zoning.note?.[language()] ?? w().zoneNone}</p>}>
        {(zone) => (
          <div class="zone">
            <p>
              <strong>{zone.zone_class}</strong> {zone.name}
              <Show when={zone.percent !== null && zone.percent < 99.95}>
                {" "}
                <span class="beside">{w().zoneShare(`${number(zone.percent ?? 0, 1, language())} %`)}</span>
              </Show>
            </p>
            <p class="hint">{zone.plan}</p>
            <Show when={zone.parameters.length > 0}>
              <details>
                <summary>
                  <Icon name="chevron" />
                  {w().parameters}
                </summary>
                <dl class="pairs">
                  <For each={zone.parameters}>
                    {(one) => (
                      <Row name={one.title[language()]}>
                        {one.applies === "value" ? `${one.value ?? ""} ${one.unit ?? ""}` : <em>{applies[one.applies]()}</em>}
                      </Row>
                    )}
                  </For>
                </dl>
              </details>
            </Show>
          </div>
        )}
      </For>
    </>
  );
}

const SERVICES: Readonly<Record<Service, (words: Words) => string>> = {
  connected: (words) => words.connected,
  reachable: (words) => words.reachable,
  unserved: (words) => words.unserved,
  unknown: (words) => words.serviceUnknown,
};
const TITLING: Readonly<Record<Extract["titling"]["state"], (words: Words) => string>> = {
  titled: (words) => words.titled,
  in_process: (words) => words.inProcess,
  none: (words) => words.untitled,
  no_data: (words) => words.noTitlingData,
};

function ServicesAndTitling(props: { it: Extract }): JSX.Element {
  const service = (state: Service) => <span class={`state ${state}`}>{SERVICES[state](w())}</span>;
  return (
    <>
      <h3>{w().cardServices}</h3>
      <dl class="pairs">
        <Row name={w().water}>{service(props.it.services.water)}</Row>
        <Row name={w().sewer}>{service(props.it.services.sewer)}</Row>
        <Row name={w().power}>{service(props.it.services.power)}</Row>
        <Row name={w().cardTitling}>
          {TITLING[props.it.titling.state](w())}
          <Show when={props.it.titling.case_number}>{(number) => ` · ${w().caseNumber} ${number()}`}</Show>
        </Row>
      </dl>
    </>
  );
}

const VERDICTS: readonly Verdict[] = ["affected", "no_data", "not_affected"];

function Restrictions(props: { all: readonly Restriction[] }): JSX.Element {
  const names: Readonly<Record<Verdict, (words: Words) => string>> = {
    affected: (words) => words.affected,
    no_data: (words) => words.noData,
    not_affected: (words) => words.notAffected,
  };
  const inOrder = () => VERDICTS.flatMap((verdict) => props.all.filter((one) => one.verdict === verdict));
  return (
    <>
      <h3>{w().cardRestrictions}</h3>
      <ul class="restrictions">
        <For each={inOrder()}>
          {(one) => (
            <li class={one.verdict}>
              <p class="restriction-head">
                <span class="theme-title">{one.title[language()]}</span>
                <span class={`chip ${one.verdict}`}>{names[one.verdict](w())}</span>
              </p>
              <Show when={one.verdict !== "not_affected"}>
                <Details one={one} />
              </Show>
            </li>
          )}
        </For>
      </ul>
    </>
  );
}

function Details(props: { one: Restriction }): JSX.Element {
  const facts = () => {
    const { area_m2, percent, distance_m, blocking, verdict } = props.one;
    return [
      blocking && verdict === "affected" ? w().blocking : undefined,
      area_m2 === null ? undefined : area(area_m2, language()),
      percent === null ? undefined : `${number(percent, 1, language())} %`,
      distance_m === null ? undefined : w().distance(length(distance_m, language())),
    ].filter(Boolean);
  };
  return (
    <>
      <Show when={facts().length > 0}>
        <p>{facts().join(" · ")}</p>
      </Show>
      <Show when={props.one.note}>{(note) => <p>{note()[language()]}</p>}</Show>
      <p class="hint">
        <Show when={props.one.norm}>
          {(norm) => (
            <>
              {w().norm}: {norm().code}
              <Show when={norm().to_confirm}> ({w().toConfirm})</Show>.{" "}
            </>
          )}
        </Show>
        {w().office}: {props.one.office}
        <Show when={props.one.study}>
          {(study) => (
            <>
              . {w().study}: {study()}
            </>
          )}
        </Show>
      </p>
    </>
  );
}
