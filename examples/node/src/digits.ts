// The digits of a page, or of one image, without a network or with one.
import { enums } from './abi';
import { checkInteger, checkOptions, checkSignal } from './check';
import { call, callAsync, check, checkCall, defaults, ErrorBuffer, Out, Struct } from './ffi';
import { Handle } from './handle';
import { decodeFile, infoOf } from './image';
import { imageFile, type ImageFile } from './images';
import type { Model } from './model';
import { setOptions, wordOf } from './options';
import { PREDICT_OPTIONS, predictOptions, toPrediction, withWorkspace } from './predict';
import type {
  Box,
  DecodedImage,
  Digit,
  DigitPage,
  DigitVerdict,
  ImageSource,
  PreparedDigit,
  ReadDigitsOptions,
  DigitOptions,
} from './types';

type Info = Struct<'mnistcnn_digit_info'>;

/** The image as it is searched: with alpha, and a large JPEG reduced. */
async function decode(file: ImageFile, signal: AbortSignal | undefined): Promise<DecodedImage> {
  const { channels, hasAlpha } = infoOf(file, enums.digit_limit.enough);
  return decodeFile(file, channels + (hasAlpha ? 1 : 0), enums.digit_limit.enough, signal);
}

function imageStruct({ data, height, width, channels }: DecodedImage): Struct<'mnistcnn_image'> {
  const struct = new Struct('mnistcnn_image').set('pixels', data).set('size_bytes', data.length);
  return struct.set('shape.height', height).set('shape.width', width).set('shape.channels', channels);
}

function optionsStruct(
  given: DigitOptions,
  height: number,
  width: number,
  error: ErrorBuffer,
): Struct<'mnistcnn_digit_options'> {
  const struct = defaults('mnistcnn_digit_options')
    .set('height', height, 'height')
    .set('width', width, 'width');
  return setOptions(struct, { polarity: given.polarity }).point('error', error);
}

function boxOf(info: Info, factor: number): Box {
  const scaled = (field: 'top' | 'left' | 'height' | 'width') => Math.round(info.number(field) * factor);
  return { top: scaled('top'), left: scaled('left'), height: scaled('height'), width: scaled('width') };
}

// --- a page -----------------------------------------------------------------------------------------

export async function readDigits(model: Model, image: ImageSource, options?: unknown): Promise<DigitPage> {
  const given = predictOptions(options, [...PREDICT_OPTIONS, 'polarity']);
  const file = await imageFile(image);
  const whole = infoOf(file, 0);
  const pixels = await decode(file, given.signal);
  const list = await find(model, pixels, given);
  try {
    const digits = await predictList(model, list, given, whole.fileWidth / pixels.width);
    return { width: whole.fileWidth, height: whole.fileHeight, digits, lines: linesOf(digits) };
  } finally {
    list.dispose();
  }
}

async function find(model: Model, pixels: DecodedImage, given: ReadDigitsOptions): Promise<Handle> {
  const { height, width } = model.inputShape;
  const error = new ErrorBuffer();
  const options = optionsStruct(given, height, width, error);
  const struct = imageStruct(pixels);
  const out = new Out();
  const ended = () => {
    if (given.signal?.aborted && out.address !== 0n) call('mnistcnn_digit_list_free', out.address);
  };
  const status = await callAsync(
    'mnistcnn_digit_find',
    [struct.bytes, options.bytes, out.room],
    [struct, options, out],
    { signal: given.signal, ended },
  );
  check(status, error);
  return new Handle('list of digits', 'mnistcnn_digit_list_free', out.address);
}

async function predictList(
  model: Model,
  list: Handle,
  given: ReadDigitsOptions,
  factor: number,
): Promise<Digit[]> {
  const { classNames } = model;
  const count = call('mnistcnn_digit_list_num_digits', list.address);
  const rows = new Float32Array(count * classNames.length);
  if (count > 0) await predictRows(model, list, given, rows);
  return Array.from({ length: count }, (_, i) => {
    const info = new Struct('mnistcnn_digit_info');
    checkCall('mnistcnn_digit_list_info', list.address, i, info.bytes);
    const row = rows.slice(i * classNames.length, (i + 1) * classNames.length);
    const verdict = wordOf('digit_verdict', info.number('verdict'));
    return { ...toPrediction(classNames, row), box: boxOf(info, factor), line: info.number('line'), verdict };
  });
}

function predictRows(
  model: Model,
  list: Handle,
  given: ReadDigitsOptions,
  rows: Float32Array,
): Promise<void> {
  return withWorkspace(model, given, (handle, workspace, ended) => {
    const releaseList = list.read();
    return callAsync(
      'mnistcnn_digit_list_predict',
      [list.address, handle.address, workspace.handle.address, rows, rows.length],
      [list, handle, workspace, rows],
      {
        signal: given.signal,
        ended: () => {
          releaseList();
          ended();
        },
      },
    );
  });
}

const isDigit = (verdict: DigitVerdict) => verdict === 'found' || verdict === 'touching';

function linesOf(digits: readonly Digit[]): string[] {
  const lines: string[] = [];
  for (const { line, label, verdict } of digits)
    lines[line] = (lines[line] ?? '') + (isDigit(verdict) ? label : '?');
  return Array.from(lines, (line) => line ?? '');
}

// --- one digit --------------------------------------------------------------------------------------

export interface PrepareDigitOptions extends DigitOptions {
  readonly signal?: AbortSignal;
  /** Of the prepared image, 8..1024, default 28. */
  readonly height?: number;
  readonly width?: number;
}

/** Prepares the digit that an image shows as MNIST has its digits: light on black, of one size, in the middle. */
export async function prepareDigit(
  image: ImageSource,
  options?: PrepareDigitOptions,
): Promise<PreparedDigit> {
  const given = checkOptions('options', options, [
    'polarity',
    'height',
    'width',
    'signal',
  ]) as PrepareDigitOptions;
  checkSignal(given.signal);
  const height = checkInteger('height', given.height ?? 28, 8, 1024);
  const width = checkInteger('width', given.width ?? 28, 8, 1024);
  const file = await imageFile(image);
  const pixels = await decode(file, given.signal);
  const error = new ErrorBuffer();
  const [struct, choices, info] = [
    imageStruct(pixels),
    optionsStruct(given, height, width, error),
    new Struct('mnistcnn_digit_info'),
  ];
  const data = new Uint8Array(height * width);
  const status = await callAsync(
    'mnistcnn_digit_prepare',
    [struct.bytes, choices.bytes, data, data.length, info.bytes],
    [struct, choices, data, info],
    { signal: given.signal },
  );
  check(status, error);
  return preparedDigit(data, height, width, info, infoOf(file, 0).fileWidth / pixels.width);
}

function preparedDigit(
  data: Uint8Array,
  height: number,
  width: number,
  info: Info,
  factor: number,
): PreparedDigit {
  const verdict = info.number('verdict');
  return {
    data,
    height,
    width,
    channels: 1,
    box: boxOf(info, factor),
    verdict: wordOf('digit_verdict', verdict),
    reason: call('mnistcnn_digit_verdict_text', verdict)!,
    polarity: wordOf('polarity', info.number('polarity')),
  };
}
