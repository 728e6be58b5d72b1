// mnistcnn-web for Node.js. Nothing happens when it is imported.
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

import { MnistcnnError } from './errors.js';
import { packageFor } from './library.js';

async function read(source) {
  try {
    return new Uint8Array(await readFile(source));
  } catch (error) {
    throw new MnistcnnError('IO', `${source}: cannot be read: ${error.message}`, { cause: error });
  }
}

function startWorker() {
  const worker = new Worker(new URL('./worker-node.js', import.meta.url));
  return {
    post: (message) => worker.postMessage(message),
    listen: (receive) => worker.on('message', receive),
    onError: (receive) => worker.on('error', receive),
    stop: () => void worker.terminate(),
  };
}

export const { open, load, importModel, create, train } = packageFor({
  locate: (name) => new URL(`../dist/${name}`, import.meta.url),
  read,
  startWorker,
});

export { activations, firstFilters } from './activations.js';
export { isForeign } from './exchange.js';
export { MnistcnnError } from './errors.js';
export { smallArchitecture } from './job.js';
export { Dataset, Trainer, evaluate } from './trainer.js';
export { supportedVariants } from './variants.js';
