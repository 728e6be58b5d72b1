// Everything that knows the foreign function interface. Another one can take koffi's place here.
//
// Structs are written into buffers at the offsets of abi.ts and passed by address: koffi would fill in 0 for
// what is missing, ignore what is misspelt, and keep the names of types for the whole process.
import * as koffi from 'koffi';
import { isMainThread } from 'node:worker_threads';

import { enums, functions, structs, VERSION, type Field } from './abi';
import { checkInteger, checkNumber, checkText, checkUint64 } from './check';
import { MnistcnnError } from './errors';
import { locate, type Located } from './locate';
import { onAbort } from './signal';

export type Address = bigint;
export type Pointer = Address | ArrayBufferView | null;

type Functions = typeof functions.mnistcnn & typeof functions.mnistcnn_exchange;
export type FunctionName = keyof Functions;
type Parameter<T> = T extends 'void *'
  ? Pointer
  : T extends 'const char *'
    ? string | null
    : T extends 'uint64_t'
      ? number | bigint
      : number;
type Result<T> = T extends 'void'
  ? undefined
  : T extends 'void *'
    ? Address | null
    : T extends 'const char *'
      ? string | null
      : number;
type ParametersOf<P extends readonly unknown[]> = { [K in keyof P]: Parameter<P[K]> };
export type Arguments<N extends FunctionName> = ParametersOf<Functions[N][1]>;
export type Answer<N extends FunctionName> = Result<Functions[N][0]>;

type NativeFunction = ((...args: unknown[]) => unknown) & {
  async: (...args: unknown[]) => void;
};

// --- the library ------------------------------------------------------------------------------------

interface Libraries {
  readonly located: Located;
  readonly core: koffi.LibraryHandle;
  exchange: koffi.LibraryHandle | undefined;
}

// Kept for ever: koffi unloads a library whose last reference is gone.
let libraries: Libraries | undefined;
const bound = new Map<FunctionName, NativeFunction>();
// Training, digits and files of other frameworks need up to 128 KB, which is all that koffi gives.
const ASYNC_STACK = 1 << 20;

function load(): Libraries {
  if (libraries) return libraries;
  if (koffi.sizeof('void *') !== 8) throw new Error('mnistcnn needs a 64-bit system');
  giveStack();
  const opened = locate((path) => koffi.load(path));
  checkVersion(
    opened.library.func('mnistcnn_version_string', 'const char *', [])() as string,
    opened.located.core,
  );
  libraries = { located: opened.located, core: opened.library, exchange: undefined };
  if (!isMainThread) bindAll();
  return libraries;
}

// Another user of koffi may have made calls already, after which this cannot be changed.
function giveStack(): void {
  const { async_stack_size: current } = koffi.config();
  if (current !== undefined && current >= ASYNC_STACK) return;
  try {
    koffi.config({ ...koffi.config(), async_stack_size: ASYNC_STACK });
  } catch {
    // 128 KB it is, which the library promises to be enough.
  }
}

// koffi aborts the process if a worker is terminated while it makes a function, so all are made at once, before
// the worker has answered anything.
function bindAll(): void {
  (Object.keys(functions.mnistcnn) as FunctionName[]).forEach(bind);
}

/** Until 1.0 every minor version may change the interface. */
function checkVersion(found: string, path: string): void {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (minor(found) === minor(VERSION)) return;
  throw new Error(
    `${path} is libmnistcnn ${found}, but this package needs ${minor(VERSION)}; ` +
      'install packages of the same version',
  );
}

function bind(name: FunctionName): NativeFunction {
  const known = bound.get(name);
  if (known) return known;
  const ofCore = name in functions.mnistcnn;
  const [result, parameters] = (ofCore ? functions.mnistcnn : functions.mnistcnn_exchange)[
    name as never
  ] as readonly [string, readonly string[]];
  const library = ofCore ? load().core : loadExchange();
  const native = library.func(name, result, [...parameters]) as unknown as NativeFunction;
  bound.set(name, native);
  return native;
}

function loadExchange(): koffi.LibraryHandle {
  const all = load();
  all.exchange ??= openExchange(all.located.exchange);
  return all.exchange;
}

function openExchange(path: string): koffi.LibraryHandle {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw new MnistcnnError(
      enums.status_code.unsupported,
      `models of other frameworks need the library mnistcnn_exchange, which could not be loaded: ${String(cause)}`,
      { cause },
    );
  }
}

export function libraryPath(): string {
  return load().located.core;
}

