// Options in JavaScript and as structs: the members of the structs in camelCase, words for constants, true
// and false for flags.
import { enums, structs, type Field } from './abi';
import { checkBoolean, checkNumber, checkText, checkWord, typeError } from './check';
import type { FieldName, Struct, StructName } from './ffi';

type EnumName = keyof typeof enums;

/** Members whose numbers have names. */
const WORDS: Readonly<Record<string, EnumName>> = {
  alpha: 'alpha',
  augment: 'augment',
  event: 'event',
  format: 'export_format',
  initializer: 'init',
  loss: 'loss',
  metric: 'metric',
  optimizer: 'optimizer',
  polarity: 'polarity',
  precision: 'precision',
  prepare: 'prepare',
  resize: 'resize',
  schedule: 'schedule',
  verdict: 'digit_verdict',
  kind: 'layer',
  activation: 'activation',
  padding: 'padding',
};
const FLAGS = new Set([
  'shuffle',
  'horizontal_flip',
  'nesterov',
  'balance_classes',
  'keep_best',
  'skip_broken',
  'idx_transpose',
  'invert',
  'passthrough_prepared',
  'passed_through',
  'stopped_early',
  'has_alpha',
  'has_bias',
  'unbiased',
]);
const TEXTS = new Set([
  'architecture',
  'background',
  'checkpoint_path',
  'encoding',
  'instruction_set',
  'path',
]);
const RENAMED: Readonly<Record<string, string>> = { num_threads: 'threads' };
const HIDDEN = new Set(['struct_size', 'reserved']);

export function camelCase(field: string): string {
  return RENAMED[field] ?? field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

interface Option {
  readonly field: string;
  readonly kind: Field;
}

const known = new Map<StructName, ReadonlyMap<string, Option>>();

/** {name in JavaScript: member} of what can be set by a number, a word, a flag or a text. */
function optionsOf(struct: StructName): ReadonlyMap<string, Option> {
  let options = known.get(struct);
  if (!options) {
    const fields = Object.entries<Field>(structs[struct].fields).filter(
      ([field, [kind]]) => !HIDDEN.has(field) && (kind !== 'pointer' || TEXTS.has(field)),
    );
    options = new Map(fields.map(([field, kind]) => [camelCase(field), { field, kind }]));
    known.set(struct, options);
  }
  return options;
}

export function optionNames(struct: StructName): string[] {
  return [...optionsOf(struct).keys()];
}

/** Sets those options that are given and belong to the struct; what they are was checked by checkOptions(). */
export function setOptions<N extends StructName>(
  struct: Struct<N>,
  given: Readonly<Record<string, unknown>>,
): Struct<N> {
  for (const [name, { field, kind }] of optionsOf(struct.name)) {
    if (given[name] !== undefined)
      struct.set(field as FieldName<N>, toC(name, field, kind, given[name]), name);
  }
  return struct;
}

function toC(name: string, field: string, [kind, , length]: Field, value: unknown): unknown {
  const words = kind === 'i32' ? WORDS[field] : undefined;
  if (words)
    return (enums[words] as Record<string, number>)[checkWord(name, value, Object.keys(enums[words]))];
  if (FLAGS.has(field)) return checkBoolean(name, value) ? 1 : 0;
  if (TEXTS.has(field)) return checkText(name, value);
  return length > 0 ? checkNumbers(name, value, length) : value;
}

function checkNumbers(name: string, value: unknown, length: number): number[] {
  if (!Array.isArray(value) || value.length !== length)
    throw typeError(name, `an array of ${length} numbers`, value);
  return value.map((number, i) => checkNumber(`${name}[${i}]`, number));
}

/** The members of a struct that C filled in, as JavaScript has them. */
export function toObject<N extends StructName>(struct: Struct<N>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [field, [kind, , length]] of Object.entries<Field>(structs[struct.name].fields)) {
    if (!HIDDEN.has(field) && kind !== 'pointer') {
      found[camelCase(field)] = fromC(struct, field as FieldName<N>, kind, length);
    }
  }
  return found;
}

function fromC<N extends StructName>(
  struct: Struct<N>,
  field: FieldName<N>,
  kind: Field[0],
  length: number,
): unknown {
  if (kind === 'char') return struct.text(field);
  if (length > 0) return struct.numbers(field);
  const number = struct.number(field);
  const words = kind === 'i32' ? WORDS[field] : undefined;
  if (words) return wordOf(words, number);
  return FLAGS.has(field) ? number !== 0 : number;
}

/** "adam" for 2. A newer library may have more of them: their number then. */
export function wordOf<E extends EnumName>(name: E, number: number): keyof (typeof enums)[E] {
  const found = Object.entries<number>(enums[name]).find(([, value]) => value === number);
  return (found?.[0] ?? String(number)) as keyof (typeof enums)[E];
}
