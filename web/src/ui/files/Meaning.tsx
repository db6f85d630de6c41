import { createResource, createSignal, For, type JSX, Show } from "solid-js";
import { createStore } from "solid-js/store";
import type { Origin, Property, Told } from "../../data/deliveries.ts";
import type { Refusal } from "../../data/desk.ts";
import { fields as titlesOf } from "../../data/service.ts";
import type { FileWords } from "../../files/words.ts";
import { language } from "../../state/store.ts";
import { inLanguage } from "../../words/format.ts";
import { Blank, Choice } from "../desk/parts.tsx";
import { Icon } from "../icons.tsx";
import type { Act } from "./Work.tsx";

/** What a file says of a lot that the cadastre gives by itself: it is compared, and not taken over. */
const GIVEN: readonly Property[] = ["given_code", "given_block", "given_lot"].map((name) => ({ name, sql_type: "text", required: false }));
/** Of a lot the place says sector and block; the district is the delivery's. */
const BY_PLACE: readonly string[] = ["sector", "block"];
const SAMPLES = 3;

interface Drafted {
  readonly field: string;
  readonly digits: string;
  readonly factor: string;
}

const NOTHING: Drafted = { field: "", digits: "", factor: "" };

const isNumber = (property: Property): boolean => /^(numeric|double|integer)/.test(property.sql_type);

function wanted({ target, properties }: Told): readonly Property[] {
  const own = properties.filter(({ name }) => name !== "ubigeo" && !(target === "parcels" && BY_PLACE.includes(name)));
  return target === "parcels" ? [...GIVEN, ...own] : own;
}

const isDigits = (text: string): boolean => text.trim() === "" || /^([1-9]|1\d|20)$/.test(text.trim());
const isFactor = (text: string): boolean => text.trim() === "" || Number(text.replace(",", ".")) > 0;

/** The mapping as it is sent. */
export function originsOf(properties: readonly Property[], draft: Readonly<Record<string, Drafted>>): Origin[] {
  return properties.flatMap((property): Origin[] => {
    const { field, digits, factor } = draft[property.name] ?? NOTHING;
    if (field === "") return [];
    return [
      {
        property: property.name,
        field,
        kind: isNumber(property) ? "number" : "text",
        ...(digits.trim() ? { digits: Number(digits) } : {}),
        ...(factor.trim() ? { factor: Number(factor.replace(",", ".")) } : {}),
      },
    ];
  });
}

function drafted(mapping: readonly Origin[] | null): Record<string, Drafted> {
  return Object.fromEntries((mapping ?? []).map(({ property, field, digits, factor }) => [property, { field, digits: String(digits ?? ""), factor: String(factor ?? "") }]));
}

/** What each column of the file means, as it was suggested and as the office sets it. */
export function Meaning(props: { say: FileWords; delivery: Told; act: Act; isDoing: boolean; trouble: Refusal | undefined }): JSX.Element {
  const [draft, setDraft] = createStore<Record<string, Drafted>>(drafted(props.delivery.mapping));
  const [sent, setSent] = createSignal<readonly Origin[]>([]);
  const [titles] = createResource(
    () => ({ of: props.delivery.target, in: language() }),
    (asked) => titlesOf(asked.of, asked.in),
  );
  const title = (name: string): string => props.say.given[name] ?? (titles.error ? name : (titles.latest?.[name] ?? name));
  const mayMap = () => props.delivery.state === "needs_crs" || props.delivery.state === "checked";
  const columns = () => (props.delivery.fields ?? []).filter((one) => !one.personal);
  const personal = () => (props.delivery.fields ?? []).filter((one) => one.personal).map((one) => one.name);
  const options = (): [string, string][] => [["", props.say.notTaken], ...columns().map(({ name }): [string, string] => [name, name])];
  const change = (name: string, part: Partial<Drafted>) => setDraft(name, { ...(draft[name] ?? NOTHING), ...part });
  const hint = ({ name, required }: Property): string | undefined => {
    const origin = props.delivery.mapping?.find((one) => one.property === name && one.field === draft[name]?.field);
    const samples = columns().find((one) => one.name === draft[name]?.field)?.samples.slice(0, SAMPLES) ?? [];
    const said = [
      required ? props.say.required : "",
      samples.length > 0 ? props.say.samples(samples.join(", ")) : "",
      origin?.because ? inLanguage(origin.because, language()) : "",
    ].filter(Boolean);
    return said.length > 0 ? said.join(" · ") : undefined;
  };
  const flaw = (name: string): string | undefined => {
    const broken = props.trouble?.violations.find(({ pointer }) => {
      const [, at] = /^\/mapping\/(\d+)\//.exec(pointer ?? "") ?? [];
      return at !== undefined && sent()[Number(at)]?.property === name;
    });
    return broken && inLanguage(broken.detail, language());
  };
  const isWrong = () => Object.values(draft).some(({ digits, factor }) => !isDigits(digits) || !isFactor(factor));
  const save = async (): Promise<void> => {
    setSent(originsOf(wanted(props.delivery), draft));
    await props.act("mapping", { mapping: sent(), reason: props.say.mappingReason });
  };
  return (
    <details class="more meaning">
      <summary>
        <Icon name="chevron" />
        {props.say.mapping} <span class="hint">{props.say.mappingHow[props.delivery.mapping_how ?? ""] ?? ""}</span>
      </summary>
      <For each={wanted(props.delivery)}>
        {(property) => (
          <div class="origin">
            <Choice
              wide
              label={title(property.name)}
              value={draft[property.name]?.field ?? ""}
              options={options()}
              hint={hint(property)}
              flaw={flaw(property.name)}
              onChange={(field) => change(property.name, { field })}
            />
            <Show when={draft[property.name]?.field}>
              <details class="more">
                <summary>
                  <Icon name="chevron" />
                  {props.say.options(title(property.name))}
                </summary>
                <div class="fields">
                  <Blank label={props.say.digits} value={draft[property.name]?.digits ?? ""} flaw={isDigits(draft[property.name]?.digits ?? "") ? undefined : props.say.digitsWrong} decimal onInput={(digits) => change(property.name, { digits })} />
                  <Blank label={props.say.factor} value={draft[property.name]?.factor ?? ""} flaw={isFactor(draft[property.name]?.factor ?? "") ? undefined : props.say.factorWrong} decimal onInput={(factor) => change(property.name, { factor })} />
                </div>
              </details>
            </Show>
          </div>
        )}
      </For>
      <Show when={personal().length > 0}>
        <p class="hint">{props.say.personal(personal().join(", "))}</p>
      </Show>
      <Show when={mayMap()}>
        <p class="actions">
          <button type="button" class="button" disabled={props.isDoing || isWrong()} onClick={() => void save()}>
            {props.say.saveMapping}
          </button>
        </p>
      </Show>
    </details>
  );
}
