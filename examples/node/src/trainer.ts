import { availableParallelism } from 'node:os';

import { enums } from './abi';
import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkPath,
  checkSignal,
  checkText,
  typeError,
} from './check';
import { stateError } from './errors';
import {
  call,
  callAsync,
  check,
  checkCall,
  defaults,
  ErrorBuffer,
  longestSlice,
  onExit,
  Out,
  poolIsBusy,
  poolLimit,
  Struct,
  type Address,
} from './ffi';
import { DISPOSE, Handle } from './handle';
import { logOf, type Log } from './log';
import type { Model } from './model';
import { adoptModel, changed } from './model_state';
import { optionNames, setOptions } from './options';
import { handleOf, register, type Owner } from './owner';
import { POLL_MS, toProgress } from './progress';
import { onAbort } from './signal';
import type { Dataset } from './dataset';
import type { Progress, ResumeOptions, TrainCallOptions, TrainerOptions, TrainResult } from './types';

const TRAIN = [
  ...optionNames('mnistcnn_train_options').filter((name) => name !== 'numClassWeights'),
  'classWeights',
  'preset',
  'validation',
  'signal',
  'onLog',
];
const RESUME = [
  ...optionNames('mnistcnn_resume_options').filter((name) => name !== 'path'),
  'validation',
  'signal',
  'onLog',
];
const BEING_TRAINED = 'is being trained, and cannot be used until that has ended and its trainer is disposed';
/** Seconds in C while others wait for a thread. */
const SHORT_SLICE = 0.05;

/**
 * A training that is followed and stopped: iterate over its progress, or run() it to the end. It runs in
 * another thread and never waits for JavaScript.
 *
 *     for await (const progress of trainer) console.log(progress.epoch, progress.loss);
 *
 * Progress arrives about 20 times a second, and after each epoch. Leaving the loop stops the training after
 * the current step; another loop continues it. The model cannot be used until the training has finished or
 * the trainer is disposed.
 */
export class Trainer implements Owner, AsyncIterable<Progress> {
  /** The model that is trained. */
  readonly model: Model;
  private readonly error: ErrorBuffer;
  private readonly signal: AbortSignal | undefined;
  private readonly epochs: Progress[];
  private readonly log: Log | undefined;
  private readonly queue = new Turns();
  private complete = false;
  private running = false;
  private stopping = false;
  private inSlice = false;

  private constructor(
    model: Model,
    handle: Handle,
    error: ErrorBuffer,
    signal: AbortSignal | undefined,
    epochs: Progress[],
    log: Log | undefined,
  ) {
    register(this, handle);
    this.model = model;
    this.error = error;
    this.signal = signal;
    this.epochs = epochs;
    this.log = log;
  }

  /** A training of the model on a dataset, which begins with the first iteration or run(). */
  static create(model: Model, dataset: Dataset, options?: TrainerOptions): Promise<Trainer> {
    return createTrainer(model, dataset, checkTrainOptions(options, TRAIN));
  }

  /** Resumes a training from a checkpoint, with the same datasets. Its model is a new one. */
  static async resume(checkpoint: string | URL, dataset: Dataset, options?: ResumeOptions): Promise<Trainer> {
    return resumeTrainer(checkPath('checkpoint', checkpoint), dataset, options);
  }

  /** @internal */
  static adopt(
    model: Model,
    handle: Handle,
    error: ErrorBuffer,
    signal: AbortSignal | undefined,
    epochs: Progress[],
    log: Log | undefined,
  ): Trainer {
    const trainer = new Trainer(model, handle, error, signal, epochs, log);
    try {
      log?.tell();
      return trainer;
    } catch (failure) {
      trainer.dispose();
      throw failure;
    }
  }

  /** Whether all steps are done, or the training has stopped early. */
  get finished(): boolean {
    return this.complete;
  }

  /** The figures of the epochs so far. */
  get history(): readonly Progress[] {
    return this.epochs;
  }

  /** The latest progress; undefined before the first step. */
  get progress(): Progress | undefined {
    return this.complete ? this.epochs.at(-1) : this.poll();
  }

  private poll(): Progress | undefined {
    const struct = new Struct('mnistcnn_progress');
    const status = call('mnistcnn_trainer_progress', handleOf(this, 'trainer').address, struct.bytes);
    return status === enums.status_code.ok ? toProgress(struct) : undefined;
  }

