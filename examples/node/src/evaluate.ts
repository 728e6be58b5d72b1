import { availableParallelism } from 'node:os';

import { checkBoolean, checkFunction, checkOptions, checkSignal } from './check';
import { call, check, defaults, ErrorBuffer, Struct } from './ffi';
import type { Model } from './model';
import { handleOf } from './owner';
import { optionNames, setOptions, toObject } from './options';
import { callMonitored } from './progress';
import type { EvaluateOptions, Evaluation } from './types';

const OUTPUTS = ['confusionCapacity', 'probabilitiesCapacity'];
const OPTIONS = [
  ...optionNames('mnistcnn_evaluate_options').filter((name) => !OUTPUTS.includes(name)),
  'probabilities',
  'signal',
  'onProgress',
];

interface Request {
  readonly given: EvaluateOptions;
  readonly struct: Struct<'mnistcnn_evaluate_options'>;
  readonly metrics: Struct<'mnistcnn_metrics'>;
  readonly confusion: BigUint64Array;
  readonly probabilities: Float32Array | undefined;
}

function request(model: Model, numImages: number, options: unknown): Request {
  const given = checkOptions('options', options, OPTIONS) as EvaluateOptions;
  checkSignal(given.signal);
  checkFunction('onProgress', given.onProgress);
  const classes = model.numClasses;
  const wanted = given.probabilities !== undefined && checkBoolean('probabilities', given.probabilities);
  const probabilities = wanted ? new Float32Array(numImages * classes) : undefined;
  const confusion = new BigUint64Array(classes * classes);
  const struct = defaults('mnistcnn_evaluate_options').set('num_threads', availableParallelism());
  setOptions(struct, { ...given, probabilities: undefined });
  struct.set('confusion', confusion).set('confusion_capacity', confusion.length);
  if (probabilities)
    struct.set('probabilities', probabilities).set('probabilities_capacity', probabilities.length);
  return { given, struct, metrics: new Struct('mnistcnn_metrics'), confusion, probabilities };
}

function evaluation({ metrics, confusion, probabilities }: Request, classes: number): Evaluation {
  const rows = Array.from({ length: classes }, (_, i) =>
    Array.from(confusion.subarray(i * classes, (i + 1) * classes), Number),
  );
  const figures = toObject(metrics) as unknown as Evaluation;
  return { ...figures, confusion: rows, ...(probabilities && { probabilities }) };
}

export async function evaluate(model: Model, dataset: unknown, options?: unknown): Promise<Evaluation> {
  const images = handleOf(dataset, 'dataset');
  const network = handleOf(model, 'model');
  const wish = request(model, call('mnistcnn_dataset_num_images', images.readable), options);
  wish.given.signal?.throwIfAborted();
  const { numClasses } = model;
  const releases = [network.read(), images.read()];
  await callMonitored(
    'mnistcnn_evaluate',
    [network.address, images.address, wish.struct.bytes, wish.metrics.bytes],
    wish.struct,
    [network, images, wish],
    {
      ...wish.given,
      ended: () => {
        releases.forEach((release) => {
          release();
        });
      },
    },
  );
  return evaluation(wish, numClasses);
}

export function evaluateSync(model: Model, dataset: unknown, options?: unknown): Evaluation {
  const images = handleOf(dataset, 'dataset');
  const wish = request(model, call('mnistcnn_dataset_num_images', images.readable), options);
  if (wish.given.signal || wish.given.onProgress)
    throw new TypeError('options: signal and onProgress need an asynchronous call');
  const error = new ErrorBuffer();
  wish.struct.point('error', error);
  check(
    call(
      'mnistcnn_evaluate',
      handleOf(model, 'model').readable,
      images.readable,
      wish.struct.bytes,
      wish.metrics.bytes,
    ),
    error,
  );
  return evaluation(wish, model.numClasses);
}
