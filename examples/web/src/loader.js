// Finds the best module that the engine runs, and that computes what it should.
import { MnistcnnError } from './errors.js';
import { Instance } from './instance.js';
import { passesSelfTest } from './selftest.js';
import { supportedVariants, variants } from './variants.js';

const wasmMagic = [0, 97, 115, 109];

function isWasm(bytes) {
  return wasmMagic.every((byte, i) => bytes[i] === byte);
}

function checkMagic(bytes, url) {
  if (isWasm(bytes)) return;
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  const what = bytes.length === 0 ? 'empty' : start.startsWith('<') ? 'a page of HTML' : 'something else';
  throw new MnistcnnError('FORMAT', `${url} is not a WebAssembly module but ${what}: is its folder served?`);
}

/** A module at a URL, which the message names where there is none. */
export async function compile(host, url) {
  const bytes = await (host.readModule ?? host.read)(url);
  if (bytes instanceof WebAssembly.Module) return bytes;
  checkMagic(bytes, url);
  return WebAssembly.compile(bytes);
}

/** Where a file of the package is, or of the folder `base`. */
export function locate(host, name, base) {
  return base ? new URL(name, new URL(base, globalThis.location?.href)) : host.locate(name);
}

async function moduleOf(host, variant, { base, modules = {} }) {
  const given = await modules[variant];
  return given ?? compile(host, locate(host, `mnistcnn-${variant}.wasm`, base));
}

/**
 * The first variant that can be had and passes the known-answer test. `skipped` says why others were not taken.
 * @param {{ read(url: URL): Promise<Uint8Array>, readModule?(url: URL): Promise<Uint8Array | WebAssembly.Module> }} host
 */
export async function loadInstance(host, options = {}) {
  const skipped = [];
  const wanted = options.variant ? [options.variant] : supportedVariants(options.validate);
  if (!wanted.every((name) => variants.includes(name))) {
    throw new MnistcnnError('INVALID_ARGUMENT', `there is no variant "${options.variant}"`);
  }
  for (const variant of wanted) {
    try {
      const instance = await Instance.create(await moduleOf(host, variant, options), variant);
      if (options.trusted || passesSelfTest(instance)) return { instance, skipped };
      skipped.push(`${variant}: computes wrong numbers in this engine`);
    } catch (error) {
      skipped.push(`${variant}: ${error.message}`);
    }
  }
  throw new MnistcnnError(
    'UNSUPPORTED',
    `no module could be loaded: ${skipped.join('; ') || 'the engine runs none'}`,
  );
}

/** An instance of a module that was loaded elsewhere, in a worker. */
export function instanceOf(module, variant) {
  return Instance.create(module, variant);
}
