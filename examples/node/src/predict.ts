import { readdirSync, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { enums } from './abi';
import {
  checkFloats,
  checkFunction,
  checkOptions,
  checkPath,
  checkSignal,
  typeError,
  checkBytes,
} from './check';
import { MnistcnnError } from './errors';
import { call, callAsync, check, StringList, Struct, textOf, type Arguments } from './ffi';
import type { Handle } from './handle';
import { imageFile, imageFileSync, type ImageFile } from './images';
import type { Model } from './model';
import { workspacesOf } from './model_state';
import { handleOf } from './owner';
import type {
  BatchOptions,
  FailedFile,
  FilePrediction,
  FilesOptions,
  ImageSource,
  Prediction,
  PredictOptions,
  ReadDigitsOptions,
  SyncImageSource,
} from './types';
import type { Workspace } from './workspace';

export const PREDICT_OPTIONS = ['threads', 'precision', 'signal'];
const BATCH_OPTIONS = [...PREDICT_OPTIONS, 'out'];
const FILES_OPTIONS = [...PREDICT_OPTIONS, 'onFiles'];
/** The multiply-adds of one call, about 20 ms: after it, a signal is looked at. */
const CALL_MULTIPLY_ADDS = 2e9;
const MAX_CALL_IMAGES = 4096;
const CALL_FILES = 64;
const MESSAGE_BYTES = 512;

// --- one image --------------------------------------------------------------------------------------

/** Options of any prediction, of which some are known. */
export function predictOptions(
  options: unknown,
  known: readonly string[],
): BatchOptions & FilesOptions & ReadDigitsOptions {
  const given = checkOptions('options', options, known) as BatchOptions & FilesOptions & ReadDigitsOptions;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  return given;
}

/** The most probable class: the first of equal ones. */
export function toPrediction(classNames: readonly string[], probabilities: Float32Array): Prediction {
  let index = 0;
  for (let i = 1; i < probabilities.length; i++) {
    if (probabilities[i]! > probabilities[index]! || Number.isNaN(probabilities[index])) index = i;
  }
  return { label: classNames[index]!, index, probability: probabilities[index]!, probabilities };
}

export async function predictImage(model: Model, image: ImageSource, options?: unknown): Promise<Prediction> {
  const given = predictOptions(options, PREDICT_OPTIONS);
  const file = await imageFile(image);
  const { classNames } = model;
  const probabilities = new Float32Array(classNames.length);
  await withWorkspace(model, given, (handle, workspace, ended) => {
    const keep = [handle, workspace, file, probabilities];
    const { signal } = given;
    return file.path !== undefined
      ? callAsync(
          'mnistcnn_predict_image_file',
          fileArguments(handle, workspace, file.path, probabilities),
          keep,
          { signal, ended },
        )
      : callAsync(
          'mnistcnn_predict_image_memory',
          bytesArguments(handle, workspace, file.bytes, probabilities),
          keep,
          { signal, ended },
        );
  });
  return toPrediction(classNames, probabilities);
}

export function predictImageSync(model: Model, image: SyncImageSource, options?: unknown): Prediction {
  const given = predictOptions(options, PREDICT_OPTIONS.slice(0, 2));
  const file: ImageFile = imageFileSync(image);
  const { classNames } = model;
  const probabilities = new Float32Array(classNames.length);
  withWorkspaceSync(model, given, (handle, workspace) =>
    file.path !== undefined
      ? call('mnistcnn_predict_image_file', ...fileArguments(handle, workspace, file.path, probabilities))
      : call(
          'mnistcnn_predict_image_memory',
          ...bytesArguments(handle, workspace, file.bytes, probabilities),
        ),
  );
  return toPrediction(classNames, probabilities);
}

function fileArguments(
  model: Handle,
  workspace: Workspace,
  path: string,
  probabilities: Float32Array,
): Arguments<'mnistcnn_predict_image_file'> {
  return [model.address, workspace.handle.address, path, probabilities, probabilities.length];
}

function bytesArguments(
  model: Handle,
  workspace: Workspace,
  bytes: Uint8Array,
  probabilities: Float32Array,
): Arguments<'mnistcnn_predict_image_memory'> {
  return [model.address, workspace.handle.address, bytes, bytes.length, probabilities, probabilities.length];
}

/** One call with a workspace, which `ended` gives back: later than the promise when a signal is aborted. */
export async function withWorkspace(
  model: Model,
  options: PredictOptions,
  start: (model: Handle, workspace: Workspace, ended: (status?: number) => void) => Promise<number>,
): Promise<void> {
  const handle = handleOf(model, 'model');
  const release = handle.read();
  const workspaces = workspacesOf(model);
  let workspace: Workspace;
  try {
    workspace = workspaces.take(handle, options);
  } catch (error) {
    release();
    throw error;
  }
  // Read before another call can use the workspace.
  let message = '';
  const status = await start(handle, workspace, (code = enums.status_code.ok) => {
    if (code !== enums.status_code.ok) message = workspace.error.message();
    workspaces.give(workspace);
    release();
  });
  if (status !== enums.status_code.ok) throw new MnistcnnError(status, message);
}

export function withWorkspaceSync(
  model: Model,
  options: PredictOptions,
  predict: (model: Handle, workspace: Workspace) => number,
): void {
  const handle = handleOf(model, 'model');
  const release = handle.read();
  const workspaces = workspacesOf(model);
  try {
    const workspace = workspaces.take(handle, options);
    try {
      check(predict(handle, workspace), workspace.error);
    } finally {
      workspaces.give(workspace);
    }
  } finally {
    release();
  }
}

// --- batches ----------------------------------------------------------------------------------------

interface Batch {
  readonly values: Uint8Array | Float32Array;
  readonly name: 'mnistcnn_predict' | 'mnistcnn_predict_u8';
  readonly inputs: number;
  readonly classes: number;
  readonly count: number;
  readonly out: Float32Array;
}

function batchOf(model: Model, images: unknown, options: BatchOptions): Batch {
  const floats =
    images instanceof Float32Array || Object.prototype.toString.call(images) === '[object Float32Array]';
  const values = floats ? checkFloats('images', images) : checkBatchBytes(images);
  const { height, width, channels } = model.inputShape;
  const inputs = height * width * channels;
  if (values.length % inputs !== 0) {
    throw new RangeError(
      `images: ${values.length} values are no whole number of images of ${height} x ${width} x ${channels}`,
    );
  }
  const classes = model.numClasses;
  const count = values.length / inputs;
  return {
    values,
    name: floats ? 'mnistcnn_predict' : 'mnistcnn_predict_u8',
    inputs,
    classes,
    count,
    out: outputOf(options.out, count * classes),
  };
}

function checkBatchBytes(images: unknown): Uint8Array {
  try {
    return checkBytes('images', images);
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.includes('expected')) throw error;
    throw typeError('images', 'a Uint8Array of bytes or a Float32Array of intensities', images);
  }
}

