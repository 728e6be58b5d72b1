// Measures the module for browsers (examples/web) on the machine it runs on. Figures of one run are compared with one
// another only.
//
//   bench.mjs DIST MODEL CHROMIUM [SITE] [NATIVE]
//
// DIST: the folder with the modules and the model (examples/web/tools/build.sh), MODEL: digits.safetensors in 32 bits,
// SITE: the page (tools/site.mjs), NATIVE: the program of train.c. `npm install` in this folder comes first.
import { execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { onnxModel } from './onnx.mjs';

const [dist, modelFile, executablePath, site, native] = process.argv.slice(2);
const rounds = Number(process.env.ROUNDS ?? 9);
const require = createRequire(import.meta.url);
const variants = ['simd', 'relaxed'];
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox'] });

// --- sizes -----------------------------------------------------------------------------------------------------

async function sizes() {
  console.log('\nbytes: raw, gzip -9, brotli');
  for (const name of [
    'mnistcnn-plain.wasm',
    'mnistcnn-simd.wasm',
    'mnistcnn-relaxed.wasm',
    'digits.safetensors',
  ]) {
    const bytes = await readFile(path.join(dist, name));
    console.log(
      `  ${name}: ${bytes.length}, ${gzipSync(bytes, { level: 9 }).length}, ${brotliCompressSync(bytes).length}`,
    );
  }
}

// --- beside others, in one page ----------------------------------------------------------------------------------

const weightNames = ['conv1', 'bias1', 'conv2', 'bias2', 'dense1', 'bias3', 'dense2', 'bias4'];

async function toOnnx(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const floats = new Float32Array(all.buffer.slice(all.byteOffset, all.byteOffset + all.length));
  const sizes = request.headers.sizes.split(',').map(Number);
  let at = 0;
  const weights = Object.fromEntries(weightNames.map((name, i) => [name, floats.slice(at, (at += sizes[i]))]));
  return onnxModel(weights);
}

async function startServer() {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'page.js')],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  const folders = {
    dist,
    tfjs: path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')) + '/dist',
    ort: path.dirname(require.resolve('onnxruntime-web/wasm')),
  };
  const fixed = {
    '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', outputFiles[0].contents],
    '/favicon.ico': ['image/png', ''],
  };
  const types = { '.wasm': 'application/wasm', '.mjs': 'text/javascript' };
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://localhost').pathname;
    const [, folder, file] = name.split('/');
    let answer = fixed[name];
    if (name === '/onnx') answer = ['application/octet-stream', await toOnnx(request)];
    else if (name === '/digits-32.safetensors')
      answer = ['application/octet-stream', await readFile(modelFile)];
    else if (!answer && folders[folder])
      answer = [
        types[path.extname(file)] ?? 'application/octet-stream',
        await readFile(path.join(folders[folder], file)),
      ];
    if (answer) response.writeHead(200, { 'content-type': answer[0] }).end(answer[1]);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function predictions() {
  const server = await startServer();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.log(`  page: ${error.message}`));
    await page.goto(`http://localhost:${server.address().port}/`);
    await page.waitForFunction(() => window.bench);
    const report = await page.evaluate((options) => window.bench(options), {
      variants,
      rounds: 20 * rounds,
    });
    for (const { count, times, difference } of report) {
      console.log(
        `\npredicting ${count} ${count === 1 ? 'image' : 'images'}, one thread, us a call (least of ${20 * rounds} rounds, in turn); the two others differ by ${difference.toExponential(1)}`,
      );
      const others = Object.entries(times)
        .filter(([name]) => !name.startsWith('mnistcnn'))
        .map(([, t]) => t);
      for (const [name, t] of Object.entries(times))
        console.log(
          `  ${name}: ${t.toFixed(1)}, ${(t / Math.min(...others)).toFixed(2)} of the better of the others`,
        );
    }
  } finally {
    await browser.close();
    server.close();
  }
}

// --- from opening the page to the first answer ---------------------------------------------------------------------

// A digit is drawn as soon as the page takes one. The page tells when it is answered: to ask it meanwhile would evaluate
// Playwright's scripts in its thread, which takes as long as a third of all.
function drawAtOnce() {
  const look = () => {
    const answers = document.documentElement?.dataset.answers;
    const sample = document.querySelector('#samples button:nth-of-type(8)');
    if (!answers || !sample) return void requestAnimationFrame(look);
    new MutationObserver(() => {
      if (window.firstAnswer || document.getElementById('answer').textContent !== '7') return;
      window.firstAnswer = performance.now();
      console.log('first answer');
    }).observe(document.getElementById('answer'), { childList: true, characterData: true, subtree: true });
    sample.click();
  };
  requestAnimationFrame(look);
}

// In a process of its own: what drives the browser would keep it from answering.
async function startServing(folder) {
  const script = path.join(import.meta.dirname, '../../../examples/web/tools/serve.mjs');
  const server = spawn(process.execPath, [script, folder, '0']);
  const url = await new Promise((resolve) =>
    server.stdout.once('data', (line) => resolve(String(line).trim())),
  );
  return { url, close: () => server.kill() };
}

// `after`: milliseconds that the browser has had to start by itself, which takes the processor about a second.
async function firstAnswer(after) {
  const { url, close } = await startServing(site);
  const times = [];
  const blank = [];
  for (let i = 0; i < rounds; i++) {
    const browser = await launch();
    try {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.addInitScript(drawAtOnce);
      await new Promise((resolve) => setTimeout(resolve, after));
      const answered = page.waitForEvent('console', (message) => message.text() === 'first answer');
      await page.goto(url);
      await answered;
      times.push(await page.evaluate(() => window.firstAnswer));
      blank.push(await page.evaluate(() => performance.getEntriesByType('navigation')[0].responseEnd));
    } finally {
      await browser.close();
    }
  }
  close();
  console.log(
    `\nfrom opening the page to the first answer, a new browser each time, ${after} ms after its start, localhost: median ${median(times).toFixed(0)} ms, least ${Math.min(...times).toFixed(0)}, most ${Math.max(...times).toFixed(0)} (of which the page itself took ${median(blank).toFixed(0)} to arrive)`,
  );
}

// --- training, beside the native library's portable kernels --------------------------------------------------------

async function training() {
  const script = path.join(import.meta.dirname, 'train.mjs');
  const run = {
    native: () => Number(execFileSync(native, { encoding: 'utf8' })),
    simd: () => Number(execFileSync(process.execPath, [script, dist, 'simd'], { encoding: 'utf8' })),
    relaxed: () =>
      Number(
        execFileSync(process.execPath, ['--experimental-wasm-relaxed-simd', script, dist, 'relaxed'], {
          encoding: 'utf8',
        }),
      ),
  };
  const times = { native: [], simd: [], relaxed: [] };
  for (let round = 0; round < Math.min(rounds, 5); round++)
    for (const name of Object.keys(run)) times[name].push(run[name]());
  console.log("\na training step of the tutorial's network, gray, batch size 32, one thread, us");
  for (const [name, list] of Object.entries(times))
    console.log(
      `  ${name}: ${median(list).toFixed(0)}, ${(median(list) / median(times.native)).toFixed(2)} of the native portable kernels`,
    );
}

await sizes();
await predictions();
if (site) for (const after of [0, 1000]) await firstAnswer(after);
if (native) await training();
