// All digits of a page.
import { checkBoolean, checkNumber } from './check';
import { call, callAsync, checkCall, copyOf, defaults, Out, Struct, type Address } from './ffi';
import { boxInFile, decode, decodeSync, decodingForDigits, imageStruct } from './image';
import { imageFile, imageFileSync } from './images';
import type { Model } from './model';
import { setOptions, wordOf } from './options';
import { PREDICT_OPTIONS, predictOptions, withWorkspace, withWorkspaceSync } from './predict';
import type {
  Box,
  Digit,
  DigitNumber,
  DigitPage,
  ImageInfo,
  ImageSource,
  ReadDigitsOptions,
  SyncImageSource,
} from './types';
import type { Workspace } from './workspace';

const PAGE_OPTIONS = ['polarity', 'form', 'leastConfidence'];
const NO_NUMBER = 0xffffffff;

export async function readDigits(model: Model, image: ImageSource, options?: unknown): Promise<DigitPage> {
  const given = predictOptions(options, [...PREDICT_OPTIONS, ...PAGE_OPTIONS]);
  const { signal } = given;
  const wish = optionsStruct(given);
  const source = decodingForDigits(await imageFile(image), 0);
  const struct = imageStruct(await decode(source, signal));
  const out = new Out();
  await withWorkspace(model, given, (handle, workspace, ended) => {
    wish.point('error', workspace.error);
    return callAsync(
      'mnistcnn_page_read',
      [handle.address, workspace.handle.address, struct.bytes, wish.bytes, out.room],
      [handle, workspace, struct, wish, out],
      {
        signal,
        ended: (status) => {
          ended(status);
          if (signal?.aborted && out.address !== 0n) call('mnistcnn_page_free', out.address);
        },
      },
    );
  });
  return takePage(model, out.address, source.info);
}

export function readDigitsSync(model: Model, image: SyncImageSource, options?: unknown): DigitPage {
  const given = predictOptions(options, [...PREDICT_OPTIONS.slice(0, 2), ...PAGE_OPTIONS]);
  const wish = optionsStruct(given);
  const source = decodingForDigits(imageFileSync(image), 0);
  const struct = imageStruct(decodeSync(source));
  const out = new Out();
  withWorkspaceSync(model, given, (handle, workspace: Workspace) => {
    wish.point('error', workspace.error);
    return call(
      'mnistcnn_page_read',
      handle.address,
      workspace.handle.address,
      struct.bytes,
      wish.bytes,
      out.room,
    );
  });
  return takePage(model, out.address, source.info);
}

function optionsStruct(given: ReadDigitsOptions): Struct<'mnistcnn_page_options'> {
  const struct = setOptions(defaults('mnistcnn_page_options'), { polarity: given.polarity });
  if (given.form !== undefined) struct.set('form', checkBoolean('form', given.form) ? 1 : 0);
  if (given.leastConfidence !== undefined) {
    struct.set('least_confidence', checkNumber('leastConfidence', given.leastConfidence));
  }
  return struct;
}

// --- what was read ----------------------------------------------------------------------------------

/** The page as objects; what C has of it is freed. */
function takePage(model: Model, page: Address, file: ImageInfo): DigitPage {
  try {
    const info = new Struct('mnistcnn_page_info');
    checkCall('mnistcnn_page_get_info', page, info.bytes);
    const digits = Array.from({ length: call('mnistcnn_page_num_digits', page) }, (_, i) =>
      digitOf(model, page, i, file),
    );
    const numbers = Array.from({ length: call('mnistcnn_page_num_groups', page) }, (_, i) =>
      numberOf(page, i, digits, file),
    );
    const isForm = info.number('is_form') !== 0;
    const cells = isForm ? cellsOf(numbers, info.number('num_lines'), info.number('num_columns')) : [];
    return {
      width: file.fileWidth,
      height: file.fileHeight,
      digits,
      numbers,
      lines: isForm ? cells.map((row) => row.join('\t')) : linesOf(numbers),
      isForm,
      cells,
      numSpecks: info.number('num_specks'),
      polarity: wordOf('polarity', info.number('polarity')),
    };
  } finally {
    call('mnistcnn_page_free', page);
  }
}

type Boxed = Struct<'mnistcnn_page_digit'> | Struct<'mnistcnn_page_group'>;

