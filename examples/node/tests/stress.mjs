// Calls with wrong arguments of every kind, many objects, many workers: nothing may crash or leak. Run by itself,
// or with the C library built with a sanitizer.
//
//   node --expose-gc stress.mjs [CALLS] [OBJECTS] [WORKERS]
import assert from 'node:assert/strict';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

import koffi from 'koffi';
import {
  Dataset,
  decodeImage,
  decodeImageSync,
  drawPage,
  imageInfo,
  imageInfoSync,
  MnistcnnError,
  Model,
  prepareDigit,
  prepareDigitSync,
  savePng,
  savePngSync,
  Trainer,
} from 'mnistcnn';
import { pageOfOnes, randomNumbers, SMALL, smallDataset, smallModel, strokes } from './support.mjs';

const [calls = 10000, objects = 1000, workers = 10] = process.argv.slice(2).map(Number);
const { pixels } = strokes(3);
// Node.js keeps a block now and then; a model has thousands.
const MOST_BYTES_LEFT = 1000;
const page = pageOfOnes([[20, 10]], 60, 50);

const aborted = AbortSignal.abort(new Error('aborted'));
const detached = new Uint8Array(64);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

// --- what is wrong ----------------------------------------------------------------------------------

function wrongValues(disposed) {
  return [
    undefined,
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    3,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    -(2 ** 63),
    NaN,
    Infinity,
    -Infinity,
    5n,
    -5n,
    2n ** 64n,
    '',
    'text',
    'a\0b',
    '\ud800',
    'x'.repeat(5000),
    '/nowhere/at/all',
    Symbol('s'),
    () => 1,
    async () => 1,
    class A {},
    {},
    [],
    [1, 2, 3],
    [undefined],
    new Array(5),
    new Date(),
    /x/,
    new Map(),
    new Set([1]),
    new Error('e'),
    Promise.resolve(1),
    new Proxy({}, {}),
    Object.create(null),
    new Uint8Array(0),
    new Uint8Array(64),
    new Uint8Array(63),
    new Int8Array(64),
    new Uint16Array(64),
    new Float32Array(64),
    new Float32Array(1),
    new Float64Array(64),
    new BigInt64Array(8),
    new ArrayBuffer(0),
    new ArrayBuffer(64),
    new SharedArrayBuffer(64),
    new DataView(new ArrayBuffer(64)),
    new Uint8Array(new ArrayBuffer(8, { maxByteLength: 64 })),
    detached,
    Buffer.from('no image'),
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    Buffer.from('BM' + 'x'.repeat(100)),
    Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
    new Blob(['no image']),
    new URL('file:///nowhere/here'),
    new URL('https://a.invalid/'),
    { data: new Uint8Array(4), width: 2, height: 2 },
    { data: new Uint8Array(4), width: 1e9, height: 1e9 },
    { data: null, width: 2, height: 2 },
    { signal: aborted },
    { signal: {} },
    { threads: 0 },
    { threads: 257 },
    { threads: '1' },
    { epochs: 0 },
    { epochs: 1 },
    { seed: -1 },
    { optimizer: 'adem' },
    { unknown: 1 },
    { out: new Float32Array(2) },
    { onProgress: 1 },
    { preparation: {} },
    { preparation: { mean: [1] } },
    { classNames: ['a'] },
    { classNames: [1, 2] },
    { architecture: 'conv' },
    { validation: {} },
    { polarity: 'none' },
    { format: 'onnx' },
    { channels: 5 },
    { maxMemoryBytes: 1 },
    ...disposed,
  ];
}

function subjects(model, dataset, trainer) {
  const arrays = strokes(9);
  return [
    (a, b) => Model.load(a, b),
    (a, b) => Model.loadSync(a, b),
    (a) => Model.create(a),
    (a, b) => Model.importFile(a, b),
    (a, b) => Model.importFileSync(a, b),
    (a, b) => Model.checkEncodings(a, b),
    (a) => Model.pretrained(a),
    (a, b) => model.predict(a, b),
    (a, b) => model.predictSync(a, b),
    (a, b) => model.predictBatch(a, b),
    (a, b) => model.predictBatchSync(a, b),
    (a, b) => model.predictBatch(pixels, b),
    (a) => model.predictFiles(a),
    (a, b) => model.predictFiles(['/nowhere'], b),
    (a) => model.predictFolder(a === '' || a === 'text' ? '/nowhere' : a),
    (a, b) => model.readDigits(a, b),
    (a, b) => model.readDigitsSync(a, b),
    (a) => model.readDigits(page, a),
    (a) => model.readDigitsSync(page, { form: true, leastConfidence: a }),
    (a, b) => model.calibrate(a, b),
    (a, b) => model.calibrateSync(a, b),
    (a) => {
      model.rejectionThreshold = a;
    },
    (a, b) => Model.checkEncodingsSync(a, b),
    (a, b) => model.predictFilesSync(a, b),
    (a) => model.predictFolderSync(a === '' || a === 'text' ? '/nowhere' : a),
    (a) => typeof a === 'string' || model.exportSync(a),
    (a) => model.toKerasSync(a),
    (a) => Dataset.scanFolderSync(a === '' || a === 'text' ? '/nowhere' : a),
    (a, b) => decodeImageSync(a, b),
    (a) => imageInfoSync(a),
    (a, b) => prepareDigitSync(a, b),
    (a) => savePngSync(a, '/nowhere/x.png'),
    (a) => drawPage(a),
    (a, b) => model.evaluate(a, b),
    (a) => model.evaluateSync(a),
    (a) => model.evaluate(dataset, a),
    (a) => typeof a === 'string' || model.save(a),
    (a) => typeof a === 'string' || model.export(a),
    (a) => model.toKeras(a),
    (a) => model.setClassNames(a),
    (a, b) => model.setNote(a, b),
    (a, b) => model.weights(a, b),
    (a, b) => model.setWeights(0, a, b),
    (a) => model.setPreparation(a),
    (a) => {
      model.temperature = a;
    },
    (a) => {
      model.instructionSet = a;
    },
    (a, b) => model.trainSync(a, b),
    (a) => Dataset.fromArrays(a),
    (a) => Dataset.fromArrays({ ...arrays, pixels: a }),
    (a) => Dataset.fromArrays({ ...arrays, labels: a }),
    (a) => Dataset.fromArrays({ ...arrays, shape: a }),
    (a) => Dataset.fromArrays({ ...arrays, classNames: a }),
    (a) => Dataset.fromArrays({ ...arrays, numClasses: a }),
    (a, b) => Dataset.fromFolder(a, b),
    (a, b) => Dataset.fromIdx(a, a, b),
    (a) => Dataset.scanFolder(a === '' || a === 'text' ? '/nowhere' : a),
    (a, b) => Dataset.fromFolder('/nowhere', { model: b ?? a }),
    (a, b) => dataset.split(a, b),
    (a) => dataset.subset(a),
    (a) => dataset.image(a),
    (a) => dataset.label(a),
    (a) => dataset.path(a),
    (a, b) => Trainer.create(a, b),
    (a, b) => Trainer.create(a, dataset, b),
    (a, b) => Trainer.resume(a, dataset, b),
    (a, b) => Trainer.resume('/nowhere', a, b),
    (a) => typeof a === 'string' || trainer.save(a),
    (a) => trainer.snapshot(a),
    (a, b) => decodeImage(a, b),
    (a) => imageInfo(a),
    (a, b) => prepareDigit(a, b),
    (a) => savePng(a, '/nowhere/x.png'),
  ];
}

