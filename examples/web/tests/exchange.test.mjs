// Models of other frameworks: what they predict where they come from.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { importModel, isForeign, load } from 'mnistcnn-web';

import { digits, dist, mnist } from './support.mjs';

const skip = (await stat(dist('exchange.wasm')).catch(() => null)) ? false : 'exchange.wasm was not built';
const keras = process.env.MNISTCNN_KERAS_FILES;
const models = process.env.MNISTCNN_MODELS_DIR;
const encodings = { '/255': 'unit', raw: 'raw' };

test(
  'files of Keras predict what Keras predicted',
  { skip: skip || (!models && 'MNISTCNN_MODELS_DIR is not set') },
  async (t) => {
    const set = await mnist(100);
    if (!set) return t.skip('MNISTCNN_MNIST_DIR is not set');
    const rows = (await readFile(path.join(models, 'expected.tsv'), 'utf8'))
      .split('\n')
      .map((line) => line.split('\t'));
    const wanted = [
      'tutorial-weights.h5',
      'cnn-2.14.h5',
      'cnn-3.3.keras',
      'convnet-2.6.h5',
      'convnet-3.1.keras',
    ];
    let compared = 0;
    for (const file of wanted) {
      for (const [, , input, encoding, outputs] of rows.filter(([name]) => name === file)) {
        const image = /^mnist:(\d+)$/.exec(input);
        if (!image || !encodings[encoding]) continue;
        const model = await importModel(path.join(models, file), { encoding: encodings[encoding] });
        const gray = set.images.subarray(Number(image[1]) * 784, (Number(image[1]) + 1) * 784);
        const { channels } = model.input;
        const got = model.predictPrepared(
          Uint8Array.from({ length: 784 * channels }, (_, i) => gray[Math.floor(i / channels)]),
        );
        outputs
          .split(',')
          .forEach((value, i) =>
            assert.ok(Math.abs(got[i] - Number(value)) < 1e-4, `${file}, ${input}: ${got}`),
          );
        compared++;
      }
    }
    assert.ok(compared >= 5, `${compared} predictions compared`);
  },
);

test(
  'a .keras file becomes a model file like any other',
  { skip: skip || (!keras && 'MNISTCNN_KERAS_FILES is not set') },
  async () => {
    const bytes = new Uint8Array(await readFile(path.join(keras, 'digits-3.15.1.keras')));
    assert.ok(isForeign(bytes));
    const model = await importModel(bytes, { prepare: 'digit' });
    const again = await load(model.save());
    assert.equal(again.architecture, model.architecture);
    assert.deepEqual(
      again.predict({ strokes: digits[7] }).probabilities,
      model.predict({ strokes: digits[7] }).probabilities,
    );
  },
);

test('what is damaged or none is refused with a reason', { skip }, async () => {
  await assert.rejects(importModel(new TextEncoder().encode('no model')), /the model/);
  await assert.rejects(
    importModel(new Uint8Array([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0, 0])),
    /the model/,
  );
  await assert.rejects(importModel(new Uint8Array(9), { prepare: 'all' }), { code: 'INVALID_ARGUMENT' });
  assert.ok(!isForeign(new Uint8Array(9)));
  assert.ok(isForeign(new Uint8Array(9), 'a.ONNX'));
});