  /** Trains to the end. */
  async run(): Promise<TrainResult> {
    await this.drive(() => undefined);
    return this.result();
  }

  /** Stops the training after the current step. What runs it ends without an error, and can be called again. */
  stop(): void {
    this.stopping = this.running;
    if (this.inSlice) call('mnistcnn_trainer_cancel', handleOf(this, 'trainer').address);
  }

  /** A model of its own with the current weights, while the training goes on. */
  snapshot(): Promise<Model> {
    return this.queue.take(async () => {
      const out = new Out();
      const handle = this.open();
      const args = [handle.address, out.room] as const;
      const options = { ended: handle.read() };
      check(await callAsync('mnistcnn_trainer_model', args, [handle, out, this], options), this.error);
      return adoptModel(out.address);
    });
  }

  /** Writes a checkpoint now, for Trainer.resume(). */
  save(path: string | URL): Promise<void> {
    const checked = checkPath('path', path);
    return this.queue.take(async () => {
      const handle = this.open();
      const args = [handle.address, checked] as const;
      const options = { ended: handle.read() };
      check(await callAsync('mnistcnn_trainer_save_file', args, [handle, this], options), this.error);
    });
  }

  private open(): Handle {
    if (this.complete) throw stateError('the training has finished; its model is the result');
    return handleOf(this, 'trainer');
  }

  private result(): TrainResult {
    const last = this.epochs.at(-1) ?? this.progress;
    if (!last) throw stateError('the training was stopped before its first step');
    return { history: this.epochs, last };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void, undefined> {
    const news = new News(() => (this.running && this.inSlice ? this.poll() : undefined));
    const end = this.drive((epoch) => {
      news.add(epoch);
    }).then(
      () => {
        news.close();
      },
      (error: unknown) => {
        news.close(error);
      },
    );
    try {
      for (let next = await news.next(); next; next = await news.next()) yield next;
    } finally {
      if (this.running && !news.closed) this.stop();
      await end;
    }
  }

  /** Runs until the training has finished or is stopped. ended: called with the figures of each epoch. */
  private async drive(ended: (epoch: Progress) => void): Promise<void> {
    if (this.running) throw stateError('the trainer is running already');
    const { signal } = this;
    signal?.throwIfAborted();
    if (this.complete) return;
    const handle = handleOf(this, 'trainer');
    const stop = () => {
      this.stop();
    };
    const unregister = onExit(stop);
    this.running = true;
    this.stopping = false;
    const forget = onAbort(signal, stop);
    try {
      while (!this.stopping && !handle.disposed && !this.complete)
        await this.queue.take(() => this.slice(handle, ended));
      signal?.throwIfAborted();
    } finally {
      this.running = false;
      forget();
      unregister();
      if (this.complete) this.close();
    }
  }

  private async slice(handle: Handle, ended: (epoch: Progress) => void): Promise<void> {
    if (this.stopping || handle.disposed) return;
    const struct = new Struct('mnistcnn_progress');
    const seconds = poolIsBusy() || poolLimit === 1 || this.queue.othersWait ? SHORT_SLICE : longestSlice;
    const release = handle.read();
    this.inSlice = true;
    const status = await callAsync(
      'mnistcnn_trainer_run',
      [handle.address, seconds, struct.bytes],
      [handle, struct, this],
      {
        training: true,
        ended: () => {
          this.inSlice = false;
        },
      },
    );
    const wasDisposed = handle.disposed;
    if (!wasDisposed) this.complete = call('mnistcnn_trainer_finished', handle.address) !== 0;
    release();
    this.log?.tell();
    // A stop that came between two slices is answered by the next one, if that is of another loop.
    if (status === enums.status_code.cancelled) return;
    check(status, this.error);
    if (struct.number('event') !== enums.event.epoch_end) return;
    const epoch = toProgress(struct);
    this.epochs.push(epoch);
    ended(epoch);
  }

  /** Gives the model back. */
  private close(): void {
    changed(this.model);
    handleOf(this, 'trainer').dispose();
  }

  /** Stops the training and gives the model back, with the weights after its last step. */
  dispose(): void {
    if (this.running) this.stop();
    handleOf(this, 'trainer').dispose();
  }

  [DISPOSE](): void {
    this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
    await this.queue.take(() => Promise.resolve());
  }
}

/** One after the other, in the order of their coming. */
class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Whether anybody but the one whose turn it is waits. */
  get othersWait(): boolean {
    return this.waiting > 0;
  }

