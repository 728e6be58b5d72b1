// What the package adds to the time that C takes, in one run, measured alternately.
//
//   node bench.mjs [PROGRAM]
//
// PROGRAM: bench_c, compiled from ../../bindings/bench.c with the library of the package:
//   cc -O2 bench.c -I INCLUDE -L LIB -lmnistcnn -o bench_c
// It is the time of C; without it, that of the same calls made synchronously. Where the machine is busy, look
// at the lowest times, which are those that nobody disturbed.
import { execFileSync } from 'node:child_process';
import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';

import koffi from 'koffi';
import { libraryInfo, Model } from 'mnistcnn';

const ROUNDS = 40;
const model = await Model.pretrained();
const one = new Uint8Array(784).map((_, i) => (i * 7) % 256);
const many = new Uint8Array(1000 * 784).map((_, i) => (i * 7) % 256);
const out = new Float32Array(10000);
const path = fileURLToPath(new URL('../models/digits.safetensors', import.meta.resolve('mnistcnn')));

/** Microseconds of wall and processor time for a call. */
async function time(calls, call) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < calls; i++) await call();
  const used = process.cpuUsage(cpu);
  return [((performance.now() - start) * 1000) / calls, (used.user + used.system) / calls];
}

function timeSync(calls, call) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  const used = process.cpuUsage(cpu);
  return [((performance.now() - start) * 1000) / calls, (used.user + used.system) / calls];
}

function inC(images, calls) {
  const text = execFileSync(process.argv[2], [path, String(images), String(calls)], { encoding: 'utf8' });
  return text.trim().split(' ').map(Number);
}

// What is not ours: a call of koffi's in another thread that does nothing.
const empty = promisify(
  koffi.load(libraryInfo().path).func('mnistcnn_version_string', 'const char *', []).async,
);

const ways = {
  'one image, C': () =>
    process.argv[2]
      ? inC(1, 300)
      : timeSync(300, () => model.predictBatchSync(one, { out: out.subarray(0, 10) })),
  'an empty call, async': () => time(300, () => empty()),
  'one image, sync': () => timeSync(300, () => model.predictBatchSync(one)),
  'one image, async': () => time(300, () => model.predictBatch(one)),
  '1000 images, C': () =>
    process.argv[2] ? inC(1000, 3) : timeSync(3, () => model.predictBatchSync(many, { out })),
  '1000 images, async': () => time(3, () => model.predictBatch(many, { out })),
};

const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, measure] of Object.entries(ways)) results[name].push(await measure());
}

const at = (list, fraction) => [...list].sort((a, b) => a - b)[Math.floor(fraction * (list.length - 1))];
for (const [name, times] of Object.entries(results)) {
  const figures = [0, 0.25, 0.5].flatMap((fraction) =>
    [0, 1].map((kind) =>
      at(
        times.map((t) => t[kind]),
        fraction,
      ).toFixed(1),
    ),
  );
  console.log(
    `${name}: lowest ${figures[0]} us (processor ${figures[1]}), quartile ${figures[2]} (${figures[3]}), median ${figures[4]} (${figures[5]})`,
  );
}

// How late timers of 1 ms are, without and with predictions.
async function delays(work) {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  const end = performance.now() + 3000;
  while (performance.now() < end) await work();
  monitor.disable();
  return [50, 90, 99]
    .map((percent) => `${percent} %: ${(monitor.percentile(percent) / 1e6 - 1).toFixed(2)} ms`)
    .join(', ');
}

// Node.js's own work in another thread, for as long as a prediction of 1000 images: what remains of the delay is the
// system's, as when other programs use the processors.
const begin = performance.now();
pbkdf2Sync('', '', 20000, 64, 'sha512');
const rounds = Math.round((20000 * 15) / (performance.now() - begin));
const hash = promisify(pbkdf2);

const loads = {
  idle: () => new Promise((resolve) => setTimeout(resolve, 5)),
  'hashing again and again': () => hash('', '', rounds, 64, 'sha512'),
  'predicting 1000 images again and again': () => model.predictBatch(many, { out }),
};
for (const [name, work] of Object.entries(loads)) {
  console.log(`event loop delay, ${name}: ${await delays(work)}`);
}
