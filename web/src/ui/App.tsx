import { createEffect, createResource, createSignal, lazy, type JSX, on, onMount, Show, Suspense } from "solid-js";
import { catalogue, type Box, type Catalogue } from "../data/service.ts";
import { followChanges } from "../map/follow.ts";
import { hits, isIdle, measuring, open, setHits, setMeasuring, setPoints, setStyles, zoomBy } from "../map/view.ts";
import { compared, downloading, isDeskOpen, isFilesOpen, language, mayDeliver, me, parcel, setDestination, setDownloading, setDropped, setIsDeskOpen, setIsFilesOpen, setLanguage, switchTheme, tone, w } from "../state/store.ts";
import { STYLES } from "../styles/all.ts";
import { plain, type LayerStyle } from "../styles/model.ts";
import { Card } from "./Card.tsx";
import { Compare } from "./Compare.tsx";
import { Connect } from "./Connect.tsx";
import { Here } from "./Here.tsx";
import { Icon, Mark, type IconName } from "./icons.tsx";
import { Layers } from "./Layers.tsx";
import { Measure } from "./Measure.tsx";
import { PrintFoot, PrintHead } from "./Print.tsx";
import { Readout } from "./Readout.tsx";
import { Search } from "./Search.tsx";
import { Table } from "./Table.tsx";

/** Only officers load it. */
const Desk = lazy(() => import("./Desk.tsx"));
const Files = lazy(() => import("./Files.tsx"));
/** Loaded by whoever asks for it. */
const Download = lazy(() => import("./Download.tsx"));

/** Where the map opens when the service cannot say: the coast of Lima. */
const NOWHERE: Box = [-78.2, -11.2, -77.3, -10.4];

/** Styles for the layers that the service really has. */
function drawable({ collections }: Catalogue): readonly LayerStyle[] {
  const served = new Map(collections.filter((one) => one.hasGeometry).map((one) => [one.id, one]));
  const known = STYLES.filter((style) => served.has(style.layer));
  for (const style of known) served.delete(style.layer);
  const others = [...served.values()].map(({ id, title }) => plain(id, { es: title, en: title }));
  return [...known, ...others].sort((one, other) => one.order - other.order);
}

function homeOf({ collections }: Catalogue): Box {
  const box = (id: string) => collections.find((one) => one.id === id)?.box;
  return box("district") ?? box("settlements") ?? box("parcels") ?? NOWHERE;
}