/** Of a function that C is to call. */
export function symbolAddress(name: FunctionName): Address {
  return load().core.symbol(name) as Address;
}

// --- calls in this thread ---------------------------------------------------------------------------

export function call<N extends FunctionName>(name: N, ...args: Arguments<N>): Answer<N> {
  return (bound.get(name) ?? bind(name))(...(args as unknown[])) as Answer<N>;
}

/** A call that returns a status. Its message is found in `error`, or is that of this thread. */
export function check(status: number, error?: ErrorBuffer): void {
  if (status === enums.status_code.ok) return;
  // An options struct that the library does not take leaves it empty.
  const message = error?.message() ?? '';
  throw new MnistcnnError(status, message === '' ? call('mnistcnn_last_error')! : message);
}

export function checkCall<N extends FunctionName>(name: N, ...args: Arguments<N>): void {
  check(call(name, ...args) as number);
}

// --- calls in other threads -------------------------------------------------------------------------
//
// koffi makes them in libuv's pool, which also reads files and resolves names for the whole process, so
// that two of its threads are left alone. koffi keeps neither the arrays whose addresses it passes nor more
// than 256 calls, hence the queue and the set of jobs here.

interface Job {
  readonly name: FunctionName;
  readonly args: readonly unknown[];
  /** Whatever C reads or writes, kept until the call has ended. */
  readonly keep: readonly unknown[];
  readonly training: boolean;
  readonly order: number;
  cancelled: boolean;
  ended(error: Error | null, status: number): void;
}

class Queue {
  private jobs: Job[] = [];
  private first = 0;

  push(job: Job): void {
    this.jobs.push(job);
  }

  peek(): Job | undefined {
    while (this.jobs[this.first]?.cancelled) this.shift();
    return this.jobs[this.first];
  }

  shift(): void {
    this.first++;
    if (this.first < this.jobs.length && this.first < 1024) return;
    this.jobs.splice(0, this.first);
    this.first = 0;
  }
}

interface Pool {
  readonly limit: number;
  running: number;
  trainings: number;
  order: number;
  readonly calls: Queue;
  readonly trainingCalls: Queue;
  readonly inFlight: Set<Job>;
}

function poolSize(): number {
  const size = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '', 10);
  return Number.isNaN(size) ? 4 : Math.min(Math.max(size, 1), 1024);
}

function createPool(): Pool {
  return {
    limit: Math.min(Math.max(poolSize() - 2, 1), 128),
    running: 0,
    trainings: 0,
    order: 0,
    calls: new Queue(),
    trainingCalls: new Queue(),
    inFlight: new Set(),
  };
}

// One for all copies of this module in the thread, such as those that a test runner loads anew.
const POOL = Symbol.for('mnistcnn.pool.1');
const pool = ((globalThis as Record<symbol, unknown>)[POOL] ??= createPool()) as Pool;

/** The calls that run at once at most. */
export const poolLimit = pool.limit;

/** Whether something waits for a thread of the pool. */
export function poolIsBusy(): boolean {
  return pool.calls.peek() !== undefined || pool.trainingCalls.peek() !== undefined;
}

function next(): Job | undefined {
  const waiting = pool.calls.peek();
  const mayTrain = pool.trainings < Math.max(1, pool.limit - 1);
  const training = mayTrain ? pool.trainingCalls.peek() : undefined;
  if (training && (!waiting || training.order < waiting.order)) {
    pool.trainingCalls.shift();
    return training;
  }
  if (waiting) pool.calls.shift();
  return waiting;
}

function startWaiting(): void {
  while (pool.running < pool.limit) {
    const job = next();
    if (!job) return;
    start(job);
  }
}

function start(job: Job): void {
  count(job, 1);
  pool.inFlight.add(job);
  try {
    bind(job.name).async(...job.args, (error: Error | null, status: number) => {
      end(job, error, status);
    });
  } catch (error) {
    end(job, error as Error, 0);
  }
}

function count(job: Job, by: number): void {
  pool.running += by;
  if (job.training) pool.trainings += by;
}

function end(job: Job, error: Error | null, status: number): void {
  count(job, -1);
  pool.inFlight.delete(job);
  job.ended(error, status);
  startWaiting();
}

export interface CallOptions {
  /** Rejects at once when it is aborted; a call that runs already ends unnoticed. */
  readonly signal?: AbortSignal | undefined;
  /** A long call, of which one fewer than the limit may run at once. */
  readonly training?: boolean;
  /** Called once, before the promise is settled: with the status when C has ended, or if it will not be called. */
  readonly ended?: (status?: number) => void;
}

