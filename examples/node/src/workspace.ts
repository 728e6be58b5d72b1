// Workspaces: the memory of predictions, kept for the next one. Each belongs to one call at a time, and has
// the message of that call.
import { enums } from './abi';
import { checkInteger, checkWord } from './check';
import { checkCall, defaults, ErrorBuffer, Out, poolLimit } from './ffi';
import { Handle } from './handle';
import type { Precision, PredictOptions } from './types';

export interface Workspace {
  readonly key: string;
  readonly handle: Handle;
  readonly error: ErrorBuffer;
  /** Ends the use by a call, during which it must not be freed, not even at the end of the thread. */
  release: () => void;
}

export class Workspaces {
  private readonly idle = new Map<string, Workspace[]>();
  private disposed = false;

  take(model: Handle, options: PredictOptions): Workspace {
    const threads = options.threads === undefined ? 1 : checkInteger('threads', options.threads, 1, 256);
    const precision = checkPrecision(options.precision);
    const key = `${threads} ${precision}`;
    const workspace =
      this.idle.get(key)?.pop() ?? createWorkspace(model, key, threads, enums.precision[precision]);
    workspace.release = workspace.handle.read();
    return workspace;
  }

  give(workspace: Workspace): void {
    workspace.release();
    let others = this.idle.get(workspace.key);
    if (!others) this.idle.set(workspace.key, (others = []));
    if (this.disposed || others.length > poolLimit) workspace.handle.dispose();
    else others.push(workspace);
  }

  dispose(): void {
    this.disposed = true;
    for (const list of this.idle.values())
      list.forEach(({ handle }) => {
        handle.dispose();
      });
    this.idle.clear();
  }
}

function checkPrecision(precision: unknown): Precision {
  return precision === undefined
    ? 'float32'
    : (checkWord('precision', precision, Object.keys(enums.precision)) as Precision);
}

function createWorkspace(model: Handle, key: string, threads: number, precision: number): Workspace {
  const out = new Out();
  const error = new ErrorBuffer();
  const options = defaults('mnistcnn_workspace_options')
    .set('num_threads', threads)
    .set('precision', precision);
  options.point('error', error);
  checkCall('mnistcnn_workspace_create', model.readable, options.bytes, out.room);
  // The workspace writes into the error buffer as long as it exists.
  const handle = new Handle('workspace', 'mnistcnn_workspace_free', out.address, error);
  return { key, handle, error, release: () => undefined };
}
