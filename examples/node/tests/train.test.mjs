import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Dataset, Model, MnistcnnError, Trainer } from 'mnistcnn';
import {
  CLASSES,
  longTraining,
  sleep,
  smallDataset,
  smallModel,
  strokes,
  temporaryFolder,
  writeFolders,
} from './support.mjs';

const OPTIONS = {
  epochs: 4,
  batchSize: 8,
  optimizer: 'adam',
  learningRate: 0.01,
  loss: 'categorical_cross_entropy',
  threads: 1,
};
const { pixels } = strokes(9, 5);

describe('train()', () => {
  it('learns, and says so', async () => {
    const model = smallModel();
    const validation = smallDataset(30, 2);
    const { history, last } = await model.train(smallDataset(120), { ...OPTIONS, epochs: 12, validation });
    assert.equal(history.length, 12);
    assert.equal(last, history[11]);
    assert.deepEqual(
      history.map(({ epoch }) => epoch),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    assert.ok(last.loss < history[0].loss);
    assert.ok(last.validationAccuracy > 0.9, String(last.validationAccuracy));
    assert.equal((await model.evaluate(validation)).accuracy, last.validationAccuracy);
  });

  it('gives the same model in every manner', async () => {
    const models = Array.from({ length: 5 }, () => smallModel());
    const dataset = smallDataset();
    await models[0].train(dataset, OPTIONS);
    models[1].trainSync(dataset, OPTIONS);
    const trainer = await Trainer.create(models[2], dataset, { ...OPTIONS, threads: 2 });
    for await (const _ of trainer) {
      /* to the end */
    }
    await (await Trainer.create(models[3], dataset, OPTIONS)).run();
    const parts = await Trainer.create(models[4], dataset, OPTIONS);
    for await (const { event } of parts) if (event === 'epoch_end') break;
    assert.equal(parts.finished, false);
    await parts.run();
    const bytes = models.map((model) => model.toBuffer());
    for (const each of bytes) assert.deepEqual(each, bytes[0]);
  });

  it('adopts the names of the dataset', async () => {
    const model = Model.create({
      inputHeight: 8,
      inputWidth: 8,
      inputChannels: 1,
      numClasses: 3,
      architecture: 'flatten, dense classes softmax',
    });
    assert.deepEqual(model.classNames, ['0', '1', '2']);
    await model.train(smallDataset(), { epochs: 1 });
    assert.deepEqual(model.classNames, CLASSES);
  });

  it('reports each epoch, and takes the time that a slow report needs', async () => {
    const seen = [];
    await smallModel().train(smallDataset(), {
      ...OPTIONS,
      onProgress: async ({ event, epoch }) => {
        await sleep(5);
        if (event === 'epoch_end') seen.push(epoch);
      },
    });
    assert.deepEqual(seen, [1, 2, 3, 4]);
    const inSync = [];
    smallModel().trainSync(smallDataset(), {
      ...OPTIONS,
      onProgress: ({ event, epoch }) => event === 'epoch_end' && inSync.push(epoch),
    });
    assert.deepEqual(inSync, [1, 2, 3, 4]);
  });

  it('ends with what a report throws, and gives the model back', async () => {
    const model = smallModel();
    const failure = new Error('enough');
    let calls = 0;
    const onProgress = () => {
      calls++;
      throw failure;
    };
    await assert.rejects(
      model.train(smallDataset(), { ...OPTIONS, epochs: 1000, onProgress }),
      (error) => error === failure,
    );
    await assert.rejects(
      model.train(smallDataset(), { ...OPTIONS, epochs: 1000, onProgress: () => Promise.reject(failure) }),
      (error) => error === failure,
    );
    assert.throws(
      () => model.trainSync(smallDataset(), { ...OPTIONS, onProgress }),
      (error) => error === failure,
    );
    assert.equal(calls, 2);
    assert.equal(model.predictBatchSync(pixels).length, 27);
  });

  it('refuses what cannot be', async () => {
    const model = smallModel();
    const dataset = smallDataset();
    await assert.rejects(model.train(dataset, { ...OPTIONS, epochs: 0 }), {
      code: 'MNISTCNN_INVALID_ARGUMENT',
      message: /epochs/,
    });
    await assert.rejects(model.train(dataset, { learningRate: Number.NaN }), MnistcnnError);
    await assert.rejects(model.train(dataset, { epoch: 3 }), { name: 'TypeError', message: /"epochs"/ });
    await assert.rejects(model.train(dataset, { optimizer: 'adem' }), {
      name: 'RangeError',
      message: /"adam"/,
    });
    await assert.rejects(model.train(dataset, { epochs: 1.5 }), RangeError);
    await assert.rejects(model.train(dataset, { shuffle: 1 }), TypeError);
    await assert.rejects(model.train(dataset, { keepBest: true }), MnistcnnError);
    await assert.rejects(model.train(dataset, { validation: {} }), { message: /validation/ });
    await assert.rejects(model.train(dataset, { classWeights: [1, 2] }), MnistcnnError);
    await assert.rejects(model.train(dataset, { classWeights: 'x' }), TypeError);
    await assert.rejects(model.train({}), TypeError);
    await assert.rejects(Trainer.create({}, dataset), { message: /^model: expected a model/ });
    await assert.rejects(model.train(dataset, { preset: 'none' }), { code: 'MNISTCNN_NOT_FOUND' });
    assert.equal((await model.train(dataset, { preset: 'tutorial', epochs: 1 })).last.epoch, 1);
    assert.equal(
      (await model.train(dataset, { ...OPTIONS, epochs: 1, classWeights: [1, 2, 0.5] })).last.epoch,
      1,
    );
  });

  it('is cancelled by a signal, with its reason', async () => {
    const { model, dataset, options } = longTraining();
    const reason = new Error('no more');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 100);
    const start = performance.now();
    await assert.rejects(
      model.train(dataset, { ...options, signal: controller.signal }),
      (error) => error === reason,
    );
    assert.ok(performance.now() - start < 20000);
    await assert.rejects(
      model.train(dataset, { ...options, signal: controller.signal }),
      (error) => error === reason,
    );
    await assert.rejects(
      model.train(dataset, { ...options, signal: AbortSignal.timeout(50), onProgress() {} }),
      { name: 'TimeoutError' },
    );
    assert.equal(model.predictBatchSync(new Uint8Array(784)).length, 3);
  });
});