const EXPECTED = [MnistcnnError, TypeError, RangeError];
const isExpected = (error) =>
  EXPECTED.some((kind) => error instanceof kind) ||
  error?.message === 'aborted' ||
  ['ENOENT', 'ENOTDIR', 'ERR_INVALID_URL_SCHEME', 'ENAMETOOLONG', 'EACCES'].includes(error?.code);

async function outcome(call, a, b) {
  try {
    const result = await call(a, b);
    if (typeof result?.dispose === 'function' && !(result instanceof Model && result === a)) result.dispose();
    return 'answered';
  } catch (error) {
    if (isExpected(error)) return 'refused';
    throw error;
  }
}

async function callWrongly(count) {
  const random = randomNumbers(11);
  const model = smallModel();
  const dataset = smallDataset(9);
  const trainer = await Trainer.create(smallModel(), dataset, { epochs: 2 });
  const [goneModel, goneDataset] = [smallModel(), smallDataset(9)];
  goneModel.dispose();
  goneDataset.dispose();
  const all = subjects(model, dataset, trainer);
  const outcomes = { answered: 0, refused: 0 };
  for (let i = 0; i < count; i += 8) {
    const some = Array.from({ length: Math.min(8, count - i) }, (_, k) => {
      const values = wrongValues([goneModel, goneDataset, dataset, trainer]);
      return outcome(all[(i + k) % all.length], values[random(values.length)], values[random(values.length)]);
    });
    for (const each of await Promise.all(some)) outcomes[each]++;
  }
  assert.ok(outcomes.refused > 0.7 * count, JSON.stringify(outcomes));
  trainer.dispose();
  assert.equal((await smallModel().predictBatch(pixels)).length, 9);
  return outcomes;
}

// --- many of them -----------------------------------------------------------------------------------

/** The bytes that C has allocated and not freed, where AddressSanitizer counts them. */
async function allocatedBytes() {
  const sanitizer = process.env.LD_PRELOAD;
  if (!sanitizer) return 0;
  const count = koffi.load(sanitizer).func('__sanitizer_get_current_allocated_bytes', 'size_t', []);
  await collect();
  return Number(count());
}

async function collect() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How many bytes each has left behind. */
async function loadAndFree(count) {
  const bytes = smallModel().toBuffer();
  const expected = smallModel().predictBatchSync(pixels);
  const once = async (i) => {
    const model = i % 2 ? await Model.load(bytes) : Model.loadSync(bytes);
    assert.deepEqual(i % 4 > 1 ? await model.predictBatch(pixels) : model.predictBatchSync(pixels), expected);
    model.dispose();
  };
  for (let i = 0; i < 50; i++) await once(i);
  const before = await allocatedBytes();
  for (let i = 0; i < count; i++) await once(i);
  const left = Math.round(((await allocatedBytes()) - before) / count);
  assert.ok(left < MOST_BYTES_LEFT, `${left} bytes an object`);
  return left;
}

function work(model) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { model, options: SMALL } });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

async function inWorker() {
  const model = await Model.load(workerData.model);
  const expected = model.predictBatchSync(pixels);
  for (let i = 0; i < 30; i++) assert.deepEqual(await model.predictBatch(pixels), expected);
  const own = Model.create(workerData.options);
  const dataset = smallDataset(30);
  await own.train(dataset, { epochs: 2 });
  dataset.dispose();
  own.dispose();
}

if (isMainThread) {
  const outcomes = await callWrongly(calls);
  const left = await loadAndFree(objects);
  const bytes = smallModel().toBuffer();
  await Promise.all(Array.from({ length: workers }, () => work(bytes)));
  await collect();
  console.log(
    `${calls} calls (${outcomes.refused} refused, ${outcomes.answered} answered), ` +
      `${objects} objects (${left} bytes left of each), ${workers} workers`,
  );
} else {
  await inWorker();
}
