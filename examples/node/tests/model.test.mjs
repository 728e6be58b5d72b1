import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { Dataset, Model, MnistcnnError } from 'mnistcnn';
import { CLASSES, SMALL, smallDataset, smallModel, strokes, temporaryFolder } from './support.mjs';

const { pixels } = strokes(6);

describe('a model', () => {
  it('is created with the options that are given', () => {
    const model = smallModel();
    assert.deepEqual(model.inputShape, { height: 8, width: 8, channels: 1 });
    assert.deepEqual(model.classNames, CLASSES);
    assert.equal(model.numClasses, 3);
    assert.equal(model.numParameters, (9 + 1) * 4 + (6 * 6 * 4 + 1) * 16 + (16 + 1) * 3);
    assert.match(model.architecture, /^conv 4 3x3/);
    assert.match(model.summary(), /conv2d_1/);
    assert.equal(model.temperature, 1);
    assert.ok(model.predictCost().multiplyAdds > 1000);
  });

  it('has the same weights with the same seed, others with another one', () => {
    const first = smallModel(7).weights('conv2d_1', 'kernel');
    assert.equal(first.length, 36);
    assert.deepEqual(smallModel(7).weights(0, 'kernel'), first);
    assert.notDeepEqual(smallModel(8).weights(0, 'kernel'), first);
    assert.deepEqual(smallModel(7n).weights(0, 'kernel'), first);
  });

  it('comes from a preset', () => {
    const model = Model.create({ preset: 'best' });
    assert.equal(model.numClasses, 10);
    assert.throws(() => Model.create({ preset: 'worst' }), { code: 'MNISTCNN_NOT_FOUND' });
  });

  it('describes its layers', () => {
    const [conv, activation] = smallModel().layers;
    assert.equal(conv.kind, 'conv2d');
    assert.equal(conv.name, 'conv2d_1');
    assert.deepEqual(conv.kernelShape, [3, 3, 1, 4]);
    assert.equal(conv.hasBias, true);
    assert.equal(conv.activation, 'relu');
    assert.equal(activation.kind, 'flatten');
  });

  it('changes names, temperature, notes, weights, preparation and instruction set', () => {
    const model = smallModel();
    model.setClassNames(['a', 'b', 'ü']);
    assert.deepEqual(model.classNames, ['a', 'b', 'ü']);
    model.temperature = 2;
    assert.equal(model.temperature, 2);
    model.setNote('author', 'me');
    assert.equal(model.notes.author, 'me');
    model.setNote('author', undefined);
    assert.deepEqual(model.notes, {});
    const bias = Float32Array.from([1, 2, 3, 4]);
    model.setWeights('conv2d_1', 'bias', bias);
    assert.deepEqual(model.weights(0, 'bias'), bias);
    model.setPreparation({ prepare: 'digit', invert: true, scale: 0.5, mean: [1, 2, 3] });
    assert.equal(model.preparation.prepare, 'digit');
    assert.equal(model.preparation.invert, true);
    assert.equal(model.preparation.scale, 0.5);
    model.instructionSet = 'portable';
    assert.equal(model.instructionSet, 'portable');
    assert.throws(() => {
      model.instructionSet = 'mmx';
    }, MnistcnnError);
  });

  it('is saved and loaded: files, URLs, buffers, in both manners', async () => {
    const folder = temporaryFolder();
    const model = smallModel();
    const expected = model.predictBatchSync(pixels);
    const path = join(folder, 'möd el.safetensors');
    await model.save(path);
    const other = join(folder, 'other.safetensors');
    model.saveSync(pathToFileURL(other));
    assert.deepEqual(readFileSync(other), readFileSync(path));
    assert.deepEqual(model.toBuffer(), readFileSync(path));
    for (const copy of [
      await Model.load(path),
      Model.loadSync(pathToFileURL(path)),
      await Model.load(model.toBuffer()),
      Model.loadSync(new Uint8Array(model.toBuffer()).buffer),
      model.clone(),
    ]) {
      assert.deepEqual(copy.predictBatchSync(pixels), expected);
      assert.deepEqual(copy.classNames, CLASSES);
    }
  });

  it('is refused with a message and its code', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'damaged.safetensors');
    writeFileSync(path, 'no model');
    await assert.rejects(Model.load(path), (error) => {
      assert.ok(error instanceof MnistcnnError && error instanceof Error);
      assert.equal(error.name, 'MnistcnnError');
      assert.equal(error.code, 'MNISTCNN_FORMAT');
      assert.equal(error.status, -4);
      assert.match(error.message, /damaged\.safetensors/);
      return true;
    });
    await assert.rejects(Model.load(join(folder, 'none')), { code: 'MNISTCNN_NOT_FOUND' });
    await assert.rejects(Model.load(new Uint8Array(0)), { code: 'MNISTCNN_FORMAT' });
    await assert.rejects(Model.load(smallModel().toBuffer(), { maxMemoryBytes: 1000 }), {
      code: 'MNISTCNN_LIMIT',
    });
    assert.throws(() => Model.create({ architecture: 'conv 4 99x99' }), {
      code: 'MNISTCNN_ARCHITECTURE',
      message: /99/,
    });
    await assert.rejects(smallModel().save(join(folder, 'no/folder/x')), MnistcnnError);
  });

  it('keeps the old file if the new one cannot be written', async () => {
    const path = join(temporaryFolder(), 'model.safetensors');
    await smallModel(1).save(path);
    const before = readFileSync(path);
    await assert.rejects(smallModel(2).save(join(path, 'below')), MnistcnnError);
    assert.deepEqual(readFileSync(path), before);
    assert.equal(statSync(path).size, before.length);
  });

  it('two failures at once have their own messages', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `/nowhere/${i}.safetensors`);
    const failures = await Promise.allSettled(names.map((name) => Model.load(name)));
    failures.forEach(({ reason }, i) =>
      assert.ok(reason.message.includes(`/nowhere/${i}.safetensors`), reason.message),
    );
  });

  it('that is shipped reads digits', async () => {
    const model = await Model.pretrained();
    assert.deepEqual(model.classNames, [...'0123456789']);
    assert.deepEqual(Model.pretrainedSync().toBuffer(), model.toBuffer());
    assert.equal(model.preparation.prepare, 'digit');
  });

  it('is evaluated', async () => {
    const model = smallModel();
    const dataset = smallDataset(30);
    const result = await model.evaluate(dataset, { probabilities: true, loss: 'categorical_cross_entropy' });
    assert.equal(result.count, 30);
    assert.equal(result.accuracy, result.correct / 30);
    assert.equal(
      result.confusion.flat().reduce((sum, n) => sum + n),
      30,
    );
    assert.deepEqual(
      result.confusion.map((row) => row.reduce((sum, n) => sum + n)),
      [10, 10, 10],
    );
    assert.equal(typeof result.loss, 'number');
    assert.deepEqual(result.probabilities, model.predictBatchSync(strokes(30).pixels));
    assert.deepEqual(
      model.evaluateSync(dataset, { probabilities: true, loss: 'categorical_cross_entropy' }),
      result,
    );
    assert.equal((await model.evaluate(dataset)).probabilities, undefined);
  });

  it('is calibrated, and rejects what it is not sure of', async () => {
    const { pixels, labels, ...rest } = strokes(60);
    const background = Dataset.fromArrays({
      ...rest,
      pixels,
      labels: labels.map((label, i) => (i < 9 ? -1 : label)),
    });
    const dataset = smallDataset(60);
    const model = smallModel();
    await model.train(dataset, { epochs: 3, optimizer: 'adam' });
    const sync = model.clone();
    assert.equal(model.rejectionThreshold, 0);
    await model.calibrate(background, { accepted: 0.8 });
    sync.calibrateSync(background, { accepted: 0.8 });
    assert.deepEqual(model.toBuffer(), sync.toBuffer());
    assert.ok(model.temperature !== 1 && model.rejectionThreshold > 0 && model.rejectionThreshold <= 1);
    const {
      count,
      background: of,
      rejected,
      backgroundRejected,
      probabilities,
    } = await model.evaluate(background, {
      probabilities: true,
    });
    assert.deepEqual([count, of, background.label(0)], [51, 9, -1]);
    const unsure = Array.from({ length: 60 }, (_, i) =>
      Math.max(...probabilities.subarray(3 * i, 3 * i + 3)),
    ).map((largest) => largest < model.rejectionThreshold);
    assert.equal(backgroundRejected, unsure.slice(0, 9).filter(Boolean).length);
    assert.equal(rejected, unsure.slice(9).filter(Boolean).length);
    model.rejectionThreshold = 1;
    await assert.rejects(model.predict({ data: pixels.subarray(0, 64), width: 8, height: 8 }), {
      code: 'MNISTCNN_NO_DIGIT',
    });
    await assert.rejects(model.calibrate(dataset, { accepted: 2 }), { message: /accepted/ });
    await assert.rejects(model.calibrate(model), TypeError);
    assert.throws(() => {
      model.rejectionThreshold = -1;
    }, MnistcnnError);
    const busy = model.calibrate(dataset);
    assert.throws(() => model.clone(), { code: 'MNISTCNN_STATE', message: /being calibrated/ });
    await busy;
    model.calibrate(smallDataset(60, 2)).catch(() => undefined);
    model.dispose(); // when the call has ended
  });
});

it('options of create() are those of the library', () => {
  assert.throws(() => Model.create({ ...SMALL, numClasses: 4 }), RangeError);
  assert.throws(() => Model.create({ ...SMALL, architecure: '' }), {
    name: 'TypeError',
    message: /architecture/,
  });
});
