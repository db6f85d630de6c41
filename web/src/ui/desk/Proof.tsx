import { type JSX, Show } from "solid-js";
import type { Source, Unit } from "../../data/register.ts";
import type { ActWords } from "../../desk/act-words.ts";
import { SOURCE_KINDS, type ActDraft, type Field } from "../../desk/act.ts";
import { today } from "../../words/format.ts";
import { Blank, Choice } from "./parts.tsx";

/** A document by its kind and number: its title may name somebody. */
export const sourceName = (say: ActWords, source: Source): string =>
  source.title ?? [say.sourceKinds[source.kind] ?? source.kind, source.number].filter(Boolean).join(" ");

/** The document that proves an act: one on record, or a new one. */
export function Proof(props: {
  say: ActWords;
  unit: Unit;
  draft: ActDraft;
  flaw: (field: Field) => string | undefined;
  onChange: (part: Partial<ActDraft>) => void;
}): JSX.Element {
  const known = () => props.unit.sources.map((one) => [String(one.id), [sourceName(props.say, one), one.office].filter(Boolean).join(" · ")] as const);
  const kinds = () => SOURCE_KINDS.map((kind) => [kind, props.say.sourceKinds[kind] ?? kind] as const);
  return (
    <fieldset class="group">
      <legend>{props.say.source}</legend>
      <Show when={known().length > 0}>
        <Choice
          wide
          label={props.say.sourceWhich}
          value={String(props.draft.sourceId ?? "")}
          options={[["", props.say.sourceNew] as const, ...known()]}
          onChange={(id) => props.onChange({ sourceId: id ? Number(id) : undefined })}
        />
      </Show>
      <Show when={props.draft.sourceId === undefined}>
        <div class="fields">
          <Choice label={props.say.sourceKind} value={props.draft.sourceKind} options={kinds()} onChange={(sourceKind) => props.onChange({ sourceKind })} />
          <Blank
            label={props.say.sourceNumber}
            value={props.draft.sourceNumber}
            maxlength={200}
            flaw={props.flaw("sourceNumber")}
            onInput={(sourceNumber) => props.onChange({ sourceNumber })}
          />
          <Blank
            label={props.say.sourceOffice}
            value={props.draft.sourceOffice}
            maxlength={200}
            flaw={props.flaw("sourceOffice")}
            onInput={(sourceOffice) => props.onChange({ sourceOffice })}
          />
          <Blank
            type="date"
            label={props.say.sourceDay}
            value={props.draft.sourceDay}
            max={today()}
            flaw={props.flaw("sourceDay")}
            onInput={(sourceDay) => props.onChange({ sourceDay })}
          />
        </div>
      </Show>
    </fieldset>
  );
}