function outputOf(out: unknown, length: number): Float32Array {
  if (out === undefined) return new Float32Array(length);
  const array = checkFloats('out', out);
  if (array.length !== length) throw new RangeError(`out: ${array.length} values instead of ${length}`);
  return array;
}

/** The batch in calls of about 20 ms. */
function* parts(
  model: Model,
  batch: Batch,
  threads: number,
): Generator<readonly [Uint8Array | Float32Array, Float32Array]> {
  const { values, inputs, classes, count, out } = batch;
  const step = count > 32 ? imagesPerCall(model) * threads : count;
  if (count === 0) return;
  if (count <= step) {
    yield [values, out];
    return;
  }
  for (let first = 0; first < count; first += step) {
    const end = Math.min(first + step, count);
    yield [values.subarray(first * inputs, end * inputs), out.subarray(first * classes, end * classes)];
  }
}

function imagesPerCall(model: Model): number {
  const images = Math.floor(CALL_MULTIPLY_ADDS / Math.max(1, model.predictCost().multiplyAdds));
  return Math.min(Math.max(images, 1), MAX_CALL_IMAGES);
}

export async function predictBatch(model: Model, images: unknown, options?: unknown): Promise<Float32Array> {
  const given = predictOptions(options, BATCH_OPTIONS);
  const batch = batchOf(model, images, given);
  const { signal } = given;
  for (const [values, out] of parts(model, batch, given.threads ?? 1)) {
    await withWorkspace(model, given, (handle, workspace, ended) =>
      callAsync(
        batch.name,
        [handle.address, workspace.handle.address, values, values.length, out, out.length],
        [handle, workspace, values, out],
        { signal, ended },
      ),
    );
  }
  return batch.out;
}

export function predictBatchSync(model: Model, images: unknown, options?: unknown): Float32Array {
  const given = predictOptions(
    options,
    BATCH_OPTIONS.filter((name) => name !== 'signal'),
  );
  const { name, values, out } = batchOf(model, images, given);
  withWorkspaceSync(model, given, (handle, workspace) =>
    call(name, handle.address, workspace.handle.address, values, values.length, out, out.length),
  );
  return out;
}

// --- files ------------------------------------------------------------------------------------------

export async function predictFiles(
  model: Model,
  paths: unknown,
  options?: unknown,
): Promise<(FilePrediction | FailedFile)[]> {
  const given = predictOptions(options, FILES_OPTIONS);
  checkFunction('onFiles', given.onFiles);
  const list = checkPaths(paths);
  const results: (FilePrediction | FailedFile)[] = [];
  const step = CALL_FILES * (given.threads ?? 1);
  for (let first = 0; first < list.length; first += step) {
    results.push(...(await predictSome(model, list.slice(first, first + step), given)));
    await given.onFiles?.(results.length, list.length);
    given.signal?.throwIfAborted();
  }
  return results;
}

