// A training from beginning to end, wherever it runs (worker.js): settings in, progress out, a model at last.
import { MnistcnnError, invalid } from './errors.js';
import { Model } from './model.js';
import { Dataset, Trainer, evaluate } from './trainer.js';

// Short, so that cancelling is soon noticed; progress is told at most ten times a second.
const sliceSeconds = 0.025;
const betweenReports = 100;

const leastPerClass = 4;

/** For symbols of 28 x 28: learns in seconds, and reads digits to 99 % after an epoch of MNIST. */
export const smallArchitecture =
  'conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dropout 0.25, dense 96 relu, dense classes softmax';

function checkLabels(labels, classes) {
  const counts = new Array(classes.length).fill(0);
  for (const label of labels) {
    if (!(label in counts)) throw invalid(`labels: ${label} is no class of ${classes.length}`);
    counts[label]++;
  }
  if (classes.length < 2)
    throw invalid('a network has to tell things apart: at least two classes are needed');
  const few = counts.findIndex((count) => count < leastPerClass);
  if (few >= 0)
    throw invalid(
      `"${classes[few]}" has ${counts[few]} examples: at least ${leastPerClass} of each class are needed`,
    );
}

// Weights of the layers that are alike in both, so that what one has learned serves the other.
function copyAlike(from, to) {
  for (let layer = 0; layer < Math.min(from.layerCount, to.layerCount); layer++) {
    for (const which of [0, 1]) {
      const weights = from.weights(layer, which);
      if (weights && weights.length === (to.weights(layer, which)?.length ?? 0))
        to.setWeights(layer, which, weights);
    }
  }
}

function startModel(instance, job) {
  if (job.model) return Model.load(instance, job.model);
  const { architecture = smallArchitecture, classes, height = 28, width = 28, channels = 1, seed = 1 } = job;
  const { mean = 0.1307, deviation = 0.3081 } = job;
  const model = Model.make(instance, {
    architecture,
    labels: classes,
    height,
    width,
    channels,
    seed,
    mean,
    deviation,
  });
  if (job.start) {
    const start = Model.load(instance, job.start);
    copyAlike(start, model);
    start.free();
  }
  return model;
}

/**
 * @param {{ report(progress: object): void, isCancelled(): Promise<boolean> }} host
 */
export async function runJob(instance, job, host) {
  checkLabels(job.labels, job.classes);
  const all = Dataset.make(instance, job);
  const [train, validation] = job.holdOut > 0 ? all.split(job.holdOut, job.seed ?? 1) : [all, null];
  const model = startModel(instance, job);
  const trainer = new Trainer(model, train, validation, { seed: job.seed ?? 1, ...job.settings });
  const history = [];
  let reported = -Infinity;
  while (!trainer.finished) {
    if (await host.isCancelled()) throw new MnistcnnError('CANCELLED', 'the training was cancelled');
    const progress = trainer.run(sliceSeconds);
    if (progress.isEpochEnd) history.push(progress);
    if (progress.isEpochEnd || performance.now() - reported >= betweenReports) {
      reported = performance.now();
      host.report(progress);
    }
  }
  trainer.free();
  const heldOut = validation ? evaluate(model, validation) : null;
  const bytes = model.save();
  for (const object of [model, all, train, validation]) object?.free();
  return { bytes, history, heldOut };
}
