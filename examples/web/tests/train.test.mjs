// Training in a worker: progress, cancelling, symbols of one's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load, open, train } from 'mnistcnn-web';

import { digits, mnist, random, wobble } from './support.mjs';

const library = await open();

// Drawn symbols, as the page has them.
function symbols(each, seed) {
  const next = random(seed);
  const shapes = {
    cross: [
      [
        [10, 10],
        [90, 90],
      ],
      [
        [90, 10],
        [10, 90],
      ],
    ],
    hook: [
      [
        [10, 50],
        [40, 85],
        [90, 10],
      ],
    ],
    ring: digits[0],
  };
  const classes = Object.keys(shapes);
  const labels = [];
  const images = new Uint8Array(each * classes.length * 784);
  for (let i = 0; i < each * classes.length; i++) {
    labels.push(i % classes.length);
    images.set(library.renderStrokes(wobble(shapes[classes[i % classes.length]], next)), i * 784);
  }
  return { images, labels, classes };
}

test('a few symbols are learned in seconds, and recognised', async () => {
  const reports = [];
  const { model, heldOut, history } = await train(
    { ...symbols(12, 1), holdOut: 0.25, settings: { epochs: 12 } },
    { onProgress: (progress) => reports.push(progress) },
  );
  assert.deepEqual(model.labels, ['cross', 'hook', 'ring']);
  assert.equal(history.length, 12);
  assert.ok(heldOut.count === 9 && heldOut.accuracy >= 0.8, JSON.stringify(heldOut));
  assert.ok(reports.length >= 12);
  reports.forEach((report, i) => assert.ok(i === 0 || report.fraction >= reports[i - 1].fraction));
  assert.equal(reports.at(-1).fraction, 1);
  const next = random(99);
  for (const [label, strokes] of [
    ['ring', digits[0]],
    [
      'hook',
      [
        [
          [12, 48],
          [42, 80],
          [88, 14],
        ],
      ],
    ],
  ]) {
    assert.equal(model.predict({ strokes: wobble(strokes, next) }).label, label);
  }
  const again = await load(model.save());
  assert.equal(again.predict({ strokes: digits[0] }).label, 'ring');
});

test('the same seed trains the same model, and input arrays stay what they are', async () => {
  const job = { ...symbols(4, 2), settings: { epochs: 2 }, seed: 5 };
  const images = job.images.slice();
  const [a, b] = [await train(job), await train(job)];
  assert.deepEqual(a.bytes, b.bytes);
  assert.deepEqual(job.images, images);
});

test('cancelling ends a training at once', async () => {
  const stop = new AbortController();
  let at;
  const job = train(
    { ...symbols(40, 3), settings: { epochs: 10000 } },
    {
      signal: stop.signal,
      onProgress: () => {
        at ??= performance.now();
        stop.abort();
      },
    },
  );
  await assert.rejects(job, { code: 'CANCELLED' });
  assert.ok(performance.now() - at < 2000); // some 50 ms where nothing else runs
  await assert.rejects(train(symbols(4, 3), { signal: AbortSignal.abort() }), { code: 'CANCELLED' });
});

test('what cannot be taught is refused with its reason', async () => {
  const few = symbols(3, 4);
  await assert.rejects(train(few), /"cross" has 3 examples/);
  const one = { images: new Uint8Array(784 * 8), labels: new Array(8).fill(0), classes: ['a'] };
  await assert.rejects(train(one), /at least two classes/);
  await assert.rejects(train({ ...symbols(4, 4), labels: [7] }), /labels/);
  await assert.rejects(train({ ...symbols(4, 4), settings: { epoch: 3 } }), /no setting "epoch"/);
  await assert.rejects(train({ ...symbols(4, 4), settings: { epochs: 0 } }), /epochs/);
  await assert.rejects(train({ ...symbols(4, 4), architecture: 'conv 3' }), /layer 1/);
});

test('a symbol with few examples is learned beside ones with many', async () => {
  const many = symbols(40, 6);
  const keep = many.labels.map((label, i) => label !== 2 || i < 15);
  const labels = many.labels.filter((_, i) => keep[i]);
  const images = new Uint8Array(labels.length * 784);
  let at = 0;
  keep.forEach((kept, i) => kept && images.set(many.images.subarray(i * 784, i * 784 + 784), 784 * at++));
  const { model } = await train({ images, labels, classes: many.classes, settings: { epochs: 8 } });
  assert.equal(model.predict({ strokes: digits[0] }).label, 'ring');
});

test('MNIST: a network that starts from nothing learns digits', async (t) => {
  const set = await mnist(3000);
  if (!set) return t.skip('MNISTCNN_MNIST_DIR is not set');
  const { heldOut } = await train({
    ...set,
    classes: [...'0123456789'],
    holdOut: 0.2,
    settings: { epochs: 3, augment: false, learningRate: 0.003 },
  });
  assert.ok(heldOut.accuracy > 0.9, JSON.stringify(heldOut));
});
