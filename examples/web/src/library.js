// The package, given its host: how files are read and workers started.
import { MnistcnnError, invalid } from './errors.js';
import { translate } from './exchange.js';
import { compile, loadInstance, locate } from './loader.js';
import { Model, bytesOf, renderSymbol } from './model.js';
import { pixelsOf } from './pictures.js';
import { passesSelfTest } from './selftest.js';

export class Library {
  #host;
  #base;
  #exchange;

  constructor(host, base, instance, skipped) {
    this.#host = host;
    this.#base = base;
    this.instance = instance;
    this.skipped = skipped;
  }

  static async create(host, options = {}) {
    const { instance, skipped } = await loadInstance(host, options);
    return new Library(host, options.base, instance, skipped);
  }

  get variant() {
    return this.instance.variant;
  }

  get version() {
    return this.instance.text(this.instance.call('version'));
  }

  /** The known-answer test, for those who opened it with `trusted`. */
  passesSelfTest() {
    try {
      return passesSelfTest(this.instance);
    } catch {
      return false;
    }
  }

  /** A model of bytes, of a Blob, or of what is at a URL; without an argument the one that ships. */
  async load(source = locate(this.#host, 'digits.safetensors', this.#base)) {
    return Model.load(this.instance, bytesOf(await this.#bytes(source)));
  }

  async #bytes(source) {
    const isAddress = source instanceof URL || typeof source === 'string';
    const isBlob = typeof Blob !== 'undefined' && source instanceof Blob;
    return isAddress ? await this.#host.read(source) : isBlob ? await source.arrayBuffer() : source;
  }

  /** A model of Keras, PyTorch, ONNX or LiteRT. */
  async importModel(source, options) {
    const bytes = bytesOf(await this.#bytes(source));
    this.#exchange ??= await compile(this.#host, locate(this.#host, 'exchange.wasm', this.#base));
    return Model.load(this.instance, await translate(this.#exchange, bytes, options));
  }

  create(options) {
    return Model.make(this.instance, options);
  }

  renderStrokes(strokes) {
    return renderSymbol(this.instance, strokes);
  }

  /** Trains in a worker. Resolves to { model, bytes, history, heldOut }. */
  async train(job, { onProgress, signal } = {}) {
    checkImages(job.images);
    const result = await this.#inWorker(
      'train',
      { ...job, labels: Array.from(job.labels) },
      onProgress,
      signal,
    );
    return { ...result, model: Model.load(this.instance, result.bytes) };
  }

  /** model.readDigits() in a worker: a photo takes some tenths of a second, and its memory is given back. */
  readDigits(model, picture, options = {}, { signal } = {}) {
    return this.#inWorker(
      'read',
      { model: model.save(), picture: pixelsOf(picture), options },
      undefined,
      signal,
    );
  }

  #inWorker(type, job, onProgress, signal) {
    const { module, variant } = this.instance;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      const worker = this.#host.startWorker();
      const cancel = () => (type === 'train' ? worker.post({ type: 'cancel' }) : end(reject, cancelled()));
      const end = (settle, value) => {
        signal?.removeEventListener('abort', cancel);
        worker.stop();
        settle(value);
      };
      signal?.addEventListener('abort', cancel);
      worker.listen((message) => {
        if (message.type === 'progress') onProgress?.(message.progress);
        else if (message.type === 'done') end(resolve, message.result);
        else end(reject, new MnistcnnError(message.code, message.message));
      });
      worker.onError((error) =>
        end(
          reject,
          new MnistcnnError('UNKNOWN', `the worker failed: ${error?.message ?? 'it could not be loaded'}`),
        ),
      );
      worker.post({ type, module, variant, job });
    });
  }
}

function cancelled() {
  return new MnistcnnError('CANCELLED', 'it was cancelled');
}

function checkImages(images) {
  if (!(images instanceof Uint8Array)) throw invalid('images: are a Uint8Array');
}

/** The functions of the package for a host: every call before the module is there waits for it. */
export function packageFor(host) {
  let shared;
  const open = (options) => Library.create(host, options);
  const library = () =>
    (shared ??= open({}).catch((error) => {
      shared = undefined;
      throw error;
    }));
  return {
    open,
    load: async (source) => (await library()).load(source),
    importModel: async (source, options) => (await library()).importModel(source, options),
    create: async (options) => (await library()).create(options),
    train: async (job, options) => (await library()).train(job, options),
  };
}
