import { For, type JSX, Show } from "solid-js";
import type { FileWords } from "../../files/words.ts";
import { drawn, drawnAs, type Listed, type Wanted } from "../../files/layers.ts";
import { language } from "../../state/store.ts";
import { number } from "../../words/format.ts";
import { Blank, Choice } from "../desk/parts.tsx";

interface Chosen {
  readonly say: FileWords;
  readonly listed: readonly Listed[];
  readonly wanted: Readonly<Record<string, Wanted>>;
  readonly targets: readonly (readonly [layer: string, title: string])[];
  readonly onWant: (layer: string, wanted: Wanted) => void;
}

/** The layers of the file, each with what is in it and where it goes. */
export function Layers(props: Chosen): JSX.Element {
  const about = ({ geometry, features, declared_crs }: Listed) => {
    const kind = drawnAs(geometry);
    return [...(kind ? [props.say.drawnAs[kind]] : []), ...(features === null ? [] : [props.say.layerCount(number(features, 0, language()))]), declared_crs ?? props.say.noSystem].join(" · ");
  };
  return (
    <fieldset class="layers">
      <legend>{props.say.layersTitle}</legend>
      <p class="hint">{props.say.layersHint}</p>
      <For each={drawn(props.listed)} fallback={<p class="hint">{props.say.layersNone}</p>}>
        {(one) => {
          const wanted = () => props.wanted[one.layer] ?? { target: "", srid: "" };
          return (
            <div class="layer-part">
              <p>
                <strong>{one.layer}</strong> <span class="hint">{about(one)}</span>
              </p>
              <div class="fields">
                <Choice
                  label={props.say.layerTarget(one.layer)}
                  value={wanted().target}
                  options={[["", props.say.layerLeft], ...props.targets]}
                  hint={one.because && wanted().target === one.target ? one.because[language()] : undefined}
                  onChange={(target) => props.onWant(one.layer, { ...wanted(), target })}
                />
                <Show when={wanted().target !== ""}>
                  <Blank label={props.say.layerSrid(one.layer)} value={wanted().srid} decimal onInput={(srid) => props.onWant(one.layer, { ...wanted(), srid })} />
                </Show>
              </div>
            </div>
          );
        }}
      </For>
    </fieldset>
  );
}
