// The benchmark's ONNX Runtime participant: node peer_onnxruntime.mjs DATA_FOLDER [MODULE_FOLDER]
//
// MODULE_FOLDER holds node_modules/onnxruntime-node (run.sh --install). A request for `batch`
// images is answered with ONNX Runtime's best of predicting them at once or in runs of 32 or 8: the
// first request tries all, the winner answers from then on and is named in the note.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { identity, referenceNetwork } from './onnx_model.mjs';

const WARM_UP_SHARE = 0.15; // as in protocol.py
const SECONDS_PER_LOOK = 1e-3; // at the clock, which costs up to a microsecond
const TRIAL_ROUNDS = 3;
const RUN_LENGTHS = [8, 32];

const [dataFolder, moduleFolder = import.meta.dirname] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);

const loadPackage = () => {
  const require = createRequire(path.join(path.resolve(moduleFolder), 'anything.js'));
  try {
    const { version } = require('onnxruntime-node/package.json');
    return { runtime: require('onnxruntime-node'), version };
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    say('skip onnxruntime-node is missing (run.sh --install)');
    return process.exit(0);
  }
};
const { runtime, version } = loadPackage();

const readImages = (size, channels) => {
  const file = readFileSync(path.join(dataFolder, `images-${size}.idx`));
  const pixels = file.subarray(16);
  const area = size * size;
  const count = Math.min(file.readUInt32BE(4), 10000);
  const images = new Float32Array(count * channels * area);
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < area; i++)
        images[(image * channels + channel) * area + i] = pixels[image * area + i] / 255;
  return images;
};

const memo = (make) => {
  const known = new Map();
  return (...key) => {
    const name = key.join(' ');
    if (!known.has(name)) known.set(name, make(...key));
    return known.get(name);
  };
};
const imagesOf = memo(readImages);
const sessionOf = memo((graph, channels, size, threads) =>
  runtime.InferenceSession.create(
    graph === 'identity' ? identity() : referenceNetwork(channels, size),
    { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' }));

// A list of ready-made inputs of `count` images each, as a caller with its data in hand has them.
const inputsOf = memo((size, channels, count) => {
  const floats = size * size * channels;
  const images = imagesOf(size, channels);
  const tensors = [];
  for (let at = 0; at + count * floats <= images.length; at += count * floats)
    tensors.push(new runtime.Tensor('float32', images.subarray(at, at + count * floats),
      [count, channels, size, size]));
  return tensors;
});

// The wall's clock, or with clock=cpu the time this process has had on processors.
let cpuClock = false;
const secondsNow = () => {
  if (!cpuClock) return Number(process.hrtime.bigint()) / 1e9;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

// Makes runs of `run` calls until `seconds` have passed.
async function repeat(call, run, seconds) {
  const start = secondsNow();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < run; i++) await call();
    calls += run;
    elapsed = secondsNow() - start;
  } while (elapsed < seconds);
  return elapsed / calls;
}

async function secondsPerCall(call, seconds) {
  const estimate = await repeat(call, 1, seconds * WARM_UP_SHARE);
  return repeat(call, 1 + Math.floor(SECONDS_PER_LOOK / estimate), seconds);
}

// Predicts `batch` images in runs of `length`, others each time.
function prediction(session, inputs, batch, length) {
  let next = 0;
  return async () => {
    for (let done = 0; done < batch; done += length) {
      await session.run({ image: inputs[next] });
      next = (next + 1) % inputs.length;
    }
  };
}

const microsecondsPerImage = async (variant, seconds) =>
  ((await secondsPerCall(variant.call, seconds)) / variant.images) * 1e6;

async function variantsOf({ batch = 1, channels = 1, size = 28, threads = 1 }) {
  const session = await sessionOf('reference', channels, size, threads);
  const lengths = new Set([batch, ...RUN_LENGTHS.filter((length) => length < batch)]);
  return [...lengths].map((length) => {
    const images = Math.ceil(batch / length) * length;
    const call = prediction(session, inputsOf(size, channels, length), batch, length);
    return { images, call, name: `in runs of ${length}` };
  });
}

const winners = new Map();
async function winnerOf(options) {
  const { seconds, clock, ...rest } = options;
  const key = JSON.stringify(rest);
  if (!winners.has(key)) {
    const variants = await variantsOf(options);
    const best = variants.map(() => Infinity);
    for (let round = 0; round < TRIAL_ROUNDS && variants.length > 1; round++)
      for (const [i, variant] of variants.entries())
        best[i] = Math.min(best[i], await microsecondsPerImage(variant, seconds / 2));
    winners.set(key, variants[best.indexOf(Math.min(...best))]);
  }
  return winners.get(key);
}

const jobs = {
  async predict(options) {
    const winner = await winnerOf(options);
    return [await microsecondsPerImage(winner, options.seconds), winner.name];
  },
  // What one call costs from Node.js: a model that copies 10 floats.
  async overhead({ seconds }) {
    const session = await sessionOf('identity', 0, 0, 1);
    const feeds = { image: new runtime.Tensor('float32', new Float32Array(10), [1, 10]) };
    return [(await secondsPerCall(() => session.run(feeds), seconds)) * 1e6, 'an Identity model'];
  },
};

const parse = (line) => {
  const [job, ...words] = line.trim().split(/\s+/);
  const options = Object.fromEntries(words.map((word) => {
    const [key, value] = word.split('=');
    return [key, Number.isNaN(Number(value)) ? value : Number(value)];
  }));
  return { job, options: { seconds: 0.3, ...options } };
};

async function answer(line) {
  const { job, options } = parse(line);
  if (!Object.hasOwn(jobs, job)) return `skip no job ${job}`;
  cpuClock = options.clock === 'cpu';
  try {
    const [figure, note] = await jobs[job](options);
    return `ok ${figure.toPrecision(6)} ${note}`;
  } catch (error) {
    return `error ${error}`.replaceAll('\n', ' ');
  }
}

say(`ready ONNX Runtime ${version} (npm) in Node.js ${process.versions.node}`);
for await (const line of createInterface({ input: process.stdin })) say(await answer(line));
