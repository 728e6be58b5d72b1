import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Dataset, decodeImage, Model, prepareDigit } from 'mnistcnn';
import { pageOfOnes, sleep, smallDataset, smallModel, strokes } from './support.mjs';

const reason = new Error('not wanted any more');
const isReason = (error) => error === reason;
const { pixels } = strokes(6);
const page = pageOfOnes([[20, 10]], 60, 50);

const calls = {
  load: (signal) => Model.load(smallModel().toBuffer(), { signal }),
  pretrained: (signal) => Model.pretrained({ signal }),
  predict: (signal) => smallModel().predict(page, { signal }),
  predictBatch: (signal) => smallModel().predictBatch(pixels, { signal }),
  predictFiles: (signal) => smallModel().predictFiles(['a.png'], { signal }),
  predictFolder: (signal) => smallModel().predictFolder('/nowhere', { signal }),
  readDigits: (signal) => smallModel().readDigits(page, { signal }),
  prepareDigit: (signal) => prepareDigit(page, { signal }),
  decodeImage: (signal) => decodeImage(page, { signal }),
  train: (signal) => smallModel().train(smallDataset(), { signal, epochs: 100000 }),
  calibrate: (signal) => smallModel().calibrate(smallDataset(), { signal }),
  evaluate: (signal) => smallModel().evaluate(smallDataset(), { signal }),
  fromFolder: (signal) => Dataset.fromFolder('/nowhere', { signal }),
  save: (signal) => smallModel().save('/tmp/never', { signal }),
  importFile: (signal) => Model.importFile('never.h5', { signal }),
};

describe('a signal', () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`that is aborted before ${name}() ends it with its reason`, async () => {
      await assert.rejects(call(AbortSignal.abort(reason)), isReason);
    });
    it(`that is none is refused by ${name}()`, async () => {
      await assert.rejects(call({}), { name: 'TypeError', message: /^signal/ });
    });
  }

  it('ends a call that runs, and those that wait, at once', async () => {
    const model = smallModel();
    const large = new Uint8Array(64 * 200000);
    const controller = new AbortController();
    const { signal } = controller;
    const running = Array.from({ length: 20 }, () => model.predictBatch(large, { signal }));
    const settled = Promise.allSettled(running);
    await sleep(5);
    const start = performance.now();
    controller.abort(reason);
    for (const { status, reason: why } of await settled) assert.ok(status === 'rejected' && isReason(why));
    assert.ok(performance.now() - start < 10000);
    assert.equal((await model.predictBatch(pixels)).length, 18);
    model.temperature = 2; // nothing uses the model any more
  });

  it('that comes too late changes nothing', async () => {
    const controller = new AbortController();
    const rows = await smallModel().predictBatch(pixels, { signal: controller.signal });
    controller.abort(reason);
    assert.equal(rows.length, 18);
  });

  it('serves a thousand calls without a warning', async () => {
    const warnings = [];
    const warn = (warning) => warnings.push(warning);
    process.on('warning', warn);
    const { signal } = new AbortController();
    const model = smallModel();
    for (let i = 0; i < 100; i++) await model.predictBatch(pixels, { signal });
    await Promise.all(Array.from({ length: 1000 }, () => model.predictBatch(pixels, { signal })));
    await Promise.all(
      Array.from({ length: 5 }, () =>
        model.train(smallDataset(9), { epochs: 1, signal }).catch(() => undefined),
      ),
    );
    await sleep(10);
    process.off('warning', warn);
    assert.deepEqual(warnings, []);
  });

  it('that is aborted while a model is loaded frees it', async () => {
    const bytes = (await Model.pretrained()).toBuffer();
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const loading = Model.load(bytes, { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(loading, isReason);
    }
    await sleep(50);
  });
});
