// What the tests share: temporary folders, drawn images, programs in a process of their own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Dataset, Model, savePng } from 'mnistcnn';

export { sleep };
export const SIDE = 8;
export const CLASSES = ['diagonal', 'horizontal', 'vertical'];
export const SMALL = {
  inputHeight: SIDE,
  inputWidth: SIDE,
  inputChannels: 1,
  classNames: CLASSES,
  architecture: 'conv 4 3x3 relu, flatten, dense 16 relu, dense classes softmax',
};
export const packageFolder = dirname(createRequire(import.meta.url).resolve('mnistcnn/package.json'));

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'mnistcnn-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Random numbers 0..n-1, the same in every run (the generator of Numerical Recipes). */
export function randomNumbers(seed = 1) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A bright stroke on a dark, noisy ground. */
export function stroke(kind, random, side = SIDE) {
  const at = 1 + random(side - 2);
  const pixels = Uint8Array.from({ length: side * side }, () => random(40));
  for (let i = 0; i < side; i++) {
    const [y, x] = [
      [i, (i + at) % side],
      [at, i],
      [i, at],
    ][kind];
    pixels[y * side + x] = 180 + random(76);
  }
  return pixels;
}

export function strokes(count, seed = 1, side = SIDE) {
  const random = randomNumbers(seed);
  const labels = Array.from({ length: count }, (_, i) => i % CLASSES.length);
  const pixels = new Uint8Array(count * side * side);
  labels.forEach((kind, i) => pixels.set(stroke(kind, random, side), i * side * side));
  return { pixels, labels, shape: { height: side, width: side, channels: 1 }, classNames: CLASSES };
}

export const smallModel = (seed = 1) => Model.create({ ...SMALL, seed });
export const smallDataset = (count = 90, seed = 1) => Dataset.fromArrays(strokes(count, seed));

/** A training that takes long: of a network that is large for its images. */
export function longTraining() {
  const side = 28;
  const dataset = Dataset.fromArrays(strokes(3000, 1, side));
  const model = Model.create({
    inputHeight: side,
    inputWidth: side,
    inputChannels: 1,
    classNames: CLASSES,
    architecture:
      'conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 500 relu, dense classes softmax',
  });
  return { model, dataset, options: { epochs: 1000, threads: 1 } };
}

/** A page of gray paper with a handwritten-looking 1 at each place: {data, width, height}. */
export function pageOfOnes(places, width = 200, height = 120) {
  const data = new Uint8Array(width * height).fill(235);
  for (const [left, top] of places) {
    for (let y = 0; y < 28; y++) {
      for (let x = 0; x < 3; x++) data[(top + y) * width + left + x + Math.floor((28 - y) / 9)] = 20;
    }
  }
  return { data, width, height };
}

/** Folders with a class each, of PNG files. */
export async function writeFolders(folder, count) {
  const { mkdirSync } = await import('node:fs');
  const random = randomNumbers(3);
  for (const [kind, name] of CLASSES.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const image = { data: stroke(kind, random), width: SIDE, height: SIDE };
      await savePng(image, join(folder, name, `${String(i).padStart(3, '0')}.png`));
    }
  }
  return folder;
}

/** Runs a script, as a module, and resolves to its exit: {code, signal, output, seconds}. */
export function run(script, { flags = [], limit = 60000, env = {}, kill } = {}) {
  const folder = dirname(new URL(import.meta.url).pathname);
  const file = join(mkdtempSync(join(folder, 'script-')), 'script.mjs');
  writeFileSync(file, `import * as m from 'mnistcnn';\nimport * as s from '../support.mjs';\n${script}`);
  const start = performance.now();
  const child = spawn(process.execPath, [...flags, file], {
    env: { ...process.env, ...env },
    timeout: limit,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  if (kill) setTimeout(() => child.kill(kill.signal), kill.after).unref();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      rmSync(dirname(file), { recursive: true, force: true });
      resolve({ code, signal, output, seconds: (performance.now() - start) / 1000 });
    });
  });
}
