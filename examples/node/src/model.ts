import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { types } from 'node:util';

import { enums } from './abi';
import {
  checkBoolean,
  checkBytes,
  checkFloats,
  checkInteger,
  checkNumber,
  checkOptions,
  checkPath,
  checkSignal,
  checkText,
  checkWord,
  isUrl,
  typeError,
} from './check';
import { checkNames, type Dataset } from './dataset';
import { evaluate, evaluateSync } from './evaluate';
import {
  call,
  callAsync,
  check,
  checkCall,
  defaults,
  ErrorBuffer,
  Out,
  StringList,
  Struct,
  textResult,
  type Address,
  type Arguments,
  type FunctionName,
} from './ffi';
import { DISPOSE, Handle } from './handle';
import { logOf, type Log } from './log';
import {
  addModelState,
  adoptModel,
  changed,
  classNamesOf,
  inputShapeOf,
  setFactory,
  workspacesOf,
} from './model_state';
import { handleOf, register, type Owner } from './owner';
import { optionNames, setOptions, toObject } from './options';
import { readDigits, readDigitsSync } from './page';
import {
  predictBatch,
  predictBatchSync,
  predictFiles,
  predictFilesSync,
  predictFolder,
  predictFolderSync,
  predictImage,
  predictImageSync,
} from './predict';
import { preparationOf, preparationStruct } from './preparation';
import { trainModel, trainModelSync } from './trainer';
import type * as T from './types';

const CREATE = [...optionNames('mnistcnn_model_options'), 'classNames', 'preparation', 'preset'];
const LOAD = ['maxMemoryBytes', 'maxMultiplyAdds', 'signal'];
const IMPORT = [
  ...optionNames('mnistcnn_import_options').filter((name) => name !== 'path'),
  'signal',
  'onLog',
];

/** A network: its architecture, weights, class names and preparation of images. */
export class Model implements Owner {
  private constructor(address: Address) {
    register(this, new Handle('model', 'mnistcnn_model_free', address));
    addModelState(this);
  }

  static {
    setFactory((address) => new Model(address));
  }

  // --- making models ---

  /** The model that is shipped: handwritten digits, "0" to "9", however they are drawn or scanned. */
  static pretrained(options?: T.Abortable): Promise<Model> {
    return Model.load(pretrainedPath(), options);
  }

  static pretrainedSync(): Model {
    return Model.loadSync(pretrainedPath());
  }

  /** Loads a model file, from a path or its bytes. */
  static async load(source: T.FileSource, options?: T.LoadOptions): Promise<Model> {
    const { struct, given, error } = loadStruct(source, options);
    const out = new Out();
    check(
      await callAsync('mnistcnn_model_load', [struct.bytes, out.room], [struct, out, error], {
        signal: given.signal,
        ended: () => {
          adoptIfAborted(given.signal, out);
        },
      }),
      error,
    );
    return adoptModel(out.address);
  }

  static loadSync(source: T.FileSource, options?: Omit<T.LoadOptions, 'signal'>): Model {
    const { struct, error } = loadStruct(source, options);
    const out = new Out();
    check(call('mnistcnn_model_load', struct.bytes, out.room), error);
    return adoptModel(out.address);
  }

  /** A model with random weights. */
  static create(options?: T.CreateOptions): Model {
    const struct = createStruct(options);
    const error = new ErrorBuffer();
    const out = new Out();
    struct.point('error', error);
    check(call('mnistcnn_model_create', struct.bytes, out.room), error);
    return adoptModel(out.address);
  }

  /**
   * Imports a model of another framework, from a path or its bytes: of Keras (.keras, .h5, .weights.h5), PyTorch, ONNX,
   * LiteRT or TensorFlow.js (docs/exchange.md). What the file is, is told by its content; a model.json of TensorFlow.js
   * is read by its path, as its weights are in files beside it. Code in files is never run.
   */
  static async importFile(source: T.FileSource, options?: T.ImportOptions): Promise<Model> {
    const { struct, given, error, log } = importStruct(source, options);
    const out = new Out();
    check(
      await callAsync('mnistcnn_import', [struct.bytes, out.room], [struct, out, error], {
        signal: given.signal,
        ended: () => {
          adoptIfAborted(given.signal, out);
        },
      }),
      error,
    );
    return told(adoptModel(out.address), log);
  }