/** Makes a call that returns a status in another thread. keep: what it reads or writes besides the arguments. */
export function callAsync<N extends FunctionName>(
  name: N,
  args: Arguments<N>,
  keep: readonly unknown[],
  options: CallOptions = {},
): Promise<number> {
  const { signal, ended, training = false } = options;
  return new Promise((resolve, reject) => {
    const job: Job = {
      name,
      args: args as readonly unknown[],
      keep,
      training,
      order: pool.order++,
      cancelled: false,
      ended(error, status) {
        ended?.(status);
        if (error) reject(error);
        else resolve(status);
      },
    };
    if (!signal) enqueue(job);
    else if (signal.aborted) refuse(job, signal, reject, ended);
    else enqueueAbortable(job, signal, reject, ended);
  });
}

function enqueue(job: Job): void {
  if (pool.running < pool.limit && !job.training && !poolIsBusy()) {
    start(job);
    return;
  }
  (job.training ? pool.trainingCalls : pool.calls).push(job);
  startWaiting();
}

type Reject = (reason: Error) => void;

function refuse(job: Job, signal: AbortSignal, reject: Reject, ended: CallOptions['ended']): void {
  job.cancelled = true;
  if (!pool.inFlight.has(job)) ended?.();
  reject(signal.reason as Error);
}

function enqueueAbortable(job: Job, signal: AbortSignal, reject: Reject, ended: CallOptions['ended']): void {
  const abort = () => {
    refuse(job, signal, reject, ended);
  };
  const end = job.ended.bind(job);
  const forget = onAbort(signal, abort);
  job.ended = (error, status) => {
    forget();
    end(error, status);
  };
  enqueue(job);
}

/**
 * For calls that have nowhere to leave their message but in the thread that made them: one that fails is made
 * once more, in this thread. These are calls that fail early.
 */
export async function callForText<N extends FunctionName>(
  name: N,
  args: Arguments<N>,
  options?: CallOptions,
): Promise<void> {
  const status = await callAsync(name, args, [args], options);
  if (status !== enums.status_code.ok) checkCall(name, ...args);
}

// --- memory -----------------------------------------------------------------------------------------

export type StructName = keyof typeof structs;
export type FieldName<N extends StructName> = Extract<keyof (typeof structs)[N]['fields'], string>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A C string. Its own buffer, as koffi passes the address of small ones that live elsewhere. */
export function cString(text: string): Uint8Array {
  return encoder.encode(`${text}\0`);
}

/** Bytes up to the first NUL, as text. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

export function addressOf(view: ArrayBufferView): Address {
  return koffi.address(view);
}

/** An array of pointers to C strings; keep it, and what it keeps, as long as C may look at it. */
export class StringList {
  readonly pointers: BigUint64Array;
  private readonly strings: Uint8Array[];

  constructor(name: string, texts: readonly string[]) {
    this.strings = texts.map((text, i) => cString(checkText(`${name}[${i}]`, text)));
    this.pointers = BigUint64Array.from(this.strings, addressOf);
  }
}

/** A struct in memory that C reads and writes. */
export class Struct<N extends StructName> {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly fields: Readonly<Record<string, Field>>;
  /** What the struct points to. */
  private readonly kept = new Map<string, unknown>();

  constructor(readonly name: N) {
    const { size, fields } = structs[name];
    this.fields = fields;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    if ('struct_size' in fields) this.set('struct_size' as FieldName<N>, size);
  }

  set(field: FieldName<N>, value: unknown, name: string = field): this {
    const [kind, offset, length] = this.fields[field]!;
    if (kind === 'pointer') this.setPointer(field, offset, value as Pointer | string | StringList);
    else if (length > 0)
      (value as number[]).forEach((number, i) => {
        this.setNumber(kind, offset, i, number, name);
      });
    else this.setNumber(kind, offset, 0, value, name);
    return this;
  }

  private setNumber(kind: Field[0], offset: number, index: number, value: unknown, name: string): void {
    const { view } = this;
    if (kind === 'u32') view.setUint32(offset + 4 * index, checkInteger(name, value), true);
    else if (kind === 'i32')
      view.setInt32(offset + 4 * index, checkInteger(name, value, -0x80000000, 0x7fffffff), true);
    else if (kind === 'u64') view.setBigUint64(offset + 8 * index, checkUint64(name, value), true);
    else if (kind === 'f32') view.setFloat32(offset + 4 * index, checkNumber(name, value), true);
    else if (kind === 'f64') view.setFloat64(offset + 8 * index, checkNumber(name, value), true);
    else throw new TypeError(`${this.name}: ${name} cannot be set`);
  }

