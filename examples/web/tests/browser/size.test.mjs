// What a visitor has to load, with binaryen's wasm-opt, which is always there in these tests.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { dist } from '../support.mjs';

const KIB = 1024;

for (const name of ['mnistcnn-simd.wasm', 'mnistcnn-relaxed.wasm']) {
  test(`${name} is at most 300 KiB, 120 KiB packed by gzip`, async () => {
    const bytes = await readFile(dist(name));
    const packed = gzipSync(bytes, { level: 9 }).length;
    assert.ok(bytes.length <= 300 * KIB && packed <= 120 * KIB, `${bytes.length} bytes, ${packed} packed`);
  });
}
