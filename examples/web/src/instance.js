// A module at work. Memory is looked at anew after every call, as it may have grown: an older view of it would be
// empty, and what is written to it lost. Nothing of it is handed out.
import { MnistcnnError, errorOf, invalid } from './errors.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

// What a module asks of its host.
const imports = { host: { seconds: () => performance.now() / 1000 } };

export class Instance {
  #exports;
  #failed = false;

  constructor(exports, module, variant) {
    this.#exports = exports;
    this.module = module;
    this.variant = variant;
    exports._initialize?.();
  }

  static async create(module, variant) {
    const { exports } = await WebAssembly.instantiate(module, imports);
    return new Instance(exports, module, variant);
  }

  // --- calls ---------------------------------------------------------------------------------------------

  /** Calls an export. After a trap the memory may be in any state: nothing is called any more. */
  call(name, ...values) {
    if (this.#failed) throw new MnistcnnError('STATE', 'the WebAssembly module has failed; load it anew');
    try {
      return this.#exports[name](...values);
    } catch (error) {
      this.#failed = true;
      throw new MnistcnnError('UNKNOWN', `the WebAssembly module failed: ${error.message}`, { cause: error });
    }
  }

  /** A call that returns a status. */
  check(name, ...values) {
    const status = this.call(name, ...values);
    if (status !== 0) throw errorOf(status, this.lastError());
  }

  /** A call that returns an object, or 0. */
  create(name, ...values) {
    const object = this.call(name, ...values);
    if (object === 0) throw errorOf(this.call('last_status'), this.lastError());
    return object;
  }

  lastError() {
    return this.text(this.call('last_error'));
  }

  // --- memory --------------------------------------------------------------------------------------------

  get #buffer() {
    return this.#exports.memory.buffer;
  }

  get memoryBytes() {
    return this.#buffer.byteLength;
  }

  allocate(bytes) {
    const address = this.call('allocate', bytes);
    if (address === 0)
      throw new MnistcnnError('OUT_OF_MEMORY', `out of memory: cannot allocate ${bytes} bytes`);
    return address;
  }

  /** Nothing once the module has failed: what failed is what counts. */
  release(address) {
    if (!this.#failed) this.call('release', address);
  }

  /** Runs `use` with a scope, whose memory is released afterwards. */
  scope(use) {
    const scope = new Scope(this);
    try {
      return use(scope);
    } finally {
      scope.end();
    }
  }

  /** A copy of `count` elements of a typed array's kind. */
  read(Kind, address, count) {
    return new Kind(this.#buffer, address, count).slice();
  }

  write(address, array) {
    new Uint8Array(this.#buffer).set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      address,
    );
  }

  /** A string of C; null for 0. */
  text(address) {
    if (address === 0) return null;
    const bytes = new Uint8Array(this.#buffer, address);
    return decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
  }
}

/** Memory that is needed for one call. */
class Scope {
  #addresses = [];

  constructor(instance) {
    this.instance = instance;
  }

  space(bytes) {
    const address = this.instance.allocate(bytes);
    this.#addresses.push(address);
    return address;
  }

  /** The address of a copy of a typed array. */
  copy(array) {
    const address = this.space(array.byteLength);
    this.instance.write(address, array);
    return address;
  }

  string(text) {
    if (text.includes('\0')) throw invalid('a text has a NUL character in it');
    return this.copy(encoder.encode(`${text}\0`));
  }

  /** Calls an export with an address for doubles behind the other values; returns the doubles. */
  numbers(count, name, ...values) {
    const address = this.space(count * 8);
    this.instance.check(name, ...values, address);
    return this.instance.read(Float64Array, address, count);
  }

  end() {
    for (const address of this.#addresses) this.instance.release(address);
  }
}

// --- objects of the library ----------------------------------------------------------------------------------

const forgotten = new FinalizationRegistry(({ instance, free, address }) => {
  instance.call(free, address);
});

/** An object in a module's memory, which is freed with free(), `using`, or once nobody has it any more. */
export class Handle {
  #address;

  constructor(instance, address, free) {
    this.instance = instance;
    this.#address = address;
    this.freeName = free;
    forgotten.register(this, { instance, free, address }, this);
  }

  get address() {
    if (this.#address === 0) throw new MnistcnnError('STATE', 'the object has been freed');
    return this.#address;
  }

  free() {
    if (this.#address === 0) return;
    forgotten.unregister(this);
    this.instance.call(this.freeName, this.#address);
    this.#address = 0;
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.free();
  }
}
