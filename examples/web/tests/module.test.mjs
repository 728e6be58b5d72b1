// The modules: what they ask for and may take, which one is chosen, what happens when one is wrong.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile, cp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { open, supportedVariants } from 'mnistcnn-web';

import { dist, packageFolder } from './support.mjs';

const { selfTestValues, answers } = await import(pathToFileURL(path.join(packageFolder, 'src/selftest.js')));

const there = [];
for (const variant of ['plain', 'simd', 'relaxed']) {
  const bytes = await readFile(dist(`mnistcnn-${variant}.wasm`)).catch(() => null);
  if (bytes) there.push({ variant, bytes, runs: supportedVariants().includes(variant) });
}

// LEB128 at `at`: [value, next].
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

// The limits of the memory section, in bytes.
function memoryLimits(bytes) {
  for (let at = 8; at < bytes.length;) {
    const kind = bytes[at];
    const [size, start] = number(bytes, at + 1);
    if (kind === 5) {
      const flags = bytes[start + 1];
      const [least, next] = number(bytes, start + 2);
      return { flags, least: least * 65536, most: number(bytes, next)[0] * 65536 };
    }
    at = start + size;
  }
  return null;
}

for (const { variant, bytes, runs } of there) {
  test(
    `${variant}: asks its host for a clock only, has a modest memory of its own and no start function`,
    { skip: !runs && 'the engine lacks it' },
    async () => {
      const module = await WebAssembly.compile(bytes);
      assert.deepEqual(WebAssembly.Module.imports(module), [
        { module: 'host', name: 'seconds', kind: 'function' },
      ]);
      const { flags, least, most } = memoryLimits(bytes);
      assert.equal(flags, 1); // a maximum, not shared
      assert.ok(least <= 4 << 20, `it starts with ${least} bytes`);
      assert.equal(most, 256 << 20);
    },
  );

  test(
    `${variant}: computes what the native library does`,
    { skip: !runs && 'the engine lacks it' },
    async () => {
      const library = await open({ variant, trusted: true });
      const values = selfTestValues(library.instance);
      const bound = variant === 'relaxed' ? 1e-5 : 1e-6;
      values.forEach((value, i) =>
        assert.ok(Math.abs(value - answers[i]) < bound, `${values} are not ${answers}`),
      );
    },
  );
}

test('with and without vectors the numbers are the same, to the last bit', async (t) => {
  const exact = there.filter(({ variant, runs }) => runs && variant !== 'relaxed');
  if (exact.length < 2) return t.skip('only one of the modules is here');
  const [a, b] = await Promise.all(
    exact.map(async ({ variant }) => selfTestValues((await open({ variant })).instance)),
  );
  assert.deepEqual(a, b);
});

test('each variant is in a module of its own, without instructions of the next', () => {
  const refuses = (names) => (probe) =>
    names.every((name) => !isProbe(name, probe)) && WebAssembly.validate(probe);
  assert.deepEqual(supportedVariants(refuses(['relaxed'])).includes('relaxed'), false);
  assert.ok(supportedVariants().includes('plain'));
  assert.deepEqual(
    supportedVariants((probe) => probe.length === 8),
    ['plain'],
  );
  function isProbe(name, probe) {
    return name === 'relaxed' && probe.length > 28;
  }
});

async function withFolder(names, use) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mnistcnn-web-'));
  try {
    for (const [name, content] of Object.entries(names)) {
      if (typeof content === 'string' && content.startsWith('<'))
        await writeFile(path.join(folder, name), content);
      else if (content) await writeFile(path.join(folder, name), content);
      else await cp(dist(name), path.join(folder, name));
    }
    return await use(pathToFileURL(`${folder}${path.sep}`));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const best = there.find(({ runs }) => runs)?.variant;

test('where a better variant is missing, the next one is taken, and it is said why', async () => {
  await withFolder({ [`mnistcnn-${best}.wasm`]: null }, async (base) => {
    const library = await open({ base, validate: () => true });
    assert.equal(library.variant, best);
  });
});

test('a page of HTML in the place of a module is named', async () => {
  await withFolder({ [`mnistcnn-${best}.wasm`]: '<!doctype html><title>404</title>' }, async (base) => {
    await assert.rejects(open({ base, variant: best }), (error) => {
      assert.equal(error.code, 'UNSUPPORTED');
      assert.match(error.message, /mnistcnn-\w+\.wasm is not a WebAssembly module but a page of HTML/);
      return true;
    });
  });
});

test('a module that was compiled elsewhere is taken, and what is none is not', async () => {
  const { bytes } = there.find(({ variant }) => variant === best);
  const other = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  await withFolder({}, async (base) => {
    const given = await open({ base, modules: { [best]: WebAssembly.compile(bytes) } });
    assert.equal(given.variant, best);
    assert.ok(given.passesSelfTest());
    await assert.rejects(open({ base, variant: best, modules: { [best]: other } }), { code: 'UNSUPPORTED' });
    await assert.rejects(open({ base, variant: best, modules: { [best]: null } }), /cannot be read/);
  });
});

test('a module that computes something else is not taken', async () => {
  const bytes = Buffer.from(await readFile(dist(`mnistcnn-${best}.wasm`)));
  // f32x4.max in the place of f32x4.pmax: a NaN apart, the same; f32x4.sub in that of f32x4.add is not.
  let changed = 0;
  const [from, to] =
    best === 'plain'
      ? [[0x92], [0x93]]
      : [
          [0xfd, 0xe4, 0x01],
          [0xfd, 0xe5, 0x01],
        ];
  for (let at = 8; at < bytes.length - 3; at++) {
    if (from.every((byte, i) => bytes[at + i] === byte) && best !== 'plain') {
      Buffer.from(to).copy(bytes, at);
      changed++;
    }
  }
  assert.ok(changed > 0 || best === 'plain');
  if (best === 'plain') return;
  await withFolder({ [`mnistcnn-${best}.wasm`]: bytes }, async (base) => {
    await assert.rejects(open({ base, variant: best }), /computes wrong numbers/);
    const trusted = await open({ base, variant: best, trusted: true });
    assert.equal(trusted.passesSelfTest(), false);
  });
});

test('an unknown variant is refused', async () => {
  await assert.rejects(open({ variant: 'fast' }), { code: 'INVALID_ARGUMENT' });
});
