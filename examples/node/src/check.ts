// Checks of arguments in JavaScript: what a foreign function interface would convert without a word.
import { types } from 'node:util';
import { fileURLToPath } from 'node:url';

const MAX_U32 = 0xffffffff;
const MAX_U64 = 2n ** 64n;

export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'object') return `an instance of ${nameOf(value)}`;
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'an unknown value';
}

function nameOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'an object without a prototype';
}

export function typeError(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name}: expected ${expected}, not ${describe(value)}`);
}

export function checkInteger(name: string, value: unknown, min = 0, max = MAX_U32): number {
  if (typeof value !== 'number') throw typeError(name, 'an integer', value);
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`${name}: ${value} is no integer from ${min} to ${max}`);
  }
  return value;
}

export function checkNumber(name: string, value: unknown): number {
  if (typeof value !== 'number') throw typeError(name, 'a number', value);
  return value;
}

/** For seeds: a bigint, or a number that is exact. */
export function checkUint64(name: string, value: unknown): bigint {
  if (typeof value !== 'bigint') return BigInt(checkInteger(name, value, 0, Number.MAX_SAFE_INTEGER));
  if (value < 0n || value >= MAX_U64) throw new RangeError(`${name}: ${value}n is not from 0 to 2^64 - 1`);
  return value;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(name, 'true or false', value);
  return value;
}

/** C strings end at the first NUL, so a text with one would be cut in silence. */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw typeError(name, 'a string', value);
  if (value.includes('\0')) throw new TypeError(`${name}: ${describe(value)} has a NUL character in it`);
  return value;
}

export function checkPath(name: string, value: unknown): string {
  if (isUrl(value)) return checkText(name, fileURLToPath(value));
  if (typeof value !== 'string') throw typeError(name, 'a path or a file: URL', value);
  if (value === '') throw new TypeError(`${name}: the path is empty`);
  return checkText(name, value);
}

export function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value;
}

export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw typeError(name, 'a function', value);
}

export function checkSignal(signal: unknown): void {
  if (signal === undefined) return;
  const usable =
    typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal;
  if (!usable) throw typeError('signal', 'an AbortSignal', signal);
}

/** An options object whose keys are all known; undefined is an empty one. */
export function checkOptions(
  what: string,
  given: unknown,
  known: readonly string[],
): Record<string, unknown> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw typeError(what, 'an object', given);
  }
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(`${what}: there is no option ${describe(unknown)}${suggestion(unknown, known)}`);
  }
  return given as Record<string, unknown>;
}

export function checkWord(name: string, value: unknown, words: readonly string[]): string {
  if (typeof value !== 'string') throw typeError(name, `one of ${words.join(', ')}`, value);
  if (words.includes(value)) return value;
  throw new RangeError(
    `${name}: there is no ${describe(value)}${suggestion(value, words)} (${words.join(', ')})`,
  );
}

function suggestion(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
}

/** The word that takes the fewest changes, if these are no more than a third of its letters. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const ranked = words.map((other) => ({
    other,
    changes: distance(word.toLowerCase(), other.toLowerCase()),
  }));
  ranked.sort((a, b) => a.changes - b.changes);
  const best = ranked[0];
  return best && best.changes <= Math.max(1, best.other.length / 3) ? best.other : undefined;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[b.length]!;
}

// --- memory -----------------------------------------------------------------------------------------

/** What C may read while JavaScript goes on: a resizable buffer could shrink below it. */
function checkBuffer(name: string, buffer: ArrayBufferLike): void {
  const { resizable, growable } = buffer as { resizable?: boolean; growable?: boolean };
  if (resizable || growable) throw new TypeError(`${name}: the buffer can be resized; pass a copy of it`);
}

export function checkBytes(name: string, value: unknown): Uint8Array {
  if (!types.isUint8Array(value) && !types.isUint8ClampedArray(value)) {
    throw typeError(name, 'a Uint8Array', value);
  }
  checkBuffer(name, value.buffer);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function checkFloats(name: string, value: unknown): Float32Array {
  if (!types.isFloat32Array(value)) throw typeError(name, 'a Float32Array', value);
  checkBuffer(name, value.buffer);
  return value;
}

export function checkLength(name: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${name}: ${actual} values instead of ${expected}`);
}
