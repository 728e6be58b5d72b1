// The handle behind a public object. Not a member, so that it cannot be reached from outside.
import { typeError } from './check';
import type { Handle } from './handle';

export interface Owner {
  dispose(): void;
}

// By address of the object, and shared by all copies of this module, so that a model of one is one for
// another, as when a test runner loads modules anew.
const HANDLES = Symbol.for('mnistcnn.handles.1');
const handles = ((globalThis as Record<symbol, unknown>)[HANDLES] ??= new WeakMap<
  object,
  Handle
>()) as WeakMap<object, Handle>;

export function register(owner: Owner, handle: Handle): void {
  handles.set(owner, handle);
}

/** what: the kind of object that it must be. name: of the argument that was given. */
export function handleOf(owner: unknown, what: string, name = what): Handle {
  const handle = typeof owner === 'object' && owner !== null ? handles.get(owner) : undefined;
  if (handle?.what !== what) throw typeError(name, `a ${what}`, owner);
  return handle;
}
