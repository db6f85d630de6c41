import { createSignal, createUniqueId, type JSX, Show } from "solid-js";
import type { Queryable } from "../../data/download.ts";
import type { DownloadWords } from "../../files/download-words.ts";
import { condition, needsValue, operatorsOf, type Operator } from "../../files/filter.ts";
import { Blank, Choice } from "../desk/parts.tsx";

/** The filter as text, with what the service says of it. */
export function FilterText(props: { say: DownloadWords; value: string; flaw: string | undefined; onInput: (text: string) => void }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field wide">
      <label for={id}>{props.say.filter}</label>
      <textarea
        id={id}
        rows="2"
        maxlength="4000"
        autocomplete="off"
        spellcheck={false}
        value={props.value}
        aria-invalid={props.flaw ? "true" : undefined}
        aria-describedby={`${id}-beside`}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      <span class="beside-field" id={`${id}-beside`}>
        <Show when={props.flaw}>
          {(flaw) => (
            <span class="flaw" role="alert">
              {flaw()}
            </span>
          )}
        </Show>
        <span class="hint">{props.say.filterHint}</span>
      </span>
    </div>
  );
}

/** A condition put together from a field, an operator and a value. */
export function Builder(props: { say: DownloadWords; queryables: readonly Queryable[]; onCondition: (condition: string) => void }): JSX.Element {
  const [name, setName] = createSignal(props.queryables[0]?.name ?? "");
  const [wanted, setOperator] = createSignal<Operator>("=");
  const [value, setValue] = createSignal("");
  const [isWrong, setIsWrong] = createSignal(false);
  const chosen = () => props.queryables.find((one) => one.name === name());
  const operators = () => operatorsOf(chosen()?.type ?? "string");
  const operator = (): Operator => (operators().includes(wanted()) ? wanted() : "=");
  const values = (): readonly (readonly [string, string])[] | undefined => {
    const of = chosen();
    if (of?.type === "boolean") return [["true", props.say.yes], ["false", props.say.no]];
    return of && of.values.length > 0 && operator() !== "like" ? of.values.map((one) => [one, one] as const) : undefined;
  };
  const given = () => (values() && !values()?.some(([one]) => one === value()) ? (values()?.[0]?.[0] ?? "") : value());
  const add = (): void => {
    const of = chosen();
    const made = of && condition(of, operator(), given());
    setIsWrong(made === undefined);
    if (!made) return;
    props.onCondition(made);
    setValue("");
  };
  const typed = (text: string) => {
    setValue(text);
    setIsWrong(false);
  };
  const flaw = () => (isWrong() ? props.say.valueWrong : undefined);
  const isDay = () => chosen()?.type === "date" || chosen()?.type === "date-time";
  return (
    <fieldset class="builder">
      <legend>{props.say.builder}</legend>
      <div class="fields">
        <Choice
          label={props.say.property}
          value={name()}
          options={props.queryables.map((one) => [one.name, one.title])}
          onChange={(next) => {
            setName(next);
            typed("");
          }}
        />
        <Choice label={props.say.operator} value={operator()} options={operators().map((one) => [one, props.say.operators[one]])} onChange={(next) => setOperator(next as Operator)} />
        <Show when={needsValue(operator())}>
          <Show
            when={values()}
            fallback={<Blank type={isDay() ? "date" : "text"} label={props.say.value} value={value()} flaw={flaw()} decimal={chosen()?.type === "number"} onInput={typed} />}
          >
            {(all) => <Choice label={props.say.value} value={given()} options={all()} onChange={typed} />}
          </Show>
        </Show>
      </div>
      <button type="button" class="button" onClick={add}>
        {props.say.add}
      </button>
    </fieldset>
  );
}
