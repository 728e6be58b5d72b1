// What goes wrong: one class, whose `code` is the library's word for it.

const codes = [
  'OK',
  'INVALID_ARGUMENT',
  'OUT_OF_MEMORY',
  'IO',
  'FORMAT',
  'UNSUPPORTED',
  'ARCHITECTURE',
  'SHAPE_MISMATCH',
  'BUFFER_TOO_SMALL',
  'CANCELLED',
  'NOT_FINITE',
  'STATE',
  'NOT_FOUND',
  'LIMIT',
  'THREADS',
  'NO_DIGIT',
];

export class MnistcnnError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'MnistcnnError';
    this.code = code;
  }
}

/** The error of a status of the library. */
export function errorOf(status, message) {
  const code = codes[-status] ?? 'UNKNOWN';
  return new MnistcnnError(code, message || code.toLowerCase().replaceAll('_', ' '));
}

export function invalid(message) {
  return new MnistcnnError('INVALID_ARGUMENT', message);
}
