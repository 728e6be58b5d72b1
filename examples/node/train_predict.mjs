// Shows how to use the library from Node.js, with koffi from npm.
//
//   npm install --ignore-scripts && node train_predict.mjs [LIBRARY]
//
// Loads the shared library, trains briefly on generated images, cancels a second training from a
// callback, predicts a batch and reads an error message. Exit status 77: koffi is not installed.
import assert from 'node:assert/strict';

const koffi = await import('koffi').then((module) => module.default, () => null);
if (!koffi) {
  console.error('skipped: koffi is not installed (npm install --ignore-scripts, in this folder)');
  process.exit(77);
}

const OK = 0, ARCHITECTURE = -6, CANCELLED = -9;
const EVENT_STEP = 1, EVENT_EPOCH_END = 3;
const CATEGORICAL = 1, ADAM = 2;
const SIDE = 12, CLASSES = ['diagonal', 'horizontal', 'vertical'];

// ------------------------------------------------------------------------- declarations ----------

const fields = (type, names) => Object.fromEntries(names.map((name) => [name, type]));

const Progress = koffi.struct('mnistcnn_progress', {
  struct_size: 'uint32_t', event: 'int32_t', epoch: 'uint32_t', epochs: 'uint32_t',
  ...fields('uint64_t', ['step', 'steps', 'images_done', 'images_total']),
  ...fields('double', ['seconds', 'seconds_left', 'learning_rate', 'loss', 'accuracy',
    'binary_accuracy', 'validation_loss', 'validation_accuracy', 'validation_binary_accuracy']),
});
const ProgressCallback = koffi.proto(
  'int32_t mnistcnn_progress_callback(const mnistcnn_progress *progress, void *user)');

const ModelOptions = koffi.struct('mnistcnn_model_options', {
  ...fields('uint32_t',
    ['struct_size', 'input_height', 'input_width', 'input_channels', 'num_classes']),
  initializer: 'int32_t', seed: 'uint64_t', input_mean: 'float', input_std: 'float',
  architecture: 'const char *', class_names: 'void *', allocator: 'void *', error: 'void *',
  preparation: 'void *',
});

const LabelledImages = koffi.struct('mnistcnn_labelled_images', {
  struct_size: 'uint32_t', num_classes: 'uint32_t', pixels: 'const uint8_t *',
  size_bytes: 'size_t', labels: 'const int32_t *', count: 'size_t', class_names: 'const char **',
  ...fields('uint32_t', ['height', 'width', 'channels', 'reserved']),
});

const TrainOptions = koffi.struct('mnistcnn_train_options', {
  ...fields('uint32_t', ['struct_size', 'epochs', 'batch_size', 'num_threads']),
  seed: 'uint64_t',
  ...fields('int32_t', ['loss', 'optimizer', 'schedule', 'augment']),
  ...fields('uint32_t', ['shuffle', 'horizontal_flip', 'nesterov']),
  ...fields('float', ['label_smoothing', 'learning_rate', 'rho', 'momentum', 'beta1', 'beta2',
    'epsilon', 'weight_decay', 'warmup_fraction', 'warmup_start_ratio', 'final_lr_ratio', 'ema_decay',
    'no_augment_fraction', 'rotation', 'shear', 'zoom', 'shift', 'elastic_pixels',
    'dilate', 'calibration_fraction']),
  reserved: 'uint32_t',
  checkpoint_path: 'const char *', checkpoint_writer: 'void *',
  progress: koffi.pointer(ProgressCallback), log: 'void *', user: 'void *',
  monitor: 'void *', error: 'void *',
  ...fields('float', ['l2', 'clip_norm', 'step_factor']), step_epochs: 'uint32_t',
});

const library = koffi.load(process.argv[2] ?? 'libmnistcnn.so.0.1');
const declare = (prototype) => library.func(prototype);
const c = {
  version: declare('const char *mnistcnn_version_string()'),
  lastError: declare('const char *mnistcnn_last_error()'),
  modelOptionsInit: declare(
    'int32_t mnistcnn_model_options_init(_Out_ mnistcnn_model_options *options, size_t size)'),
  trainOptionsInit: declare(
    'int32_t mnistcnn_train_options_init(_Out_ mnistcnn_train_options *options, size_t size)'),
  modelCreate: declare(
    'int32_t mnistcnn_model_create(const mnistcnn_model_options *options, _Out_ void **model)'),
  modelFree: declare('void mnistcnn_model_free(void *model)'),
  datasetCreateCopy: declare(`int32_t mnistcnn_dataset_create_copy(
    const mnistcnn_labelled_images *images, void *allocator, _Out_ void **dataset)`),
  datasetFree: declare('void mnistcnn_dataset_free(void *dataset)'),
  train: declare(`int32_t mnistcnn_train(void *model, void *train, void *validation,
    const mnistcnn_train_options *options, void *last)`),
  predictU8: declare(`int32_t mnistcnn_predict_u8(void *model, void *workspace,
    const uint8_t *images, size_t num_values, _Out_ float *probabilities, size_t capacity)`),
};

