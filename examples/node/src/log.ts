// The log of the library. C keeps its lines, and they are passed on when the call has returned: a callback would have
// to wait for the event loop, and hold up the end of the process.
import { checkFunction } from './check';
import { Struct, symbolAddress, textOf, type Address } from './ffi';
import type { LogLevel } from './types';

type OnLog = (message: string, level: LogLevel) => unknown;

interface LoggedOptions {
  set(field: 'log', value: Address): unknown;
  point(field: 'user', to: Struct<'mnistcnn_log_lines'>): unknown;
}

const CAPACITY = 1 << 14;

export class Log {
  private readonly text = new Uint8Array(CAPACITY);
  private readonly lines = new Struct('mnistcnn_log_lines').set('capacity', CAPACITY).set('text', this.text);

  /** What calls with these options tell; the options keep what C writes to. */
  constructor(
    options: LoggedOptions,
    private readonly onLog: OnLog,
  ) {
    options.set('log', symbolAddress('mnistcnn_log_collect'));
    options.point('user', this.lines);
  }

  /** Passes on what there is. Not while C may write. */
  tell(): void {
    const length = this.lines.number('length');
    const lost = this.lines.number('num_lost');
    if (length === 0 && lost === 0) return;
    const lines = textOf(this.text.subarray(0, length)).split('\n').slice(0, -1);
    this.lines.set('length', 0).set('num_lost', 0);
    for (const line of lines) this.onLog(line.slice(2), line.startsWith('0') ? 'info' : 'warning');
    if (lost > 0) this.onLog(`${lost} further messages`, 'warning');
  }
}

/** For those who asked for it. */
export function logOf(options: LoggedOptions, onLog: unknown): Log | undefined {
  checkFunction('onLog', onLog);
  return onLog === undefined ? undefined : new Log(options, onLog as OnLog);
}
