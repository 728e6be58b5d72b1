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

// What malloc has given out, exactly; glibc only.
const MALLINFO = `
  import koffi from 'koffi';
  const names = ['arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost'];
  const type = koffi.struct(Object.fromEntries(names.map((name) => [name, 'size_t'])));
  const mallinfo = koffi.load('libc.so.6').func('mallinfo2', type, []);
  // Once no more of it is given back: on a busy machine finalizers run late.
  const inUse = async () => {
    let least = Infinity;
    for (let still = 0; still < 4; still++) {
      gc();
      await s.sleep(5);
      const { uordblks, hblkhd } = mallinfo();
      if (uordblks + hblkhd < least) still = 0;
      least = Math.min(least, uordblks + hblkhd);
    }
    return least;
  };
  const bytes = s.smallModel().toBuffer();
  const keras = await s.smallModel().toKeras();
  const dataset = s.smallDataset(9);
  const model = s.smallModel();
  const { pixels } = s.strokes(9);
  const quiet = (promise) => promise.then((made) => made?.dispose?.(), () => undefined);
  const work = {
    load: () => m.Model.loadSync(bytes).dispose(),
    loadAsync: () => quiet(m.Model.load(bytes)),
    refused: () => quiet(m.Model.load(Buffer.from('no model'))),
    create: () => s.smallModel().dispose(),
    import: () => quiet(m.Model.importFile(keras)),
    importRefused: () => quiet(m.Model.importFile(keras.subarray(0, 500))),
    dataset: () => s.smallDataset(9).dispose(),
    predict: () => model.predictBatch(pixels),
    predictImage: () => model.predict({ data: pixels.subarray(0, 64), width: 8, height: 8 }),
    predictRefused: () => quiet(model.predict(Buffer.from('no image'))),
    digits: () => model.readDigits(s.pageOfOnes([[20, 10]], 60, 50)),
    evaluate: () => model.evaluate(dataset),
    trainer: async () => (await m.Trainer.create(model, dataset, { epochs: 1 })).dispose(),
    train: () => model.train(dataset, { epochs: 1, threads: 1, beta1: 0.5, onLog: () => undefined }),
  };
  const grown = {};
  for (const [name, call] of Object.entries(work)) {
    for (let i = 0; i < 30; i++) await call();
    const before = await inUse();
    for (let i = 0; i < 200; i++) await call();
    grown[name] = Math.round(((await inUse()) - before) / 200);
  }
  console.log(JSON.stringify(grown));`;

it('no call leaks', { skip: process.platform === 'linux' ? false : 'needs glibc' }, async () => {
  const { code, output } = await run(MALLINFO, { flags: ['--expose-gc'], limit: 100000 });
  assert.equal(code, 0, output);
  for (const [name, bytes] of Object.entries(JSON.parse(output)))
    assert.ok(bytes < 200, `${name}: ${bytes} bytes a call`);
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