describe('a trainer', () => {
  it('has its model for itself', async () => {
    const model = smallModel();
    const dataset = smallDataset();
    const trainer = await Trainer.create(model, dataset, OPTIONS);
    await assert.rejects(model.predictBatch(pixels), { code: 'MNISTCNN_STATE', message: /being trained/ });
    assert.throws(() => model.predictBatchSync(pixels), { code: 'MNISTCNN_STATE' });
    assert.throws(() => model.toBuffer(), { code: 'MNISTCNN_STATE' });
    assert.throws(
      () => {
        model.temperature = 2;
      },
      { code: 'MNISTCNN_STATE' },
    );
    await assert.rejects(model.train(dataset), { code: 'MNISTCNN_STATE' });
    await assert.rejects(Trainer.create(model, dataset), { code: 'MNISTCNN_STATE' });
    const first = trainer.run();
    await assert.rejects(trainer.run(), { code: 'MNISTCNN_STATE', message: /running/ });
    await first;
    assert.equal((await model.predictBatch(pixels)).length, 27);
    assert.equal(trainer.finished, true);
    assert.equal(trainer.history.length, 4);
    await assert.rejects(trainer.snapshot(), { code: 'MNISTCNN_STATE' });
    assert.equal((await trainer.run()).last.epoch, 4);
  });

  it('gives models while it goes on', async () => {
    const { model, dataset, options } = longTraining();
    const trainer = await Trainer.create(model, dataset, options);
    let steps = 0;
    for await (const progress of trainer) {
      steps = Math.max(steps, progress.step);
      const copy = await trainer.snapshot();
      assert.equal((await copy.predictBatch(new Uint8Array(784))).length, 3);
      copy.dispose();
      break;
    }
    assert.equal(trainer.progress.epoch >= 1, true);
    trainer.dispose();
    trainer.dispose();
    assert.equal((await model.predictBatch(new Uint8Array(784))).length, 3);
    assert.throws(() => trainer.progress, { message: /disposed/ });
  });

  it('goes on while the event loop is blocked', async () => {
    const { model, dataset, options } = longTraining();
    const trainer = await Trainer.create(model, dataset, options);
    for await (const { step, epoch } of trainer) {
      const until = performance.now() + 400;
      while (performance.now() < until) {
        /* block */
      }
      const now = trainer.progress;
      assert.ok(now.epoch > epoch || now.step > step + 5, `${now.step} after ${step}`);
      break;
    }
    trainer.dispose();
  });

  it('leaves the event loop and the pool free', async () => {
    const trainings = [longTraining(), longTraining(), longTraining()];
    const trainers = await Promise.all(
      trainings.map(({ model, dataset, options }) => Trainer.create(model, dataset, options)),
    );
    const runs = trainers.map((trainer) => trainer.run().catch(() => undefined));
    const model = smallModel();
    for (let i = 0; i < 5; i++) {
      await stat('.');
      await model.predictBatch(pixels);
    }
    trainers.forEach((trainer) => trainer.stop());
    await Promise.all(runs);
    trainers.forEach((trainer) => trainer.dispose());
  });

  it('resumes from a checkpoint with the same result', async () => {
    const folder = temporaryFolder();
    const checkpoint = join(folder, 'checkpoint.safetensors');
    const [dataset, validation] = [smallDataset(), smallDataset(30, 2)];
    const whole = smallModel();
    await whole.train(dataset, { ...OPTIONS, validation });
    const trainer = await Trainer.create(smallModel(), dataset, {
      ...OPTIONS,
      validation,
      checkpointPath: checkpoint,
    });
    for await (const { event, epoch } of trainer) if (event === 'epoch_end' && epoch === 2) break;
    trainer.dispose();
    assert.ok(existsSync(checkpoint));
    const resumed = await Trainer.resume(checkpoint, dataset, { validation });
    assert.ok(resumed.history.length >= 2);
    const { history } = await resumed.run();
    assert.equal(history.length, 4);
    assert.deepEqual(resumed.model.toBuffer(), whole.toBuffer());
    const more = await Trainer.resume(checkpoint, dataset, { validation, epochs: 6 });
    const manual = join(folder, 'manual.safetensors');
    await more.save(manual);
    assert.equal((await more.run()).history.length, 6);
    (await Trainer.resume(manual, dataset, { validation })).dispose();
    await assert.rejects(Trainer.resume(checkpoint, smallDataset(60), { validation }), {
      code: 'MNISTCNN_SHAPE_MISMATCH',
    });
    await assert.rejects(Trainer.resume(join(folder, 'none'), dataset), { code: 'MNISTCNN_NOT_FOUND' });
  });

  it('that is disposed while it runs ends quietly', async () => {
    const { model, dataset, options } = longTraining();
    const trainer = await Trainer.create(model, dataset, options);
    const end = trainer.run().then(
      () => 'ended',
      (error) => error.code,
    );
    await sleep(60);
    trainer.dispose();
    assert.ok(['ended', 'MNISTCNN_STATE'].includes(await end));
    assert.equal(model.predictBatchSync(new Uint8Array(784)).length, 3);
    model.dispose();
    dataset.dispose();
  });
});

