import { createUniqueId, type JSX, Match, Switch } from "solid-js";
import { tone } from "../state/store.ts";
import { colourOf, type LayerStyle, type StyleClass } from "../styles/model.ts";

/** How a class looks on the map, small. */
export function Swatch(props: { style: LayerStyle; kind: StyleClass }): JSX.Element {
  const colour = () => colourOf(props.kind, tone());
  const symbol = () => props.kind.symbol ?? props.style.symbol;
  const id = createUniqueId();
  return (
    <svg class="swatch" viewBox="0 0 22 14" aria-hidden="true">
      <Switch>
        <Match when={symbol() === "fill"}>
          <rect x="1" y="1" width="20" height="12" rx="2" fill={colour()} fill-opacity="0.7" stroke={colour()} />
        </Match>
        <Match when={symbol() === "outline"}>
          <rect x="2" y="2" width="18" height="10" rx="1" fill="none" stroke={colour()} stroke-width="1.8" />
        </Match>
        <Match when={symbol() === "line"}>
          <path d="M1 7h20" fill="none" stroke={colour()} stroke-width="3" />
        </Match>
        <Match when={symbol() === "dash"}>
          <path d="M1 7h20" fill="none" stroke={colour()} stroke-width="2.4" stroke-dasharray="5 2.500" />
        </Match>
        <Match when={symbol() === "circle"}>
          <circle cx="11" cy="7" r="4.600" fill={colour()} stroke="var(--surface)" stroke-width="1.200" />
        </Match>
        <Match when={symbol() === "hatch"}>
          <defs>
            <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse">
              <path d="M-1 6 6-1M-1 1 1-1M4 6 6 4" stroke={colour()} stroke-width="1.300" />
            </pattern>
          </defs>
          <rect x="1" y="1" width="20" height="12" rx="2" fill={`url(#${id})`} stroke={colour()} />
        </Match>
      </Switch>
    </svg>
  );
}