function boxOf(struct: Boxed, file: ImageInfo): Box {
  const number = (field: 'top' | 'left' | 'height' | 'width') =>
    (struct as Struct<'mnistcnn_page_digit'>).number(field);
  return boxInFile(file, {
    top: number('top'),
    left: number('left'),
    height: number('height'),
    width: number('width'),
  });
}

function digitOf(model: Model, page: Address, index: number, file: ImageInfo): Digit {
  const struct = new Struct('mnistcnn_page_digit');
  checkCall('mnistcnn_page_get_digit', page, index, struct.bytes);
  const { classNames, inputShape } = model;
  const at = call('mnistcnn_page_probabilities', page, index)!;
  const image = call('mnistcnn_page_image', page, index)!;
  const classIndex = struct.number('class_index');
  const number = struct.number('group');
  return {
    label: classIndex < 0 ? undefined : classNames[classIndex]!,
    index: classIndex,
    probability: struct.number('confidence'),
    probabilities: new Float32Array(copyOf(at, 4 * classNames.length).buffer),
    box: boxOf(struct, file),
    line: struct.number('line'),
    column: struct.number('column'),
    number: number === NO_NUMBER ? undefined : number,
    verdict: wordOf('digit_verdict', struct.number('verdict')),
    isCut: struct.number('is_cut') !== 0,
    image: copyOf(image, inputShape.height * inputShape.width),
  };
}

function numberOf(page: Address, index: number, digits: readonly Digit[], file: ImageInfo): DigitNumber {
  const struct = new Struct('mnistcnn_page_group');
  checkCall('mnistcnn_page_get_group', page, index, struct.bytes);
  const first = struct.number('first');
  const some = digits.slice(first, first + struct.number('count'));
  return {
    text: some.map(({ label }) => label ?? '?').join(''),
    box: boxOf(struct, file),
    line: struct.number('line'),
    digits: some,
  };
}

function linesOf(numbers: readonly DigitNumber[]): string[] {
  const lines = new Map<number, string[]>();
  for (const { line, text } of numbers) lines.set(line, [...(lines.get(line) ?? []), text]);
  return [...lines.values()].map((texts) => texts.join(' '));
}

function cellsOf(numbers: readonly DigitNumber[], rows: number, columns: number): string[][] {
  const cells = Array.from({ length: rows }, () => Array<string>(columns).fill(''));
  for (const { line, text, digits } of numbers) {
    const row = cells[line]!;
    const { column } = digits[0]!;
    row[column] = row[column] === '' ? text : `${row[column]!} ${text}`;
  }
  return cells;
}

// --- a drawing --------------------------------------------------------------------------------------

/**
 * What was read, as the text of an SVG file of the page's size: to lay over the image, or, with its address, on top
 * of it. Digits are green, those that were cut from a neighbour blue, unclear ones orange, what is no digit red,
 * and empty cells gray.
 */
export function drawPage(page: DigitPage, options: { readonly href?: string } = {}): string {
  const { width, height, digits } = page;
  const stroke = 1 + Math.floor(Math.max(width, height) / 500);
  const image =
    options.href === undefined
      ? ''
      : `<image width="${width}" height="${height}" preserveAspectRatio="none" href="${escaped(options.href)}"/>`;
  const shapes = digits.map((digit) => shapesOf(digit, stroke)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${image}${shapes}</svg>`;
}

function shapesOf({ box, label, verdict, isCut }: Digit, stroke: number): string {
  const { top, left, height, width } = box;
  const colour = colourOf(label, verdict, isCut);
  const outline =
    `<rect x="${left - stroke}" y="${top - stroke}" width="${width + 2 * stroke}" height="${height + 2 * stroke}" ` +
    `fill="none" stroke="${colour}" stroke-width="${stroke}"/>`;
  if (verdict === 'blank') return outline;
  const size = Math.max(12 * stroke, Math.floor(height / 3));
  const baseline = top > size ? top - 2 * stroke : top + height + size;
  const style = `font-family="sans-serif" font-size="${size}" fill="${colour}"`;
  return `${outline}<text x="${left}" y="${baseline}" ${style}>${escaped(label ?? '?')}</text>`;
}

function colourOf(label: string | undefined, verdict: Digit['verdict'], isCut: boolean): string {
  if (label !== undefined) return isCut ? '#005aff' : '#009600';
  if (verdict === 'blank') return '#969696';
  return verdict === 'unclear' || verdict === 'touching' ? '#e68200' : '#dc0000';
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
}