  private setPointer(field: string, offset: number, value: Pointer | string | StringList): void {
    const target =
      typeof value === 'string' ? cString(value) : value instanceof StringList ? value.pointers : value;
    this.kept.set(field, [target, value]);
    const address = target === null ? 0n : typeof target === 'bigint' ? target : addressOf(target);
    this.view.setBigUint64(offset, address, true);
  }

  /** A struct that this one points to. */
  point<M extends StructName>(field: FieldName<N>, to: Struct<M> | ErrorBuffer): this {
    this.set(field, to.bytes);
    this.kept.set(`${field} `, to);
    return this;
  }

  number(field: FieldName<N>, index = 0): number {
    const [kind, offset] = this.fields[field]!;
    const { view } = this;
    if (kind === 'u32') return view.getUint32(offset + 4 * index, true);
    if (kind === 'i32') return view.getInt32(offset + 4 * index, true);
    if (kind === 'u64') return Number(view.getBigUint64(offset + 8 * index, true));
    if (kind === 'f32') return view.getFloat32(offset + 4 * index, true);
    if (kind === 'f64') return view.getFloat64(offset + 8 * index, true);
    throw new TypeError(`${this.name}: ${field} is no number`);
  }

  numbers(field: FieldName<N>): number[] {
    return Array.from({ length: this.fields[field]![2] }, (_, i) => this.number(field, i));
  }

  text(field: FieldName<N>): string {
    const [, offset, length] = this.fields[field]!;
    return textOf(this.bytes.subarray(offset, offset + length));
  }
}

/** Where a call in any thread leaves its status and message. */
export class ErrorBuffer {
  private readonly struct = new Struct('mnistcnn_error');

  get bytes(): Uint8Array {
    return this.struct.bytes;
  }

  message(): string {
    return this.struct.text('message');
  }
}

/** Room for a pointer that C fills in. */
export class Out {
  readonly room = new BigUint64Array(1);

  get address(): Address {
    return this.room[0]!;
  }
}

type Initialised = {
  [K in FunctionName]: K extends `${infer S}_init` ? Extract<S, StructName> : never;
}[FunctionName];

/** An options struct with the library's defaults. */
export function defaults<N extends Initialised>(name: N): Struct<N> {
  const struct = new Struct(name);
  const init = `${name}_init` as FunctionName;
  check(
    (call as (name: FunctionName, ...args: unknown[]) => number)(init, struct.bytes, struct.bytes.byteLength),
  );
  return struct;
}

// koffi never forgets a type.
const byteArrays = new Map<number, ReturnType<typeof koffi.array>>();

/** A copy of what C has at an address. */
export function copyOf(address: Address, length: number): Uint8Array {
  let type = byteArrays.get(length);
  if (!type) byteArrays.set(length, (type = koffi.array('uint8_t', length, 'Typed')));
  return koffi.decode(address, type) as Uint8Array;
}

/** Calls of the form (subject, text, capacity, *length), which give a text of unknown length. */
export function textResult(
  fill: (text: Uint8Array | null, capacity: number, length: BigUint64Array) => number,
): string {
  const length = new BigUint64Array(1);
  let bytes = new Uint8Array(4096);
  let status = fill(bytes, bytes.length, length);
  if (status === enums.status_code.buffer_too_small) {
    bytes = new Uint8Array(Number(length[0]) + 1);
    status = fill(bytes, bytes.length, length);
  }
  check(status);
  return textOf(bytes);
}

// --- the end of the process -------------------------------------------------------------------------

/** A worker can be terminated at any time, which waits for the call that runs. */
export const longestSlice = isMainThread ? 2 : 0.25;

const atExit = { first: new Set<() => void>(), last: new Set<() => void>() };
let registered = false;

function runAtExit(): void {
  for (const actions of [atExit.first, atExit.last]) {
    actions.forEach((action) => {
      action();
    });
  }
}

/**
 * Runs something when the thread ends, unless it is taken back: what ends calls that would hold up the exit, and
 * last what frees objects.
 */
export function onExit(action: () => void, when: 'first' | 'last' = 'first'): () => void {
  atExit[when].add(action);
  if (!registered) process.on('exit', runAtExit);
  registered = true;
  return () => {
    atExit[when].delete(action);
  };
}
