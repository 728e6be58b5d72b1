// mnistcnn-web for browsers. Nothing happens when it is imported.
import { MnistcnnError } from './errors.js';
import { packageFor } from './library.js';

async function read(url) {
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new MnistcnnError('IO', `${url} could not be fetched: ${error.message}`, { cause: error });
  }
  if (!response.ok) throw new MnistcnnError('IO', `${url} could not be fetched: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function startWorker() {
  const worker = new Worker(new URL('./worker-browser.js', import.meta.url), { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    listen: (receive) => worker.addEventListener('message', (event) => receive(event.data)),
    onError: (receive) => worker.addEventListener('error', (event) => receive(event)),
    stop: () => worker.terminate(),
  };
}

export const { open, load, importModel, create, train } = packageFor({
  base: new URL('../dist/', import.meta.url),
  read,
  startWorker,
});

export { activations, firstFilters } from './activations.js';
export { isForeign } from './exchange.js';
export { MnistcnnError } from './errors.js';
export { smallArchitecture } from './job.js';
export { Dataset, Trainer, evaluate } from './trainer.js';
export { supportedVariants } from './variants.js';