function checkPaths(paths: unknown): string[] {
  if (typeof paths !== 'object' || paths === null || !(Symbol.iterator in paths)) {
    throw typeError('paths', 'an array of paths', paths);
  }
  return Array.from(paths as Iterable<unknown>, (path, i) => checkPath(`paths[${i}]`, path));
}

/** The files of one call, and what it says about them. */
class FilesCall {
  private readonly list: StringList;
  private readonly probabilities: Float32Array;
  private readonly statuses: Int32Array;
  private readonly messages: Uint8Array;
  private readonly struct = new Struct('mnistcnn_file_results').set('message_capacity', MESSAGE_BYTES);

  constructor(
    private readonly paths: readonly string[],
    private readonly classNames: readonly string[],
  ) {
    this.list = new StringList('paths', paths);
    this.probabilities = new Float32Array(paths.length * classNames.length);
    this.statuses = new Int32Array(paths.length);
    this.messages = new Uint8Array(paths.length * MESSAGE_BYTES);
    this.struct.set('probabilities', this.probabilities);
    this.struct.set('probabilities_capacity', this.probabilities.length);
    this.struct.set('statuses', this.statuses).set('messages', this.messages);
  }

  arguments(model: Handle, workspace: Workspace): Arguments<'mnistcnn_predict_image_files'> {
    const { list, paths, struct } = this;
    return [model.address, workspace.handle.address, list.pointers, paths.length, struct.bytes];
  }

  results(): (FilePrediction | FailedFile)[] {
    const { classNames, statuses, messages } = this;
    return this.paths.map((path, i) => {
      if (statuses[i] !== enums.status_code.ok) return { path, error: fileError(statuses[i]!, messages, i) };
      const row = this.probabilities.slice(i * classNames.length, (i + 1) * classNames.length);
      return { path, ...toPrediction(classNames, row) };
    });
  }
}

async function predictSome(
  model: Model,
  paths: readonly string[],
  options: FilesOptions,
): Promise<(FilePrediction | FailedFile)[]> {
  const files = new FilesCall(paths, model.classNames);
  await withWorkspace(model, options, (handle, workspace, ended) =>
    callAsync(
      'mnistcnn_predict_image_files',
      files.arguments(handle, workspace),
      [handle, workspace, files],
      {
        signal: options.signal,
        ended,
      },
    ),
  );
  return files.results();
}

export function predictFilesSync(
  model: Model,
  paths: unknown,
  options?: unknown,
): (FilePrediction | FailedFile)[] {
  const given = predictOptions(
    options,
    FILES_OPTIONS.filter((name) => name !== 'signal'),
  );
  checkFunction('onFiles', given.onFiles);
  const list = checkPaths(paths);
  const results: (FilePrediction | FailedFile)[] = [];
  const step = CALL_FILES * (given.threads ?? 1);
  for (let first = 0; first < list.length; first += step) {
    const files = new FilesCall(list.slice(first, first + step), model.classNames);
    withWorkspaceSync(model, given, (handle, workspace) =>
      call('mnistcnn_predict_image_files', ...files.arguments(handle, workspace)),
    );
    results.push(...files.results());
    given.onFiles?.(results.length, list.length);
  }
  return results;
}

function fileError(status: number, messages: Uint8Array, index: number): MnistcnnError {
  return new MnistcnnError(
    status,
    textOf(messages.subarray(index * MESSAGE_BYTES, (index + 1) * MESSAGE_BYTES)),
  );
}

const IMAGE_NAME = /^[^.].*\.(png|jpe?g|bmp)$/i;

export async function predictFolder(
  model: Model,
  folder: unknown,
  options?: unknown,
): Promise<(FilePrediction | FailedFile)[]> {
  predictOptions(options, FILES_OPTIONS);
  return predictFiles(model, await imagesBelow(checkPath('folder', folder)), options);
}

export function predictFolderSync(
  model: Model,
  folder: unknown,
  options?: unknown,
): (FilePrediction | FailedFile)[] {
  return predictFilesSync(model, imagesBelowSync(checkPath('folder', folder)), options);
}

async function imagesBelow(folder: string): Promise<string[]> {
  const found = new Images();
  for (let next: string | undefined = folder; next !== undefined; next = found.folders.pop()) {
    found.add(next, await readdir(next, { withFileTypes: true }));
  }
  return found.sorted();
}

function imagesBelowSync(folder: string): string[] {
  const found = new Images();
  for (let next: string | undefined = folder; next !== undefined; next = found.folders.pop()) {
    found.add(next, readdirSync(next, { withFileTypes: true }));
  }
  return found.sorted();
}

/** Those of a folder: hidden files and folders left out, in the order of their bytes. */
class Images {
  /** That have not been read yet. */
  readonly folders: string[] = [];
  private readonly paths: string[] = [];

  add(folder: string, entries: readonly Dirent[]): void {
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) this.paths.push(...(IMAGE_NAME.test(entry.name) ? [path] : []));
      else if (!entry.name.startsWith('.')) this.folders.push(path);
    }
  }

  sorted(): string[] {
    return this.paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
}
