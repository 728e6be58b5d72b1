// What a visitor has to load.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';

import { dist } from './support.mjs';

// Without binaryen's wasm-opt; with it they are an eighth smaller.
const most = {
  'mnistcnn-simd.wasm': 320_000,
  'mnistcnn-relaxed.wasm': 320_000,
  'mnistcnn-plain.wasm': 390_000,
};

for (const [name, bytes] of Object.entries(most)) {
  test(`${name} has at most ${bytes} bytes`, async (t) => {
    const found = await stat(dist(name)).catch(() => null);
    if (!found) return t.skip('it was not built');
    t.diagnostic(`${found.size} bytes`);
    assert.ok(found.size <= bytes, `${found.size} bytes`);
  });
}
