// Objects of the library: freed once, never while a call uses them, and in the end also when forgotten.
import { stateError } from './errors';
import { call, onExit, type Address, type FunctionName } from './ffi';

type FreeFunction = Extract<FunctionName, `${string}_free`>;

/** What is left to do when the Handle is gone; it must not refer to it. */
interface State {
  readonly what: string;
  readonly free: FreeFunction;
  readonly address: Address;
  /** Memory that C uses as long as the object exists. */
  readonly keep: unknown;
  readonly releases: readonly (() => void)[];
  users: number;
  /** Set while one user has it for itself: why others have to wait. */
  exclusive: string | undefined;
  disposed: boolean;
  freed: boolean;
}

const live = new Set<State>();
const forgotten = new FinalizationRegistry<State>((state) => {
  state.disposed = true;
  freeIfUnused(state);
});

function freeIfUnused(state: State): void {
  if (!state.disposed || state.users > 0 || state.freed) return;
  state.freed = true;
  live.delete(state);
  call(state.free, state.address);
  state.releases.forEach((release) => {
    release();
  });
}

// What a worker leaves behind stays with the process, which goes on.
function freeAll(): void {
  for (const state of live) {
    state.disposed = true;
    freeIfUnused(state);
  }
}

let freesAtExit = false;

export class Handle {
  private readonly state: State;

  /** keep: memory that C uses as long as the object exists. releases: what is called once it is freed. */
  constructor(
    what: string,
    free: FreeFunction,
    address: Address,
    keep?: unknown,
    releases: readonly (() => void)[] = [],
  ) {
    this.state = {
      what,
      free,
      address,
      keep,
      releases,
      users: 0,
      exclusive: undefined,
      disposed: false,
      freed: false,
    };
    live.add(this.state);
    forgotten.register(this, this.state, this);
    if (!freesAtExit) onExit(freeAll, 'last');
    freesAtExit = true;
  }

  get address(): Address {
    this.checkAlive();
    return this.state.address;
  }

  get what(): string {
    return this.state.what;
  }

  get disposed(): boolean {
    return this.state.disposed;
  }

  private checkAlive(): void {
    if (this.state.disposed) throw stateError(`the ${this.state.what} has been disposed`);
  }

  private checkShared(): void {
    this.checkAlive();
    const { what, exclusive } = this.state;
    if (exclusive !== undefined) throw stateError(`the ${what} ${exclusive}`);
  }

  /** For a call that reads, as others may at the same time. Returns what ends the use. */
  read(): () => void {
    this.checkShared();
    return this.use(undefined);
  }

  /** For a call that needs the object for itself; `why` is what others are told: "is being trained". */
  write(why: string): () => void {
    this.checkWritable();
    return this.use(why);
  }

  /** For a call in this thread that changes the object. */
  checkWritable(): void {
    this.checkShared();
    if (this.state.users > 0) {
      throw stateError(
        `the ${this.state.what} is in use by a call that has not ended yet, and cannot be changed`,
      );
    }
  }

  /** For a call in this thread that reads. */
  get readable(): Address {
    this.checkShared();
    return this.state.address;
  }

  private use(exclusive: string | undefined): () => void {
    const { state } = this;
    state.users++;
    state.exclusive = exclusive;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      state.users--;
      state.exclusive = undefined;
      freeIfUnused(state);
    };
  }

  /** Frees the object, now or when the calls that use it have ended. */
  dispose(): void {
    if (this.state.disposed) return;
    this.state.disposed = true;
    forgotten.unregister(this);
    freeIfUnused(this.state);
  }
}

/** `using` needs it; Node.js 20 has it, under a name that tsc knows. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose;
