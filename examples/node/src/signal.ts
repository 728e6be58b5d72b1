// One listener for each signal, however many calls have it: Node.js warns of more than ten.
const actions = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `action` when the signal is aborted, unless it is taken back before. */
export function onAbort(signal: AbortSignal | undefined, action: () => void): () => void {
  if (!signal) return () => undefined;
  let all = actions.get(signal);
  if (!all) actions.set(signal, (all = listen(signal)));
  all.add(action);
  return () => {
    all.delete(action);
    if (all.size > 0 || actions.get(signal) !== all) return;
    actions.delete(signal);
    signal.removeEventListener('abort', abort);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  signal.addEventListener('abort', abort);
  return new Set();
}

function abort(this: AbortSignal): void {
  const all = actions.get(this);
  actions.delete(this);
  this.removeEventListener('abort', abort);
  all?.forEach((action) => {
    action();
  });
}