  static importFileSync(source: T.FileSource, options?: Omit<T.ImportOptions, 'signal'>): Model {
    const { struct, error, log } = importStruct(source, options);
    const out = new Out();
    check(call('mnistcnn_import', struct.bytes, out.room), error);
    return told(adoptModel(out.address), log);
  }

  /** importFile(), by the name that users of Keras look for. */
  static fromKeras(source: T.FileSource, options?: T.ImportOptions): Promise<Model> {
    return Model.importFile(source, options);
  }

  static fromKerasSync(source: T.FileSource, options?: Omit<T.ImportOptions, 'signal'>): Model {
    return Model.importFileSync(source, options);
  }

  /**
   * Tries every known encoding of the input of a model of another framework on up to 1000 images, and returns how well
   * each does, the best first. Its name is an option of importFile().
   */
  static checkEncodings(
    source: T.FileSource,
    dataset: Dataset,
    options?: T.ImportOptions,
  ): Promise<T.EncodingResult[]> {
    return checkEncodings(source, dataset, options);
  }

  static checkEncodingsSync(
    source: T.FileSource,
    dataset: Dataset,
    options?: Omit<T.ImportOptions, 'signal'>,
  ): T.EncodingResult[] {
    return checkEncodingsSync(source, dataset, options);
  }

  /** An independent copy. */
  clone(): Model {
    const out = new Out();
    checkCall('mnistcnn_model_clone', handleOf(this, 'model').readable, out.room);
    return adoptModel(out.address);
  }

  // --- predicting ---

  /**
   * Predicts one image of any size: a path, a PNG, JPEG or BMP file in memory, or pixels. It is prepared as
   * the model says. Rejects with MNISTCNN_NO_DIGIT where digits are prepared and there is none.
   */
  predict(image: T.ImageSource, options?: T.PredictOptions): Promise<T.Prediction> {
    return predictImage(this, image, options);
  }

  predictSync(image: T.SyncImageSource, options?: Omit<T.PredictOptions, 'signal'>): T.Prediction {
    return predictImageSync(this, image, options);
  }

  /**
   * Predicts images that have the model's size, without copying them: [count][height][width][channels] bytes,
   * or intensities (0..1) in a Float32Array. Returns the probabilities, [count][classes]. The array must not be
   * written to or transferred meanwhile.
   */
  predictBatch(
    images: Uint8Array | Uint8ClampedArray | Float32Array,
    options?: T.BatchOptions,
  ): Promise<Float32Array> {
    return predictBatch(this, images, options);
  }

  predictBatchSync(
    images: Uint8Array | Uint8ClampedArray | Float32Array,
    options?: Omit<T.BatchOptions, 'signal'>,
  ): Float32Array {
    return predictBatchSync(this, images, options);
  }

  /** Predicts many image files. One that cannot be predicted does not stop the others. */
  predictFiles(
    paths: Iterable<string | URL>,
    options?: T.FilesOptions,
  ): Promise<(T.FilePrediction | T.FailedFile)[]> {
    return predictFiles(this, paths, options);
  }

  predictFilesSync(
    paths: Iterable<string | URL>,
    options?: Omit<T.FilesOptions, 'signal'>,
  ): (T.FilePrediction | T.FailedFile)[] {
    return predictFilesSync(this, paths, options);
  }

  /** Predicts all image files in a folder and below it, in sorted order; their paths begin with its own. */
  predictFolder(
    folder: string | URL,
    options?: T.FilesOptions,
  ): Promise<(T.FilePrediction | T.FailedFile)[]> {
    return predictFolder(this, folder, options);
  }

  predictFolderSync(
    folder: string | URL,
    options?: Omit<T.FilesOptions, 'signal'>,
  ): (T.FilePrediction | T.FailedFile)[] {
    return predictFolderSync(this, folder, options);
  }

  /** Finds and reads every digit on a page, line by line, or cell by cell; those that touch are taken apart. */
  readDigits(image: T.ImageSource, options?: T.ReadDigitsOptions): Promise<T.DigitPage> {
    return readDigits(this, image, options);
  }

  readDigitsSync(image: T.SyncImageSource, options?: Omit<T.ReadDigitsOptions, 'signal'>): T.DigitPage {
    return readDigitsSync(this, image, options);
  }

  // --- training and evaluating ---

  /**
   * Trains the model. When it is aborted or fails, the model has the weights after the last completed step.
   * Until it has ended, no other call can use the model.
   */
  train(dataset: Dataset, options?: T.TrainCallOptions): Promise<T.TrainResult> {
    return trainModel(this, dataset, options);
  }