export function App(): JSX.Element {
  const [served, { refetch }] = createResource(language, catalogue);
  const known = () => (served.error ? undefined : served.latest);
  const [isPanelOpen, setIsPanelOpen] = createSignal(matchMedia("(min-width: 56rem)").matches);
  const [isTableOpen, setIsTableOpen] = createSignal(false);
  const [isConnectOpen, setIsConnectOpen] = createSignal(false);
  const [isPrinting, setIsPrinting] = createSignal(false);
  const [isMapReady, setIsMapReady] = createSignal(false);
  let container: HTMLDivElement | undefined;
  let isMapOpen = false;

  createEffect(
    on(known, (now) => {
      if (!now || !container) return;
      setStyles(drawable(now));
      if (!isMapOpen) open(container, homeOf(now));
      isMapOpen = true;
      setIsMapReady(true);
    }),
  );
  followChanges();
  createEffect(
    on(parcel, (code) => {
      if (code) setHits(undefined);
      else setIsDeskOpen(false);
    }),
  );
  onMount(() => {
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      if (isPrinting()) setIsPrinting(false);
    });
  });
  const [isOver, setIsOver] = createSignal(false);
  const dropping = dropZone(setIsOver);
  const inEnglish = () => (language() === "en" ? "?lang=en" : "");
  const focusSearch = () => document.getElementById("search")?.focus();
  const goHome = () => {
    const now = known();
    if (now) setDestination({ box: homeOf(now) });
  };
  const openTable = () => {
    setIsTableOpen(!isTableOpen());
    if (isTableOpen()) queueMicrotask(() => document.getElementById("table")?.focus());
  };
  const isFilesShown = () => isFilesOpen() && mayDeliver();
  const toggleMeasure = () => {
    setPoints([]);
    setMeasuring(measuring() ? undefined : "distance");
  };
  return (
    <div class="app" classList={{ printing: isPrinting(), "panel-open": isPanelOpen(), "table-open": isTableOpen() }} data-idle={isIdle()}>
      <a class="skip" href="#search" onClick={focusSearch}>
        {w().skipToSearch}
      </a>
      <header>
        <Show when={known()?.notice}>
          {(notice) => (
            <div class="banner" role="note">
              {notice()}
            </div>
          )}
        </Show>
        <div class="top">
          <a class="brand" href="/">
            <Mark />
            <span class="brand-text">
              <span class="brand-name">{w().title}</span>
              <span class="brand-sub">{w().subtitle}</span>
            </span>
          </a>
          <Search onChosen={(found) => setHits(found.kind === "parcel" ? undefined : hits())} />
          <div class="top-tools">
            <a class="quiet" href={me().signed_in ? `/cuenta${inEnglish()}` : `/ingresar?next=%2F${language() === "en" ? "&lang=en" : ""}`}>
              {me().signed_in ? me().account : w().signIn}
            </a>
            <button type="button" class="quiet" lang={language() === "es" ? "en" : "es"} onClick={() => setLanguage(language() === "es" ? "en" : "es")}>
              {w().otherLanguage}
            </button>
            <button type="button" class="icon-button" aria-label={tone() === "dark" ? w().themeLight : w().themeDark} title={tone() === "dark" ? w().themeLight : w().themeDark} onClick={switchTheme}>
              <Icon name={tone() === "dark" ? "sun" : "moon"} />
            </button>
          </div>
        </div>
      </header>
      <main>
        <h1 class="hidden">{w().pageTitle}</h1>
        <Show when={isPrinting()}>
          <PrintHead onClose={() => setIsPrinting(false)} />
        </Show>
        <button type="button" class="panel-switch button" aria-expanded={isPanelOpen()} aria-controls="panel" onClick={() => setIsPanelOpen(!isPanelOpen())}>
          <Icon name="layers" />
          <span>{isPanelOpen() ? w().layersHide : w().layersShow}</span>
        </button>
        <div id="panel" class="panel" hidden={!isPanelOpen()}>
          <Layers />
          <nav class="links" aria-label={w().links}>
            <button type="button" class="text-button" onClick={() => setDownloading("parcels")}>
              {w().download}
            </button>
            <a href={`/capas${inEnglish()}`}>{w().linkLayers}</a>
            <a href={`/buscar${inEnglish()}`}>{w().linkSearch}</a>
            <a href={`/acerca${inEnglish()}`}>{w().linkAbout}</a>
          </nav>
        </div>
        <div class="stage" {...dropping}>
          <div class="map" ref={(element) => (container = element)} />
          <Show when={served.error}>
            <div class="floating trouble" role="alert">
              <p>{w().failed}</p>
              <button type="button" class="button" onClick={() => void refetch()}>
                {w().retry}
              </button>
            </div>
          </Show>
          <div class="tools" role="group" aria-label={w().tools}>
            <Tool icon="plus" label={w().toolZoomIn} onClick={() => zoomBy(1)} />
            <Tool icon="minus" label={w().toolZoomOut} onClick={() => zoomBy(-1)} />
            <Tool icon="home" label={w().toolHome} onClick={goHome} />
            <Tool icon="ruler" label={w().toolMeasure} pressed={measuring() !== undefined} onClick={toggleMeasure} />
            <Tool icon="table" label={w().toolTable} pressed={isTableOpen()} onClick={openTable} />
            <Tool icon="print" label={w().toolPrint} onClick={() => setIsPrinting(true)} />
            <Show when={mayDeliver()}>
              <Tool icon="upload" label={w().toolFiles} pressed={isFilesShown()} onClick={() => setIsFilesOpen(!isFilesOpen())} />
            </Show>
            <Tool icon="plug" label={w().toolConnect} onClick={() => setIsConnectOpen(true)} />
          </div>
          <Show when={compared() && isMapReady()}>
            <Compare />
          </Show>
          <Show when={measuring()}>
            <Measure />
          </Show>
          <Readout />
          <Show when={isOver()}>
            <p class="drop-here">{w().filesDrop}</p>
          </Show>
        </div>
        <Show when={isFilesShown()}>
          <Suspense fallback={<Waiting />}>
            <Files />
          </Suspense>
        </Show>
        <Show when={parcel() && !isDeskOpen() && !isFilesShown()}>
          <Card onClose={focusSearch} />
        </Show>
        <Show when={parcel() && isDeskOpen() && !isFilesShown()}>
          <Suspense fallback={<Waiting />}>
            <Desk />
          </Suspense>
        </Show>
        <Show when={!parcel() && hits() && !isFilesShown()}>
          <Here />
        </Show>
        <Show when={isTableOpen()}>
          <Table onClose={() => setIsTableOpen(false)} />
        </Show>
        <Show when={isPrinting()}>
          <PrintFoot notice={known()?.notice} />
        </Show>
      </main>
      <Show when={isConnectOpen()}>
        <Connect onClose={() => setIsConnectOpen(false)} />
      </Show>
      <Show when={downloading() !== undefined && known()}>
        {(now) => (
          <Suspense>
            <Download collections={now().collections} />
          </Suspense>
        )}
      </Show>
    </div>
  );
}

/** Takes the files that an officer drops on the map. */
function dropZone(setIsOver: (isOver: boolean) => void): JSX.HTMLAttributes<HTMLDivElement> {
  const brings = (event: DragEvent) => mayDeliver() && (event.dataTransfer?.types.includes("Files") ?? false);
  return {
    onDragOver: (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      setIsOver(true);
    },
    onDragLeave: (event) => {
      if (event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget)) return;
      setIsOver(false);
    },
    onDrop: (event) => {
      setIsOver(false);
      if (!brings(event)) return;
      event.preventDefault();
      setDropped([...(event.dataTransfer?.files ?? [])]);
      setIsFilesOpen(true);
    },
  };
}

function Waiting(): JSX.Element {
  return (
    <section class="card">
      <p class="card-body said" role="status">
        {w().loading}
      </p>
    </section>
  );
}

function Tool(props: { icon: IconName; label: string; pressed?: boolean; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="tool" aria-label={props.label} title={props.label} aria-pressed={props.pressed} onClick={() => props.onClick()}>
      <Icon name={props.icon} />
    </button>
  );
}
