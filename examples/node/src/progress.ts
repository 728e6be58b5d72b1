// The progress of long calls, polled: C never calls JavaScript, which would make it wait for the event loop.
import { enums } from './abi';
import {
  call,
  callAsync,
  check,
  checkCall,
  ErrorBuffer,
  onExit,
  Out,
  Struct,
  type Arguments,
  type FunctionName,
} from './ffi';
import { Handle } from './handle';
import { toObject } from './options';
import { onAbort } from './signal';
import type { Progress } from './types';

export const POLL_MS = 50;

export function toProgress(struct: Struct<'mnistcnn_progress'>): Progress {
  return toObject(struct) as unknown as Progress;
}

export interface Monitored {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => unknown) | undefined;
  /** Called when C has ended. */
  readonly ended: () => void;
}

interface MonitoredOptions {
  point(field: 'error', to: ErrorBuffer): unknown;
  set(field: 'monitor', value: bigint): unknown;
}

/**
 * Makes a call in another thread whose options have a monitor, which tells of its progress and cancels it.
 * Rejects with the reason of the signal, or with what onProgress threw.
 */
export async function callMonitored<N extends FunctionName>(
  name: N,
  args: Arguments<N>,
  options: MonitoredOptions,
  keep: readonly unknown[],
  wishes: Monitored,
): Promise<void> {
  const { signal } = wishes;
  const error = new ErrorBuffer();
  const monitor = createMonitor();
  options.point('error', error);
  options.set('monitor', monitor.address);
  const cancel = () => {
    call('mnistcnn_monitor_cancel', monitor.address);
  };
  const watch = new Watch(monitor, wishes.onProgress, cancel);
  const unregister = onExit(cancel);
  const forget = onAbort(signal, cancel);
  if (signal?.aborted) cancel();
  try {
    const release = monitor.read();
    const ended = () => {
      release();
      wishes.ended();
    };
    const status = await callAsync(name, args, [keep, error, monitor], { ended });
    watch.stop();
    if (status === enums.status_code.cancelled) throwReason(signal, watch);
    check(status, error);
    await watch.last();
  } finally {
    watch.stop();
    unregister();
    forget();
    monitor.dispose();
  }
}

function throwReason(signal: AbortSignal | undefined, watch: Watch): void {
  if (watch.failed) throw watch.failure;
  signal?.throwIfAborted();
}

function createMonitor(): Handle {
  const out = new Out();
  checkCall('mnistcnn_monitor_create', null, out.room);
  return new Handle('monitor', 'mnistcnn_monitor_free', out.address);
}

/** Calls onProgress while a call is made; what it throws cancels the call. */
class Watch {
  failed = false;
  failure: unknown;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly struct = new Struct('mnistcnn_progress');
  private calling: Promise<void> | undefined;

  constructor(
    private readonly monitor: Handle,
    private readonly onProgress: Monitored['onProgress'],
    private readonly cancel: () => void,
  ) {
    if (onProgress)
      this.timer = setInterval(() => {
        this.poll();
      }, POLL_MS);
  }

  private poll(): void {
    if (this.failed || this.calling) return; // one that is slow misses some
    if (call('mnistcnn_monitor_progress', this.monitor.address, this.struct.bytes) !== enums.status_code.ok)
      return;
    this.calling = this.tell(toProgress(this.struct)).finally(() => {
      this.calling = undefined;
    });
  }

  private async tell(progress: Progress): Promise<void> {
    try {
      await this.onProgress!(progress);
    } catch (error) {
      this.failed = true;
      this.failure = error;
      this.cancel();
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The state at the end is reported however short the call was. */
  async last(): Promise<void> {
    if (!this.onProgress) return;
    await this.calling;
    if (!this.failed) this.poll();
    await this.calling;
    if (this.failed) throw this.failure;
  }
}
