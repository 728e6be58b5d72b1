// mnistcnn-web for browsers. Nothing happens when it is imported.
import { MnistcnnError } from './errors.js';
import { packageFor } from './library.js';

async function get(url) {
  let response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new MnistcnnError('IO', `${url} could not be fetched: ${error.message}`, { cause: error });
  }
  if (!response.ok) throw new MnistcnnError('IO', `${url} could not be fetched: status ${response.status}`);
  return response;
}

async function read(url) {
  return new Uint8Array(await (await get(url)).arrayBuffer());
}

// Compiled while it arrives, where the server says what it is; else its bytes, which are looked at first.
async function readModule(url) {
  const response = await get(url);
  const isModule = response.headers.get('content-type')?.startsWith('application/wasm');
  try {
    if (isModule) return await WebAssembly.compileStreaming(response);
  } catch {
    return read(url); // so that the message says what it is instead
  }
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

// Each of them written out: bundlers look for this, and put the files beside what they make.
const files = {
  'mnistcnn-plain.wasm': new URL('../dist/mnistcnn-plain.wasm', import.meta.url),
  'mnistcnn-simd.wasm': new URL('../dist/mnistcnn-simd.wasm', import.meta.url),
  'mnistcnn-relaxed.wasm': new URL('../dist/mnistcnn-relaxed.wasm', import.meta.url),
  'exchange.wasm': new URL('../dist/exchange.wasm', import.meta.url),
  'digits.safetensors': new URL('../dist/digits.safetensors', import.meta.url),
};

export const { open, load, importModel, create, train } = packageFor({
  locate: (name) => files[name],
  read,
  readModule,
  startWorker,
});

export { activations, firstFilters } from './activations.js';
export { isForeign } from './exchange.js';
export { MnistcnnError } from './errors.js';
export { smallArchitecture } from './job.js';
export { Dataset, Trainer, evaluate } from './trainer.js';
export { supportedVariants } from './variants.js';
