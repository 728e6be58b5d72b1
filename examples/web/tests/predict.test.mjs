// Predictions: drawings, pictures, pages; and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MnistcnnError, activations, firstFilters, load, open } from 'mnistcnn-web';

import { digits, mnist, paint } from './support.mjs';

const model = await load();

test('the model that ships is one for digits', () => {
  assert.deepEqual(model.labels, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  assert.deepEqual(model.input, { height: 28, width: 28, channels: 1 });
  assert.equal(model.prepare, 'digit');
  assert.equal(model.parameters, 466106);
});

for (const [label, strokes] of Object.entries(digits)) {
  test(`a drawn ${label} is read, wherever and however large it was drawn`, () => {
    const whole = model.predict({ strokes });
    assert.equal(whole.label, label, `as ${whole.label}, ${whole.confidence}`);
    for (const [x, y, scale] of [
      [0, 0, 0.2],
      [300, 10, 1],
      [-50, 900, 7],
    ]) {
      const moved = strokes.map((stroke) => stroke.map(([px, py]) => [x + scale * px, y + scale * py]));
      const other = model.predict({ strokes: moved });
      assert.equal(other.label, label);
      assert.ok(Math.abs(other.confidence - whole.confidence) < 0.02);
    }
  });
}

test('paper and ink of any brightness, with and without colour and alpha, give the same answer', () => {
  const { data, width, height } = paint(90, 90, [{ strokes: digits[4], x: 20, y: 20, scale: 0.5 }], 4);
  const pictures = {
    gray: data,
    inverted: data.map((v) => 255 - v),
    rgba: Uint8ClampedArray.from({ length: data.length * 4 }, (_, i) => (i % 4 === 3 ? 255 : data[i >> 2])),
    transparent: Uint8Array.from({ length: data.length * 4 }, (_, i) =>
      i % 4 === 3 ? 235 - data[i >> 2] : 0,
    ),
  };
  for (const [name, pixels] of Object.entries(pictures)) {
    const answer = model.predict({ data: pixels, width, height });
    assert.equal(answer.label, '4', name);
    assert.ok(answer.confidence > 0.9, name);
    assert.ok(Math.abs(answer.box.top - 24) < 8 && answer.box.height > 30, name);
  }
});

test('nothing is answered where there is nothing', () => {
  const blank = { data: new Uint8Array(100 * 100).fill(255), width: 100, height: 100 };
  for (const picture of [blank, { strokes: [] }, { strokes: [[]] }]) {
    const answer = model.predict(picture);
    assert.equal(answer.label, null);
    assert.equal(answer.verdict, 'blank');
    assert.match(answer.reason, /./);
  }
  assert.equal(model.predict({ strokes: [[[5, 5]]] }).label, null); // a dot
});

test('a page is read, line by line, with its boxes, in a worker as well', async () => {
  const line = (text, y) =>
    [...text]
      .map((c, i) => (c === ' ' ? null : { strokes: digits[c], x: 30 + i * 33, y, scale: 0.4 }))
      .filter(Boolean);
  const picture = paint(520, 300, [...line('407  325', 40), ...line('96 1748', 180)], 4);
  const page = model.readDigits(picture);
  assert.deepEqual(await (await open()).readDigits(model, picture), page);
  assert.equal(page.text, '407 325\n96 1748');
  assert.equal(page.lines, 2);
  assert.equal(page.digits.length, 12);
  assert.deepEqual(
    page.groups.map((group) => group.text),
    ['407', '325', '96', '1748'],
  );
  const [first] = page.digits;
  assert.ok(Math.abs(first.box.left - 38) < 8 && Math.abs(first.box.top - 43) < 8);
  assert.equal(first.probabilities.length, 10);
  assert.equal(first.image.length, 784);
});

test('results are copies, whatever is called after', () => {
  const before = model.predict({ strokes: digits[3] });
  const probabilities = before.probabilities.slice();
  model.readDigits(paint(1200, 1200, [{ strokes: digits[8], x: 100, y: 100, scale: 9 }], 60)); // memory grows
  model.predict({ strokes: digits[5] });
  assert.deepEqual(before.probabilities, probabilities);
});

test('what the first layers make of an image is what the network predicts from', () => {
  const { prepared } = model.predict({ strokes: digits[2] });
  const layers = activations(model, prepared, 9);
  assert.deepEqual(
    layers.map(({ height, width, channels }) => [height, width, channels]),
    [
      [24, 24, 32],
      [12, 12, 32],
      [8, 8, 64],
      [4, 4, 64],
    ],
  );
  // The dense layers by plain loops: their answer has to be the module's.
  const dense = (x, layer, isRelu) => {
    const bias = model.weights(layer, 1);
    const kernel = model.weights(layer, 0);
    return Float64Array.from(bias, (b, o) => {
      let sum = b;
      for (let i = 0; i < x.length; i++) sum += x[i] * kernel[i * bias.length + o];
      return isRelu ? Math.max(sum, 0) : sum;
    });
  };
  const logits = dense(dense(layers[3].data, 5, true), 6, false).map((v) => v / model.temperature);
  const top = Math.max(...logits);
  const exponentials = logits.map((v) => Math.exp(v - top));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  const predicted = model.predictPrepared(prepared);
  exponentials.forEach((e, i) => assert.ok(Math.abs(e / sum - predicted[i]) < 1e-5));
  assert.equal(firstFilters(model).count, 32);
});

test('MNIST: 8 bits cost nothing, floats and bytes agree', async (t) => {
  const set = await mnist(1000);
  if (!set) return t.skip('MNISTCNN_MNIST_DIR is not set');
  const rows = model.predictPrepared(set.images);
  const floats = model.predictFloats(Float32Array.from(set.images, (v) => v / 255));
  let correct = 0;
  for (let i = 0; i < 1000; i++) {
    const row = rows.subarray(i * 10, i * 10 + 10);
    correct += row.indexOf(Math.max(...row)) === set.labels[i];
  }
  assert.ok(correct >= 985, `${correct} of 1000`);
  rows.forEach((value, i) => assert.ok(Math.abs(value - floats[i]) < 1e-3));
});

test('wrong arguments are refused, and named', () => {
  const cases = [
    [() => model.predict(), /picture/],
    [() => model.predict({ data: [1, 2], width: 1, height: 2 }), /data/],
    [() => model.predict({ data: new Uint8Array(7), width: 2, height: 3 }), /no 2 x 3 pixels/],
    [() => model.predict({ data: new Uint8Array(0), width: 0, height: 3 }), /width/],
    [() => model.predict({ strokes: [[[1, NaN]]] }), /strokes/],
    [() => model.predict({ data: new Uint8Array(4), width: 2, height: 2 }, { polarity: 'blue' }), /polarity/],
    [() => model.predictPrepared(new Uint8Array(783)), /783/],
    [() => model.predictFloats(new Float32Array(784).fill(255)), /0 to 1/],
    [
      () => model.readDigits({ data: new Uint8Array(4), width: 2, height: 2 }, { leastConfidence: 2 }),
      /leastConfidence/,
    ],
  ];
  for (const [call, message] of cases) {
    assert.throws(
      call,
      (error) =>
        error instanceof MnistcnnError && error.code === 'INVALID_ARGUMENT' && message.test(error.message),
    );
  }
});
