// Objects are freed: when they are disposed, when they are forgotten, and never while a call uses them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Dataset, Model, Trainer } from 'mnistcnn';
import { run, smallDataset, smallModel, strokes, sleep } from './support.mjs';

const { pixels } = strokes(6);

describe('an object', () => {
  it('is disposed once, and refused from then on', async () => {
    const model = smallModel();
    model.dispose();
    model.dispose();
    for (const call of [
      () => model.predictBatchSync(pixels),
      () => model.inputShape,
      () => model.toBuffer(),
      () => model.summary(),
      () => model.layers,
      () => model.clone(),
      () => model.temperature,
      () => model.setNote('a', 'b'),
      () => model.numParameters,
    ]) {
      assert.throws(call, { code: 'MNISTCNN_STATE', message: 'the model has been disposed' });
    }
    await assert.rejects(model.predictBatch(pixels), { code: 'MNISTCNN_STATE' });
    await assert.rejects(model.train(smallDataset()), { code: 'MNISTCNN_STATE' });
    await assert.rejects(model.evaluate(smallDataset()), { code: 'MNISTCNN_STATE' });
    await assert.rejects(model.save('/tmp/never'), { code: 'MNISTCNN_STATE' });
    const dataset = smallDataset();
    dataset[Symbol.dispose]();
    await assert.rejects(smallModel().train(dataset), { message: 'the dataset has been disposed' });
  });

  it('that is disposed during calls is freed after them', async () => {
    const model = smallModel();
    const expected = model.predictBatchSync(pixels);
    const running = Array.from({ length: 10 }, () => model.predictBatch(pixels));
    const large = model.predictBatch(new Uint8Array(64 * 1000));
    model.dispose();
    for (const rows of await Promise.all(running)) assert.deepEqual(rows, expected);
    await large;
    const other = smallModel();
    const saving = other.evaluate(smallDataset(300));
    other.dispose();
    assert.equal((await saving).count, 300);
  });

  it('of another class is refused', async () => {
    const dataset = smallDataset();
    await assert.rejects(smallModel().train(smallModel()), {
      name: 'TypeError',
      message: /^dataset: expected a dataset/,
    });
    await assert.rejects(smallModel().evaluate(smallModel()), TypeError);
    await assert.rejects(Dataset.fromFolder('/nowhere', { model: dataset }), {
      message: /^model: expected a model/,
    });
    assert.throws(() => Model.prototype.toBuffer.call(dataset), TypeError);
    assert.throws(() => Object.create(Model.prototype).predictBatchSync(pixels), TypeError);
    await assert.rejects(Trainer.create(dataset, dataset), TypeError);
  });
});

const RSS = 'const rss = () => { gc(); gc(); return process.memoryUsage.rss() / 1e6; };';

describe('memory', () => {
  it('stays as it is when models are disposed', async () => {
    const { code, output } = await run(
      `${RSS}
      const bytes = (await m.Model.pretrained()).toBuffer();
      const use = () => { const model = m.Model.loadSync(bytes); model.predictBatchSync(new Uint8Array(784)); model.dispose(); };
      for (let i = 0; i < 50; i++) use();
      const before = rss();
      for (let i = 0; i < 1000; i++) use();
      const grown = rss() - before;
      if (grown > 20) throw new Error('grown by ' + grown + ' MB');`,
      { flags: ['--expose-gc'], limit: 60000 },
    );
    assert.equal(code, 0, output);
  });

  it('is bounded when they are forgotten', async () => {
    const { code, output } = await run(
      `${RSS}
      const bytes = (await m.Model.pretrained()).toBuffer();
      for (let i = 0; i < 300; i++) {
        (await m.Model.load(bytes)).predictBatchSync(new Uint8Array(784));
        if (i % 20 === 0) { gc(); await s.sleep(1); }
      }
      await s.sleep(20);
      if (rss() > 400) throw new Error(rss() + ' MB');`,
      { flags: ['--expose-gc'], limit: 60000 },
    );
    assert.equal(code, 0, output);
  });
});

it('a trainer that is forgotten gives its model back', async () => {
  const model = smallModel();
  const dataset = smallDataset();
  await (async () => {
    await Trainer.create(model, dataset, { epochs: 3 });
  })();
  assert.throws(() => model.predictBatchSync(pixels), { code: 'MNISTCNN_STATE' });
  for (let i = 0; i < 100; i++) {
    globalThis.gc();
    await sleep(10);
    try {
      model.predictBatchSync(pixels);
      return;
    } catch {
      /* not yet */
    }
  }
  assert.fail('the trainer was not collected');
});
