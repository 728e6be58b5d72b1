// train.mjs DIST VARIANT: microseconds of a training step, as train.c.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Dataset, Trainer, open } from '../../../examples/web/src/node.js';

const [dist, variant] = process.argv.slice(2);
const count = 3200;
const architecture =
  'conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 1000 relu, dense 10 softmax';
const library = await open({ base: pathToFileURL(path.resolve(dist) + path.sep), variant, trusted: true });
const classes = [...'0123456789'];
const model = library.create({ architecture, labels: classes });
const images = new Uint8Array(count * 784);
let state = 1;
const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
for (let i = 0; i < count; i++) {
  const [left, top, size] = [4 + (next() & 7), 4 + (next() & 7), 6 + (next() & 7)];
  for (let j = 0; j < size; j++)
    for (let k = 0; k < 3; k++) images[i * 784 + (top + j) * 28 + left + ((j * (i % 10)) >> 3) + k] = 255;
}
const labels = Array.from({ length: count }, (_, i) => i % 10);
const data = Dataset.make(library.instance, { images, labels, classes });
const trainer = new Trainer(model, data, null, {
  epochs: 1000,
  augment: false,
  optimizer: 'rmsprop',
  schedule: 'constant',
  loss: 'binary-cross-entropy',
  balance: false,
});

const stepsDone = ({ epoch, steps, step }) => (epoch - 1) * steps + step;
const warm = stepsDone(trainer.run(0.5));
const started = performance.now();
let done = warm;
while (performance.now() - started < 2000) done = stepsDone(trainer.run(0.2));
console.log((1000 * (performance.now() - started)) / (done - warm));