  trainSync(dataset: Dataset, options?: Omit<T.TrainCallOptions, 'signal'>): T.TrainResult {
    return trainModelSync(this, dataset, options);
  }

  evaluate(dataset: Dataset, options?: T.EvaluateOptions): Promise<T.Evaluation> {
    return evaluate(this, dataset, options);
  }

  evaluateSync(dataset: Dataset, options?: Omit<T.EvaluateOptions, 'signal' | 'onProgress'>): T.Evaluation {
    return evaluateSync(this, dataset, options);
  }

  /**
   * Makes the confidence true: fits the temperature on images that the model was not trained on, and, where
   * `accepted` is above 0, sets the rejectionThreshold to the highest that accepts this fraction of those that are
   * classified correctly. Until it has ended, no other call can use the model.
   */
  calibrate(dataset: Dataset, options?: T.CalibrateOptions): Promise<void> {
    return calibrate(this, dataset, options);
  }

  calibrateSync(dataset: Dataset, options?: Omit<T.CalibrateOptions, 'signal'>): void {
    const { accepted } = calibrateOptions(options, ['accepted']);
    const handle = handleOf(this, 'model');
    const images = handleOf(dataset, 'dataset').readable;
    handle.checkWritable();
    checkCall('mnistcnn_model_calibrate', handle.address, images, accepted);
  }

  // --- saving ---

  /** Writes a model file. An existing one is replaced when the new one is complete. */
  async save(path: string | URL, options?: T.Abortable): Promise<void> {
    const { signal } = checkAbortable(options);
    const struct = new Struct('mnistcnn_save_options').set('path', checkPath('path', path));
    await write(this, 'mnistcnn_model_save', struct, signal);
  }

  saveSync(path: string | URL): void {
    checkCall('mnistcnn_model_save_file', handleOf(this, 'model').readable, checkPath('path', path));
  }

  /** The bytes of a model file, for Model.load(): to send a model to a worker, or to keep it elsewhere. */
  toBuffer(): Buffer {
    const address = handleOf(this, 'model').readable;
    const size = new BigUint64Array(1);
    checkCall('mnistcnn_model_save_memory', address, null, 0, size);
    const bytes = Buffer.alloc(Number(size[0]));
    checkCall('mnistcnn_model_save_memory', address, bytes, bytes.length, size);
    return bytes;
  }

  /** Writes a file of another framework, or C: 'onnx', 'tfjs', 'pytorch', 'c', 'keras', ... */
  async export(path: string | URL, options?: T.ExportOptions): Promise<void> {
    const { struct, signal } = exportStruct(checkPath('path', path), options);
    await write(this, 'mnistcnn_export', struct, signal);
  }

  exportSync(path: string | URL, options?: Omit<T.ExportOptions, 'signal'>): void {
    const { struct } = exportStruct(checkPath('path', path), options);
    const error = new ErrorBuffer();
    struct.point('error', error);
    check(call('mnistcnn_export', handleOf(this, 'model').readable, struct.bytes), error);
  }

