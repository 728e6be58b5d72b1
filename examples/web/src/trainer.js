// Training in the thread that calls, a slice of time at once.
import { invalid } from './errors.js';
import { Handle } from './instance.js';
import { Model } from './model.js';

const losses = ['binary-cross-entropy', 'cross-entropy'];
const optimizers = ['rmsprop', 'sgd', 'adam', 'adamw'];
const schedules = ['constant', 'linear', 'cosine', 'one-cycle'];
const affineElastic = 3;
const none = 0;

const defaults = {
  epochs: 8,
  batchSize: 32,
  seed: 1,
  learningRate: 0.001,
  loss: 'cross-entropy',
  optimizer: 'adam',
  schedule: 'one-cycle',
  augment: true,
  rotation: 12,
  shear: 0.1,
  zoom: 0.12,
  shift: 1.5,
  elastic: 0,
  dilate: 0.4,
  weightDecay: 0,
  labelSmoothing: 0,
  average: 0,
  balance: true,
  warmup: 0.2,
  finalRate: 0.01,
  keepBest: false,
  plainEnd: 0,
};

function wordIn(list, name, word) {
  const index = list.indexOf(word);
  if (index < 0) throw invalid(`${name}: "${word}" is none of ${list.join(', ')}`);
  return index;
}

function settingsOf(given) {
  for (const name of Object.keys(given)) {
    if (!(name in defaults)) throw invalid(`training: there is no setting "${name}"`);
  }
  const s = { ...defaults, ...given };
  return Float64Array.of(
    s.epochs,
    s.batchSize,
    s.seed,
    s.learningRate,
    wordIn(losses, 'loss', s.loss),
    wordIn(optimizers, 'optimizer', s.optimizer),
    wordIn(schedules, 'schedule', s.schedule),
    s.augment ? affineElastic : none,
    ...(s.augment ? [s.rotation, s.shear, s.zoom, s.shift, s.elastic, s.dilate] : [0, 0, 0, 0, 0, 0]),
    s.weightDecay,
    s.labelSmoothing,
    s.average,
    s.balance ? 1 : 0,
    s.warmup,
    s.finalRate,
    s.keepBest ? 1 : 0,
    s.plainEnd,
  );
}

/** Images of one size with labels. images: [count][height][width][channels] bytes, labels: class numbers. */
export class Dataset extends Handle {
  constructor(instance, address) {
    super(instance, address, 'dataset_free');
  }

  static make(instance, { images, labels, classes, height = 28, width = 28, channels = 1 }) {
    if (!(images instanceof Uint8Array)) throw invalid('images: are a Uint8Array');
    const numbers = Int32Array.from(labels);
    if (images.length !== numbers.length * height * width * channels) {
      throw invalid(
        `images: ${images.length} bytes are not those of ${numbers.length} images of ${height} x ${width} x ${channels}`,
      );
    }
    return instance.scope((scope) => {
      const pixels = scope.copy(images);
      const names = scope.string(classes.join('\n'));
      const shape = [height, width, channels];
      return new Dataset(
        instance,
        instance.create(
          'dataset_create',
          pixels,
          scope.copy(numbers),
          numbers.length,
          ...shape,
          names,
          classes.length,
        ),
      );
    });
  }

  get size() {
    return this.instance.call('dataset_count', this.address);
  }

  /** Two datasets: of every class this fraction is in the second. */
  split(fraction, seed = 1) {
    return this.instance.scope((scope) => {
      const first = scope.space(4);
      const second = scope.space(4);
      this.instance.check('dataset_split', this.address, fraction, seed, first, second);
      return [first, second].map(
        (at) => new Dataset(this.instance, this.instance.read(Uint32Array, at, 1)[0]),
      );
    });
  }
}

/** { count, correct, loss, accuracy } of a model on a dataset. */
export function evaluate(model, dataset) {
  return model.instance.scope((scope) => {
    const [count, correct, loss, accuracy] = scope.numbers(4, 'evaluate', model.address, dataset.address);
    return { count, correct, loss, accuracy };
  });
}

export class Trainer extends Handle {
  /** The model is the trainer's until that is freed. */
  constructor(model, train, validation, settings = {}) {
    const { instance } = model;
    const address = instance.scope((scope) =>
      instance.create(
        'trainer_create',
        model.address,
        train.address,
        validation?.address ?? 0,
        scope.copy(settingsOf(settings)),
      ),
    );
    super(instance, address, 'trainer_free');
    this.uses = [model, train, validation];
    this.finished = false;
  }

  /** Trains for so many seconds, or to the end of the epoch. */
  run(seconds) {
    return this.instance.scope((scope) => {
      const numbers = scope.numbers(13, 'trainer_run', this.address, seconds);
      const [epoch, epochs, step, steps, imagesDone, images, loss, accuracy] = numbers;
      const [validationLoss, validationAccuracy, learningRate, event, finished] = numbers.subarray(8);
      this.finished = finished === 1;
      return {
        ...{
          epoch,
          epochs,
          step,
          steps,
          imagesDone,
          images,
          loss,
          accuracy,
          validationLoss,
          validationAccuracy,
          learningRate,
        },
        isEpochEnd: event === 3,
        fraction: (epoch - 1 + (steps > 0 ? step / steps : 0)) / epochs,
        finished: this.finished,
      };
    });
  }

  /** A copy of the model as it is now. */
  model() {
    return new Model(this.instance, this.instance.create('trainer_model', this.address));
  }
}
