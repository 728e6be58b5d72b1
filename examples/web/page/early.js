// Asks for the module and the model, which take longest, before the scripts of the page have arrived: site.mjs puts
// this file into the page itself. Whatever fails here is tried again, and explained, by the package.
import { supportedVariants } from '../src/variants.js';

function begin() {
  const model = document.querySelector('link[rel=preload][as=fetch]')?.href;
  if (!model) return {};
  const [variant] = supportedVariants();
  return {
    modules: {
      [variant]: WebAssembly.compileStreaming(fetch(new URL(`mnistcnn-${variant}.wasm`, model))).catch(
        () => null,
      ),
    },
    model: fetch(model)
      .then((response) => (response.ok ? response.arrayBuffer() : undefined))
      .catch(() => undefined),
  };
}

// Once, whether it was the page that ran it or the scripts.
export const early = (globalThis.early ??= begin());