class MnistcnnError extends Error {
  constructor(status) {
    super(c.lastError());
    this.status = status;
  }
}

function check(status) {
  if (status !== OK) throw new MnistcnnError(status);
}

// ------------------------------------------------------------------------------ calls ------------

// A bright stroke at a random position on a dark, noisy background.
function stroke(kind, random) {
  const at = 2 + random(SIDE - 4);
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, () => random(40));
  for (let i = 0; i < SIDE; i++) {
    const [y, x] = [[i, (i + at) % SIDE], [at, i], [i, at]][kind];
    pixels[y * SIDE + x] = 180 + random(76);
  }
  return pixels;
}

function join(images) {
  const all = new Uint8Array(images.length * SIDE * SIDE);
  images.forEach((image, i) => all.set(image, i * SIDE * SIDE));
  return all;
}

function createDataset(count, random) {
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
  const pixels = join(Array.from(labels, (kind) => stroke(kind, random)));
  const dataset = [null];
  const images = {
    struct_size: koffi.sizeof(LabelledImages), num_classes: CLASSES.length, pixels,
    size_bytes: pixels.length, labels, count, class_names: CLASSES,
    height: SIDE, width: SIDE, channels: 1, reserved: 0,
  };
  check(c.datasetCreateCopy(images, null, dataset));
  return dataset[0];
}

function createModel(architecture) {
  const options = {};
  const model = [null];
  check(c.modelOptionsInit(options, koffi.sizeof(ModelOptions)));
  Object.assign(options, {
    input_height: SIDE, input_width: SIDE, input_channels: 1, num_classes: CLASSES.length,
    architecture,
  });
  check(c.modelCreate(options, model));
  return model[0];
}

// The callback runs in this thread, during the call.
function train(model, dataset, epochs, onProgress) {
  const options = {};
  const callback = koffi.register(
    (progress) => onProgress(koffi.decode(progress, Progress)), koffi.pointer(ProgressCallback));
  try {
    check(c.trainOptionsInit(options, koffi.sizeof(TrainOptions)));
    Object.assign(options, {
      epochs, loss: CATEGORICAL, optimizer: ADAM, learning_rate: 0.003, progress: callback,
    });
    check(c.train(model, dataset, null, options, null));
  } finally {
    koffi.unregister(callback);
  }
}

function predict(model, images) {
  const probabilities = new Float32Array(images.length * CLASSES.length);
  const pixels = join(images);
  check(c.predictU8(model, null, pixels, pixels.length, probabilities, probabilities.length));
  return images.map((_, i) => {
    const row = probabilities.subarray(i * CLASSES.length, (i + 1) * CLASSES.length);
    const probability = Math.max(...row);
    return { name: CLASSES[row.indexOf(probability)], probability };
  });
}

function failure(action) {
  try {
    action();
  } catch (error) {
    if (error instanceof MnistcnnError) return error;
    throw error;
  }
  throw new Error('a failure was expected');
}

// ------------------------------------------------------------------------------ program ----------

// Random numbers 0..n-1, the same in every run (the generator of Numerical Recipes).
let state = 1;
function random(n) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * n);
}

function report(progress) {
  if (progress.event === EVENT_EPOCH_END) {
    console.log(`epoch ${progress.epoch}/${progress.epochs}: loss ${progress.loss.toFixed(4)}, ` +
      `accuracy ${progress.accuracy.toFixed(4)}`);
  }
  return 0;
}

console.log('libmnistcnn', c.version());
const dataset = createDataset(300, random);
const model = createModel(
  'conv 6 3x3 relu, maxpool 2, flatten, dense 24 relu, dense classes softmax');
try {
  train(model, dataset, 8, report);

  const answers = predict(model, CLASSES.map((_, kind) => stroke(kind, random)));
  answers.forEach(({ name, probability }, kind) => {
    console.log(`a ${CLASSES[kind]} stroke is classified as ${name} (${probability.toFixed(4)})`);
  });

  const cancelled = failure(() => train(model, dataset, 100,
    (progress) => (progress.event === EVENT_STEP && Number(progress.step) === 3 ? 1 : 0)));
  console.log('cancelled:', cancelled.message);
  assert.equal(cancelled.status, CANCELLED);

  const refused = failure(() => createModel('conv 6 99x99 relu, flatten, dense classes softmax'));
  console.log('an error message:', refused.message);
  assert.equal(refused.status, ARCHITECTURE);
  assert.deepEqual(answers.map(({ name }) => name), CLASSES);
} finally {
  c.modelFree(model);
  c.datasetFree(dataset);
}
