// Model files: there and back, in 32 and in 8 bits; damaged ones; the end of an object's life.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { create, load } from 'mnistcnn-web';

import { digits, dist } from './support.mjs';

const shipped = new Uint8Array(await readFile(dist('digits.safetensors')));
const architecture = 'conv 6 5x5 relu, maxpool 2, flatten, dense classes softmax';

test('a file that is saved and loaded predicts the same', async () => {
  const model = await load();
  const again = await load(model.save());
  assert.deepEqual(
    again.predict({ strokes: digits[6] }).probabilities,
    model.predict({ strokes: digits[6] }).probabilities,
  );
  const small = await load(model.save({ bits: 8 }));
  assert.equal(small.predict({ strokes: digits[6] }).label, '6');
  assert.deepEqual([...small.save()], [...model.save()]); // its weights are of 8 bits already
});

test('the model that ships has at most 0.6 MB', () => {
  assert.ok(shipped.length <= 600_000, `${shipped.length} bytes`);
});

test('a new model has its labels, weights and notes', async () => {
  const model = await create({ architecture, labels: ['Ä', 'smile', '→'], seed: 3 });
  model.setNote('about', 'of a test');
  const kernel = model.weights(0, 0);
  model.setWeights(
    0,
    0,
    kernel.map((w) => w + 1),
  );
  const again = await load(model.save());
  assert.deepEqual(again.labels, ['Ä', 'smile', '→']);
  assert.equal(again.note('about'), 'of a test');
  assert.equal(again.note('nothing'), null);
  assert.deepEqual(
    again.weights(0, 0),
    kernel.map((w) => w + 1),
  );
  assert.equal(again.weights(1, 0), null);
  assert.throws(() => again.layer(99), { code: 'NOT_FOUND' });
  assert.throws(() => again.setWeights(0, 0, [1, 2]), /count is 2; the layer has 150/);
});

test('what is no model is refused with a reason', async () => {
  await assert.rejects(
    create({ architecture: 'conv 6 99x99, dense classes', labels: ['a', 'b'] }),
    /layer 1/,
  );
  await assert.rejects(load(new Uint8Array(3)), { code: 'FORMAT' });
  await assert.rejects(load(new TextEncoder().encode('<!doctype html>'.repeat(9))), /model data/);
  await assert.rejects(load(7), { code: 'INVALID_ARGUMENT' });
});

test('shapes of 8 bits that cannot be are refused', async () => {
  const start = 8 + Number(new DataView(shipped.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(shipped.subarray(8, start));
  for (const [from, to] of [
    ['"shape":[400,10]', '"shape":[-80,-50]'],
    ['"shape":[400,10]', '"shape":[1600,2.5]'],
    ['"shape":[400,10]', '"shape":"400,10"'],
  ]) {
    assert.ok(text.includes(from));
    const header = new TextEncoder().encode(
      text
        .replace(from, to)
        .trimEnd()
        .padEnd(start - 8),
    );
    const damaged = new Uint8Array(8 + header.length + shipped.length - start);
    new DataView(damaged.buffer).setBigUint64(0, BigInt(header.length), true);
    damaged.set(header, 8);
    damaged.set(shipped.subarray(start), 8 + header.length);
    await assert.rejects(load(damaged), /the entry of \S+ does not fit/);
  }
});

test('damaged files are refused or read, and nothing breaks', async () => {
  let refused = 0;
  for (let i = 0; i < 200; i++) {
    const damaged = shipped.slice(0, i % 3 === 0 ? Math.floor((shipped.length * i) / 200) : shipped.length);
    const at = (i * 7919) % 1500;
    if (at < damaged.length) damaged[at] ^= 1 << (i % 8);
    await load(damaged).then(
      (model) => model.free(),
      (error) => {
        refused++;
        assert.ok(
          ['FORMAT', 'UNSUPPORTED', 'ARCHITECTURE', 'LIMIT', 'OUT_OF_MEMORY'].includes(error.code),
          `${error.code}: ${error.message}`,
        );
      },
    );
  }
  assert.ok(refused > 100, `${refused} of 200`);
  assert.equal((await load()).predict({ strokes: digits[1] }).label, '1');
});

test('an object that has been freed is not used', async () => {
  const model = await create({ architecture, labels: ['a', 'b'] });
  model.free();
  model.free();
  assert.throws(() => model.save(), { code: 'STATE' });
});

test('memory that is freed is used again', async () => {
  const bytes = (await load()).save();
  let size;
  for (let i = 0; i < 60; i++) {
    const model = await load(bytes);
    model.predict({ strokes: digits[7] });
    model.free();
    if (i === 5) size = model.instance.memoryBytes;
    if (i === 59) assert.equal(model.instance.memoryBytes, size);
  }
});