  take<T>(action: () => Promise<T>): Promise<T> {
    this.waiting++;
    const turn = this.last.then(() => {
      this.waiting--;
      return action();
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** What a loop has not seen yet: the ends of all epochs, and of other progress the latest. */
class News {
  closed = false;
  private failed = false;
  private error: unknown;
  private readonly epochs: Progress[] = [];
  private seen: Progress | undefined;
  private wake: (() => void) | undefined;

  constructor(private readonly poll: () => Progress | undefined) {}

  add(epoch: Progress): void {
    this.epochs.push(epoch);
    this.wake?.();
  }

  close(...error: [] | [unknown]): void {
    this.closed = true;
    this.failed = error.length > 0;
    [this.error] = error;
    this.wake?.();
  }

  async next(): Promise<Progress | undefined> {
    for (;;) {
      const epoch = this.epochs.shift();
      if (epoch) return epoch;
      if (this.failed) throw this.error;
      if (this.closed) return undefined;
      await this.wait();
      const now = this.epochs.length > 0 || this.closed ? undefined : this.poll();
      if (now && this.isNew(now)) return now;
    }
  }

  private isNew(now: Progress): boolean {
    const { seen } = this;
    if (now.event === 'epoch_end') return false;
    this.seen = now;
    return now.step !== seen?.step || now.epoch !== seen.epoch || now.imagesDone !== seen.imagesDone;
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

// --- making trainers --------------------------------------------------------------------------------

function checkTrainOptions(options: unknown, known: readonly string[]): TrainCallOptions {
  const given = checkOptions('options', options, known) as TrainCallOptions;
  checkSignal(given.signal);
  checkFunction('onProgress', given.onProgress);
  return given;
}

interface TrainStruct {
  readonly struct: Struct<'mnistcnn_train_options'>;
  readonly error: ErrorBuffer;
  readonly log: Log | undefined;
}

function trainStruct(given: TrainCallOptions): TrainStruct {
  const struct = given.preset === undefined ? defaults('mnistcnn_train_options') : presetStruct(given);
  const error = new ErrorBuffer();
  struct.set('num_threads', availableParallelism()).point('error', error);
  if (given.classWeights !== undefined) {
    const weights = checkWeights(given.classWeights);
    struct.set('class_weights', weights).set('num_class_weights', weights.length);
  }
  setOptions(struct, given as Record<string, unknown>);
  return { struct, error, log: logOf(struct, given.onLog) };
}

function presetStruct(given: TrainCallOptions): Struct<'mnistcnn_train_options'> {
  const struct = new Struct('mnistcnn_train_options');
  checkCall(
    'mnistcnn_train_options_preset',
    struct.bytes,
    struct.bytes.length,
    checkText('preset', given.preset),
    given.epochs ?? 0,
  );
  return struct;
}

function checkWeights(weights: unknown): Float32Array {
  if (!Array.isArray(weights)) throw typeError('classWeights', 'an array of numbers', weights);
  return Float32Array.from(weights, (weight, i) => checkNumber(`classWeights[${i}]`, weight));
}

/** The datasets of a training, which it uses until it is freed. */
function datasetHandles(dataset: unknown, validation: unknown): Handle[] {
  const handles = [handleOf(dataset, 'dataset')];
  if (validation !== undefined) handles.push(handleOf(validation, 'dataset', 'validation'));
  handles.forEach(({ readable }) => readable);
  return handles;
}

async function createTrainer(model: Model, dataset: unknown, given: TrainCallOptions): Promise<Trainer> {
  const network = handleOf(model, 'model');
  const datasets = datasetHandles(dataset, given.validation);
  const { struct, error, log } = trainStruct(given);
  given.signal?.throwIfAborted();
  const releases = [network.write(BEING_TRAINED), ...datasets.map((handle) => handle.read())];
  const release = () => {
    releases.forEach((each) => {
      each();
    });
  };
  const out = new Out();
  try {
    const args = [network.address, ...addresses(datasets), struct.bytes, out.room] as const;
    check(await callAsync('mnistcnn_trainer_create', args, [network, datasets, struct, out]), error);
  } catch (failure) {
    release();
    throw failure;
  } finally {
    changed(model);
  }
  // The struct's error buffer and texts are used as long as the trainer exists.
  const handle = new Handle('trainer', 'mnistcnn_trainer_free', out.address, struct, [release]);
  return Trainer.adopt(model, handle, error, given.signal, [], log);
}

function addresses([dataset, validation]: readonly Handle[]): readonly [Address, Address | null] {
  return [dataset!.address, validation?.address ?? null];
}

async function resumeTrainer(path: string, dataset: unknown, options: unknown): Promise<Trainer> {
  const given = checkOptions('options', options, RESUME) as ResumeOptions;
  checkSignal(given.signal);
  given.signal?.throwIfAborted();
  const datasets = datasetHandles(dataset, given.validation);
  const error = new ErrorBuffer();
  const struct = defaults('mnistcnn_resume_options')
    .set('path', path)
    .set('num_threads', availableParallelism());
  setOptions(struct, given as Record<string, unknown>).point('error', error);
  const log = logOf(struct, given.onLog);
  const releases = datasets.map((handle) => handle.read());
  const [model, trainer] = [new Out(), new Out()];
  const args = [struct.bytes, ...addresses(datasets), model.room, trainer.room] as const;
  try {
    check(await callAsync('mnistcnn_trainer_resume', args, [struct, datasets, model, trainer]), error);
  } catch (failure) {
    releases.forEach((release) => {
      release();
    });
    throw failure;
  }
  const [network, handle] = adoptResumed(model, trainer, struct, releases);
  return Trainer.adopt(network, handle, error, given.signal, historyOf(trainer.address), log);
}

function adoptResumed(
  model: Out,
  trainer: Out,
  struct: Struct<'mnistcnn_resume_options'>,
  releases: (() => void)[],
): [Model, Handle] {
  const network = adoptModel(model.address);
  const release = handleOf(network, 'model').write(BEING_TRAINED);
  const handle = new Handle('trainer', 'mnistcnn_trainer_free', trainer.address, struct, [
    ...releases,
    release,
  ]);
  return [network, handle];
}

/** The figures of the epochs before a resume. */
function historyOf(trainer: Address): Progress[] {
  const epochs: Progress[] = [];
  for (let epoch = 1; ; epoch++) {
    const struct = new Struct('mnistcnn_progress');
    if (call('mnistcnn_trainer_history', trainer, epoch, struct.bytes) !== enums.status_code.ok)
      return epochs;
    epochs.push(toProgress(struct));
  }
}

// --- one call ---------------------------------------------------------------------------------------

export async function trainModel(model: Model, dataset: unknown, options: unknown): Promise<TrainResult> {
  const { onProgress, ...given } = checkTrainOptions(options, [...TRAIN, 'onProgress']);
  const trainer = await createTrainer(model, dataset, given);
  try {
    if (!onProgress) return await trainer.run();
    for await (const progress of trainer) await onProgress(progress);
    return { history: trainer.history, last: trainer.history.at(-1)! };
  } finally {
    trainer.dispose();
  }
}

export function trainModelSync(model: Model, dataset: unknown, options: unknown): TrainResult {
  const { onProgress, ...given } = checkTrainOptions(options, [
    ...TRAIN.filter((name) => name !== 'signal'),
    'onProgress',
  ]);
  const network = handleOf(model, 'model');
  const datasets = datasetHandles(dataset, given.validation);
  const { struct, error, log } = trainStruct(given);
  network.checkWritable();
  const out = new Out();
  check(
    call('mnistcnn_trainer_create', network.address, ...addresses(datasets), struct.bytes, out.room),
    error,
  );
  try {
    log?.tell();
    return stepToTheEnd(out.address, error, onProgress, log);
  } finally {
    call('mnistcnn_trainer_free', out.address);
    changed(model);
  }
}

function stepToTheEnd(
  trainer: Address,
  error: ErrorBuffer,
  onProgress: TrainCallOptions['onProgress'],
  log: Log | undefined,
): TrainResult {
  const history: Progress[] = [];
  while (call('mnistcnn_trainer_finished', trainer) === 0) {
    const struct = new Struct('mnistcnn_progress');
    check(call('mnistcnn_trainer_run', trainer, POLL_MS / 1000, struct.bytes), error);
    log?.tell();
    const progress = toProgress(struct);
    if (progress.event === 'epoch_end') history.push(progress);
    onProgress?.(progress);
  }
  return { history, last: history.at(-1)! };
}