describe('a dataset', () => {
  it('comes from folders', async () => {
    const folder = await writeFolders(join(temporaryFolder(), 'images'), 6);
    assert.deepEqual(await Dataset.scanFolder(folder), { classNames: CLASSES, numImages: 18 });
    assert.deepEqual(Dataset.scanFolderSync(folder), { classNames: CLASSES, numImages: 18 });
    const seen = [];
    const dataset = await Dataset.fromFolder(folder, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual([dataset.numImages, dataset.numClasses, dataset.numSkipped], [18, 3, 0]);
    assert.deepEqual(dataset.shape, { height: 8, width: 8, channels: 1 });
    assert.deepEqual(dataset.classNames, CLASSES);
    assert.equal(dataset.path(0), 'diagonal/000.png');
    assert.deepEqual([...dataset.labels()], [...Array(6).fill(0), ...Array(6).fill(1), ...Array(6).fill(2)]);
    assert.equal(seen.at(-1).imagesDone, 18);
    assert.deepEqual(Dataset.fromFolderSync(folder).image(17), dataset.image(17));
    const model = smallModel();
    const like = await Dataset.fromFolder(folder, { model });
    assert.equal((await model.evaluate(like)).count, 18);
    const resized = await Dataset.fromFolder(folder, { height: 12, width: 10, channels: 3, threads: 2 });
    assert.deepEqual(resized.shape, { height: 12, width: 10, channels: 3 });
    const open = await Dataset.fromFolder(folder, { background: CLASSES[2] });
    assert.deepEqual([open.numImages, open.numClasses, open.labels().at(-1)], [18, 2, -1]);
    await assert.rejects(Dataset.fromFolder(folder, { background: 'signs' }), { message: /signs/ });
    await assert.rejects(Dataset.fromFolder(join(folder, 'diagonal')), { code: 'MNISTCNN_FORMAT' });
    await assert.rejects(Dataset.fromFolder('/nowhere'), MnistcnnError);
    await assert.rejects(Dataset.scanFolder('/nowhere'), { message: /nowhere/ });
    assert.throws(() => Dataset.scanFolderSync('/nowhere'), { message: /nowhere/ });
    assert.throws(() => Dataset.fromFolderSync(folder, { signal: AbortSignal.timeout(1) }), TypeError);
    await assert.rejects(
      Dataset.fromFolder(folder, {
        onProgress: () => {
          throw new Error('stop');
        },
      }),
      { message: 'stop' },
    );
    await assert.rejects(Dataset.fromFolder(folder, { signal: AbortSignal.abort(new Error('why')) }), {
      message: 'why',
    });
  });

  it('comes from IDX files', async () => {
    const folder = temporaryFolder();
    const { pixels: bytes, labels } = strokes(12);
    const number = (value) => [0, 0, 0, value];
    const images = join(folder, 'images');
    writeFileSync(images, Buffer.from([0, 0, 8, 3, ...number(12), ...number(8), ...number(8), ...bytes]));
    writeFileSync(join(folder, 'labels.gz'), gzipSync(Buffer.from([0, 0, 8, 1, ...number(12), ...labels])));
    const dataset = await Dataset.fromIdx(images, join(folder, 'labels.gz'));
    assert.deepEqual([dataset.numImages, dataset.numClasses, dataset.classNames], [12, 3, undefined]);
    assert.deepEqual(dataset.image(1), bytes.subarray(64, 128));
    assert.equal(dataset.path(0), undefined);
    const turned = Dataset.fromIdxSync(images, join(folder, 'labels.gz'), { idxTranspose: true });
    assert.equal(turned.image(0)[8], bytes[1]);
    await assert.rejects(Dataset.fromIdx(images, images), { code: 'MNISTCNN_FORMAT' });
    await assert.rejects(Dataset.fromIdx(images, join(folder, 'none')), MnistcnnError);
  });

  it('is split and selected', () => {
    const dataset = smallDataset(90);
    const [most, some] = dataset.split(0.2, 3);
    assert.deepEqual([most.numImages, some.numImages], [72, 18]);
    const few = dataset.subset([5, 1, 5]);
    assert.deepEqual([...few.labels()], [2, 1, 2]);
    assert.deepEqual(few.image(0), dataset.image(5));
    dataset.dispose();
    assert.equal(most.image(0).length, 64);
    assert.throws(() => dataset.numImages, {
      code: 'MNISTCNN_STATE',
      message: 'the dataset has been disposed',
    });
    assert.throws(() => most.split(2), MnistcnnError);
    assert.throws(() => most.subset([]), MnistcnnError);
    assert.throws(() => most.subset([72]), RangeError);
    assert.throws(() => most.image(-1), RangeError);
  });

  it('of arrays is checked', () => {
    const arrays = strokes(6);
    assert.throws(() => Dataset.fromArrays({ ...arrays, labels: [0, 1] }), MnistcnnError);
    assert.throws(() => Dataset.fromArrays({ ...arrays, labels: [0, 1, 2, 0, 1, 3] }), MnistcnnError);
    assert.throws(() => Dataset.fromArrays({ ...arrays, labels: [0, 1, 2, 0, 1, -2] }), RangeError);
    assert.throws(() => Dataset.fromArrays({ ...arrays, pixels: new Float32Array(384) }), TypeError);
    assert.throws(
      () => Dataset.fromArrays({ ...arrays, shape: { height: 8, width: 9, channels: 1 } }),
      MnistcnnError,
    );
    assert.throws(() => Dataset.fromArrays({ ...arrays, shape: undefined }), {
      name: 'TypeError',
      message: /^shape\.height/,
    });
    assert.throws(() => Dataset.fromArrays(undefined), TypeError);
    assert.equal(Dataset.fromArrays({ ...arrays, classNames: undefined }).numClasses, 3);
    assert.equal(Dataset.fromArrays({ ...arrays, classNames: undefined }).classNames, undefined);
    assert.equal(
      Dataset.fromArrays({ ...arrays, classNames: undefined, numClasses: 7, labels: new Int32Array(6) })
        .numClasses,
      7,
    );
  });
});
