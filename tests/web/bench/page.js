// In the browser: the same network by three libraries, in turn, on one thread.
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import * as ort from 'onnxruntime-web/wasm';

import { open } from '../../../examples/web/src/index.js';

async function ours(base, variant) {
  const library = await open({ base, variant });
  const model = await library.load(new URL('digits-32.safetensors', location));
  return { model, name: `mnistcnn-web, ${variant}`, run: async (images) => model.predictFloats(images) };
}

async function tensorflow(weights) {
  setWasmPaths('/tfjs/');
  setThreadsCount(1);
  await tf.setBackend('wasm');
  const { bias1, bias2, bias3 } = weights;
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [28, 28, 1], filters: bias1.length, kernelSize: 5, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: bias2.length, kernelSize: 5, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: bias3.length, activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  const shapes = model.getWeights().map((tensor) => tensor.shape);
  model.setWeights(Object.values(weights).map((values, i) => tf.tensor(values, shapes[i])));
  return {
    name: `TensorFlow.js ${tf.version_core}, wasm`,
    run: async (_, normalised) => {
      const x = tf.tensor4d(normalised, [normalised.length / 784, 28, 28, 1]);
      const y = model.predict(x);
      const result = await y.data();
      x.dispose();
      y.dispose();
      return result;
    },
  };
}

async function onnx(file) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  return {
    name: `ONNX Runtime web ${ort.env.versions.web}`,
    run: async (_, normalised) => {
      const x = new ort.Tensor('float32', normalised, [normalised.length / 784, 1, 28, 28]);
      const { y } = await session.run({ x });
      return y.data;
    },
  };
}

function weightsOf(model) {
  const names = ['conv1', 'bias1', 'conv2', 'bias2', 'dense1', 'bias3', 'dense2', 'bias4'];
  const at = [
    [0, 0],
    [0, 1],
    [2, 0],
    [2, 1],
    [5, 0],
    [5, 1],
    [6, 0],
    [6, 1],
  ];
  return Object.fromEntries(names.map((name, i) => [name, model.weights(...at[i])]));
}

// Strokes and their neighbours, as on drawn digits: four fifths are black.
function pictures(model, count) {
  const images = new Float32Array(count * 784);
  for (let i = 0; i < count; i++) {
    const angle = (i / count) * Math.PI;
    const strokes = [
      [
        [50 - 40 * Math.cos(angle), 50 - 40 * Math.sin(angle)],
        [50 + 40 * Math.cos(angle), 50 + 40 * Math.sin(angle)],
      ],
      [
        [20, 14],
        [80, 14 + (i % 60)],
        [44, 92],
      ],
    ];
    images.set(
      Float32Array.from(model.prepareStrokes(strokes).pixels, (v) => v / 255),
      i * 784,
    );
  }
  return images;
}

async function time(runner, images, normalised, repetitions) {
  const started = performance.now();
  for (let i = 0; i < repetitions; i++) await runner.run(images, normalised);
  return (1000 * (performance.now() - started)) / repetitions;
}

function largestDifference(a, b) {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

window.bench = async ({ variants, rounds }) => {
  const base = new URL('/dist/', location);
  const mine = [];
  for (const variant of variants) mine.push(await ours(base, variant));
  const [{ model }] = mine;
  const weights = weightsOf(model);
  const response = await fetch('/onnx', {
    method: 'POST',
    headers: { sizes: Object.values(weights).map((values) => values.length) },
    body: new Blob(Object.values(weights)),
  });
  const all = [...mine, await tensorflow(weights), await onnx(new Uint8Array(await response.arrayBuffer()))];
  const report = [];
  for (const [count, repetitions] of [
    [1, 20],
    [100, 1],
  ]) {
    const images = pictures(model, count);
    const { mean, deviation } = model.numbers;
    const normalised = images.map((v) => (v - mean) / deviation);
    const expected = await all[0].run(images, normalised);
    // The shipped model divides its logits by a temperature; the others have none: their classes are compared.
    const rows = all.map(() => []);
    for (const runner of all) {
      const got = await runner.run(images, normalised);
      const top = (list, i) =>
        list.slice(i * 10, i * 10 + 10).reduce((best, v, j, row) => (v > row[best] ? j : best), 0);
      for (let i = 0; i < count; i++)
        if (top(got, i) !== top(expected, i)) throw new Error(`${runner.name} disagrees about image ${i}`);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, runner] of all.entries())
        rows[i].push(await time(runner, images, normalised, repetitions));
    }
    report.push({
      count,
      times: Object.fromEntries(all.map((runner, i) => [runner.name, Math.min(...rows[i])])),
      difference: largestDifference(
        await all.at(-1).run(images, normalised),
        await all.at(-2).run(images, normalised),
      ),
    });
  }
  return report;
};