  /** The bytes of a file of Keras, or of another format that is one file. */
  async toKeras(options?: T.ExportOptions): Promise<Buffer> {
    const folder = await mkdtemp(join(tmpdir(), 'mnistcnn-'));
    try {
      const path = join(folder, 'model');
      await this.export(path, options);
      return await readFile(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  toKerasSync(options?: Omit<T.ExportOptions, 'signal'>): Buffer {
    const folder = mkdtempSync(join(tmpdir(), 'mnistcnn-'));
    try {
      const path = join(folder, 'model');
      this.exportSync(path, options);
      return readFileSync(path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  // --- properties ---

  get inputShape(): T.Shape {
    return inputShapeOf(this);
  }

  get numClasses(): number {
    return this.classNames.length;
  }

  /** The names of the classes. */
  get classNames(): readonly string[] {
    return classNamesOf(this);
  }

  setClassNames(names: readonly string[]): void {
    const list = new StringList('names', checkNames(names));
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall('mnistcnn_model_set_class_names', handle.address, list.pointers, names.length);
    changed(this);
  }

  get numParameters(): number {
    return call('mnistcnn_model_num_parameters', handleOf(this, 'model').address);
  }

  /** In canonical form (docs/architecture.md). */
  get architecture(): string {
    return call('mnistcnn_model_architecture', handleOf(this, 'model').address)!;
  }

  get layers(): T.Layer[] {
    const { address } = handleOf(this, 'model');
    return Array.from({ length: call('mnistcnn_model_num_layers', address) }, (_, i) => {
      const struct = new Struct('mnistcnn_layer_info');
      checkCall('mnistcnn_model_layer_info', address, i, struct.bytes);
      return toObject(struct) as unknown as T.Layer;
    });
  }

  get preparation(): T.Preparation {
    return preparationOf(handleOf(this, 'model').readable);
  }

  /** Replaces the preparation; what is left out has its default. */
  setPreparation(preparation: Partial<T.Preparation>): void {
    const struct = preparationStruct(preparation);
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall('mnistcnn_model_set_preparation', handle.address, struct.bytes);
  }

  /** Below 1 predictions are more confident, above 1 less. */
  get temperature(): number {
    return call('mnistcnn_model_temperature', handleOf(this, 'model').readable);
  }

  set temperature(temperature: number) {
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall('mnistcnn_model_set_temperature', handle.address, checkNumber('temperature', temperature));
  }

  /**
   * Where no class is as probable, predict() rejects with MNISTCNN_NO_DIGIT, and readDigits() says 'unclear'. 0: any
   * probability will do.
   */
  get rejectionThreshold(): number {
    return call('mnistcnn_model_rejection_threshold', handleOf(this, 'model').readable);
  }

  set rejectionThreshold(threshold: number) {
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall(
      'mnistcnn_model_set_rejection_threshold',
      handle.address,
      checkNumber('rejectionThreshold', threshold),
    );
  }

  /** The kernels that the model computes with: 'portable' (the same bytes on
   * every processor), 'baseline', 'neon', 'avx2' or 'avx512'. Not stored in files. */
  get instructionSet(): string {
    return call('mnistcnn_model_instruction_set', handleOf(this, 'model').readable)!;
  }

  set instructionSet(name: string) {
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall('mnistcnn_model_set_instruction_set', handle.address, checkText('instructionSet', name));
  }

  /** The notes that are stored with the model: how it was trained, and your own. */
  get notes(): Record<string, string> {
    const address = handleOf(this, 'model').readable;
    const keys = Array.from({ length: call('mnistcnn_model_num_notes', address) }, (_, i) =>
      call('mnistcnn_model_note_key', address, i)!,
    );
    return Object.fromEntries(keys.map((key) => [key, call('mnistcnn_model_note', address, key)!]));
  }

  /** Stores a note; undefined removes it. */
  setNote(key: string, value: string | undefined): void {
    const handle = handleOf(this, 'model');
    handle.checkWritable();
    checkCall(
      'mnistcnn_model_set_note',
      handle.address,
      checkText('key', key),
      value === undefined ? null : checkText('value', value),
    );
  }

  /** A copy of an array of a layer's weights, as Keras has them. */
  weights(layer: number | string, which: T.WeightsKind): Float32Array {
    const address = handleOf(this, 'model').readable;
    const index = layerIndex(this, layer);
    const kind = weightsKind(which);
    const count = new BigUint64Array(1);
    checkCall('mnistcnn_model_weights', address, index, kind, null, 0, count);
    const values = new Float32Array(Number(count[0]));
    checkCall('mnistcnn_model_weights', address, index, kind, values, values.length, count);
    return values;
  }

  setWeights(layer: number | string, which: T.WeightsKind, values: Float32Array): void {
    const handle = handleOf(this, 'model');
    const floats = checkFloats('values', values);
    handle.checkWritable();
    checkCall(
      'mnistcnn_model_set_weights',
      handle.address,
      layerIndex(this, layer),
      weightsKind(which),
      floats,
      floats.length,
    );
  }

  /** The table that Keras' summary() prints. */
  summary(): string {
    const { address } = handleOf(this, 'model');
    return textResult((text, capacity, length) =>
      call('mnistcnn_model_summary', address, text, capacity, length),
    );
  }

  /** What a prediction takes. */
  predictCost(): T.Cost {
    const struct = new Struct('mnistcnn_cost');
    checkCall('mnistcnn_model_predict_cost', handleOf(this, 'model').readable, null, struct.bytes);
    return toObject(struct) as unknown as T.Cost;
  }

  /** Frees the model now, or when the calls that use it have ended. Otherwise it is freed when it is collected. */
  dispose(): void {
    workspacesOf(this).dispose();
    handleOf(this, 'model').dispose();
  }

  [DISPOSE](): void {
    this.dispose();
  }
}

function pretrainedPath(): string {
  return join(__dirname, '..', 'models', 'digits.safetensors');
}

// --- sources and options ----------------------------------------------------------------------------

export function checkAbortable(options: unknown): T.Abortable {
  const given = checkOptions('options', options, ['signal']) as T.Abortable;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  return given;
}

interface SourceStruct {
  set(field: 'path' | 'data' | 'size_bytes', value: unknown): unknown;
}

function setSource(struct: SourceStruct, source: unknown): void {
  if (typeof source === 'string' || isUrl(source)) {
    struct.set('path', checkPath('source', source));
    return;
  }
  if (!types.isAnyArrayBuffer(source) && !types.isUint8Array(source)) {
    throw typeError('source', 'a path, or the bytes of a file', source);
  }
  const view = types.isUint8Array(source) ? checkBytes('source', source) : new Uint8Array(source);
  // What others write to meanwhile must not change while it is checked.
  const bytes = types.isSharedArrayBuffer(view.buffer) ? view.slice() : view;
  struct.set('data', bytes.length > 0 ? bytes : new Uint8Array(1));
  struct.set('size_bytes', bytes.length);
}

interface Loading<N extends 'mnistcnn_load_options' | 'mnistcnn_import_options'> {
  readonly struct: Struct<N>;
  readonly given: T.Abortable;
  readonly error: ErrorBuffer;
}

function loadStruct(source: unknown, options: unknown): Loading<'mnistcnn_load_options'> {
  const given = checkOptions('options', options, LOAD) as T.LoadOptions;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  const struct = defaults('mnistcnn_load_options');
  const error = new ErrorBuffer();
  setOptions(struct, given as Record<string, unknown>).point('error', error);
  setSource(struct, source);
  return { struct, given, error };
}

function importStruct(
  source: unknown,
  options: unknown,
): Loading<'mnistcnn_import_options'> & { readonly log: Log | undefined } {
  const given = checkOptions('options', options, IMPORT) as T.ImportOptions;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  const struct = defaults('mnistcnn_import_options');
  const error = new ErrorBuffer();
  setOptions(struct, given as Record<string, unknown>).point('error', error);
  setSource(struct, source);
  return { struct, given, error, log: logOf(struct, given.onLog) };
}

function exportStruct(
  path: string,
  options: unknown,
): { struct: Struct<'mnistcnn_export_options'>; signal: AbortSignal | undefined } {
  const given = checkOptions('options', options, ['format', 'unitInput', 'signal']) as T.ExportOptions;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  const { unitInput, ...others } = given;
  const struct = setOptions(defaults('mnistcnn_export_options'), others as Record<string, unknown>);
  if (unitInput !== undefined) struct.set('unit_input', checkBoolean('unitInput', unitInput) ? 1 : 0);
  return { struct: struct.set('path', path), signal: given.signal };
}

/** The model, unless onLog throws. */
function told(model: Model, log: Log | undefined): Model {
  try {
    log?.tell();
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** A model that was loaded although nobody wants it any more. */
function adoptIfAborted(signal: AbortSignal | undefined, out: Out): void {
  if (signal?.aborted && out.address !== 0n) adoptModel(out.address).dispose();
}

/** Writes the model in another thread. */
async function write(
  model: Model,
  name: 'mnistcnn_model_save' | 'mnistcnn_export',
  struct: Struct<'mnistcnn_save_options'> | Struct<'mnistcnn_export_options'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = handleOf(model, 'model');
  const error = new ErrorBuffer();
  (struct as Struct<'mnistcnn_save_options'>).point('error', error);
  const status = await callAsync(name, [handle.address, struct.bytes], [handle, struct], {
    signal,
    ended: handle.read(),
  });
  check(status, error);
}

function createStruct(options: unknown): Struct<'mnistcnn_model_options'> {
  const given = checkOptions('options', options, CREATE) as T.CreateOptions;
  const struct = given.preset === undefined ? defaults('mnistcnn_model_options') : presetStruct(given.preset);
  if (given.preparation !== undefined) struct.point('preparation', preparationStruct(given.preparation));
  if (given.classNames !== undefined) {
    const names = checkNames(given.classNames);
    struct.set('class_names', new StringList('classNames', names));
    struct.set('num_classes', names.length);
    if (given.numClasses !== undefined && given.numClasses !== names.length) {
      throw new RangeError(
        `numClasses: ${String(given.numClasses)}, but there are ${names.length} classNames`,
      );
    }
  }
  return setOptions(struct, given as Record<string, unknown>);
}

function presetStruct(preset: unknown): Struct<'mnistcnn_model_options'> {
  const struct = new Struct('mnistcnn_model_options');
  checkCall('mnistcnn_model_options_preset', struct.bytes, struct.bytes.length, checkText('preset', preset));
  return struct;
}

// --- calibration ------------------------------------------------------------------------------------

function calibrateOptions(
  options: unknown,
  known: readonly string[],
): { accepted: number; signal: AbortSignal | undefined } {
  const { accepted = 0, signal } = checkOptions('options', options, known) as T.CalibrateOptions;
  checkSignal(signal);
  signal?.throwIfAborted();
  return { accepted: checkNumber('accepted', accepted), signal };
}

async function calibrate(model: Model, dataset: unknown, options: unknown): Promise<void> {
  const { accepted, signal } = calibrateOptions(options, ['accepted', 'signal']);
  const handle = handleOf(model, 'model');
  const images = handleOf(dataset, 'dataset');
  const releases = [handle.write('is being calibrated'), images.read()];
  const args = [handle.address, images.address, accepted] as const;
  let failure: Error | undefined;
  await callAsync('mnistcnn_model_calibrate', args, [handle, images], {
    signal,
    ended: (status = enums.status_code.ok) => {
      // Its message is in the thread that made it, so it is made once more in this one: it fails early.
      if (status !== enums.status_code.ok) failure = failureOf('mnistcnn_model_calibrate', args);
      releases.forEach((release) => {
        release();
      });
    },
  });
  if (failure !== undefined) throw failure;
}

function failureOf<N extends FunctionName>(name: N, args: Arguments<N>): Error | undefined {
  try {
    checkCall(name, ...args);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

// --- properties -------------------------------------------------------------------------------------

function layerIndex(model: Model, layer: unknown): number {
  if (typeof layer === 'number') return checkInteger('layer', layer, 0, model.layers.length - 1);
  const names = model.layers.map(({ name }) => name);
  return names.indexOf(checkWord('layer', layer, names));
}

function weightsKind(which: unknown): number {
  return enums.weights[checkWord('which', which, Object.keys(enums.weights)) as T.WeightsKind];
}

// --- encodings --------------------------------------------------------------------------------------

const ENCODINGS = 64; // more than there are

class Check {
  private readonly size = new Struct('mnistcnn_encoding_result').bytes.length;
  private readonly results = new Uint8Array(this.size * ENCODINGS);
  private readonly count = new BigUint64Array(1);

  constructor(
    private readonly options: Struct<'mnistcnn_import_options'>,
    private readonly images: Handle,
  ) {
    this.results.set(new Struct('mnistcnn_encoding_result').bytes);
  }

  arguments() {
    const { options, images, results, count } = this;
    return [options.bytes, images.readable, results, ENCODINGS, count] as const;
  }

  found(): T.EncodingResult[] {
    return Array.from({ length: Number(this.count[0]) }, (_, i) => {
      const result = new Struct('mnistcnn_encoding_result');
      result.bytes.set(this.results.subarray(i * this.size, (i + 1) * this.size));
      return toObject(result) as unknown as T.EncodingResult;
    });
  }
}

async function checkEncodings(
  source: unknown,
  dataset: unknown,
  options: unknown,
): Promise<T.EncodingResult[]> {
  const { struct, given, error, log } = importStruct(source, options);
  const handle = handleOf(dataset, 'dataset');
  const wish = new Check(struct, handle);
  const status = await callAsync('mnistcnn_import_check', wish.arguments(), [wish], {
    signal: given.signal,
    ended: handle.read(),
  });
  check(status, error);
  log?.tell();
  return wish.found();
}

function checkEncodingsSync(source: unknown, dataset: unknown, options: unknown): T.EncodingResult[] {
  const { struct, error, log } = importStruct(source, options);
  const wish = new Check(struct, handleOf(dataset, 'dataset'));
  check(call('mnistcnn_import_check', ...wish.arguments()), error);
  log?.tell();
  return wish.found();
}
