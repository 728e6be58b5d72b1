import { enums } from './abi';

export type Status = keyof typeof enums.status_code;

/** The status of a failed call as in C: 'MNISTCNN_IO', 'MNISTCNN_NO_DIGIT', ... */
export type ErrorCode = `MNISTCNN_${Uppercase<Exclude<Status, 'ok'>>}`;

const BRAND = Symbol.for('mnistcnn.MnistcnnError');
const WORDS = new Map<number, string>(
  Object.entries(enums.status_code).map(([word, number]) => [number, word]),
);

/**
 * A call that the library refused, with its message: which argument or file was wrong, and why. Arguments
 * that are wrong in JavaScript already (a string in the place of a number) are a TypeError or RangeError.
 */
export class MnistcnnError extends Error {
  readonly code: ErrorCode;
  /** The number of the status, as in C. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = `MNISTCNN_${(WORDS.get(status) ?? 'unknown').toUpperCase()}` as ErrorCode;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Also true for errors of another copy of the package, or of another realm. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

Object.defineProperty(MnistcnnError.prototype, 'name', {
  value: 'MnistcnnError',
  writable: true,
  configurable: true,
});

/** An object that was disposed, or that is in use by a call that must have it for itself. */
export function stateError(message: string): MnistcnnError {
  return new MnistcnnError(enums.status_code.state, message);
}
