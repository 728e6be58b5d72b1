import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Model, MnistcnnError } from 'mnistcnn';
import { smallDataset, smallModel, strokes, temporaryFolder } from './support.mjs';

const golden = process.env.MNISTCNN_KERAS_FILES;
const { pixels } = strokes(6);

describe('a model of another framework', () => {
  it('is exported and imported again, as files and in memory', async () => {
    const model = smallModel();
    const expected = model.predictBatchSync(pixels);
    const path = join(temporaryFolder(), 'model.keras');
    await model.export(path);
    for (const copy of [
      await Model.importFile(path),
      Model.importFileSync(path),
      await Model.importFile(await model.toKeras()),
      await Model.importFile(await model.toKeras({ format: 'keras_h5' })),
      Model.importFileSync(model.toKerasSync({ format: 'keras_h5' })),
    ]) {
      copy.predictBatchSync(pixels).forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5));
    }
    for (const [format, unitInput, encoding] of [
      ['onnx', true, 'unit'],
      ['onnx', false, 'raw'],
      ['tfjs', true, 'unit'],
    ]) {
      const file = join(temporaryFolder(), 'model.json');
      await model.export(file, { format, unitInput });
      const copy = await Model.importFile(file, { encoding });
      copy.predictBatchSync(pixels).forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5));
    }
    assert.deepEqual((await Model.fromKeras(path)).toBuffer(), (await Model.importFile(path)).toBuffer());
    assert.deepEqual(Model.fromKerasSync(path).toBuffer(), Model.importFileSync(path).toBuffer());
    await assert.rejects(model.export(path, { unitInput: 'yes' }), TypeError);
    const weights = await model.toKeras({ format: 'keras_weights' });
    await assert.rejects(Model.importFile(weights, { inputHeight: 9 }), MnistcnnError);
    const again = await Model.importFile(weights, {
      architecture: model.architecture,
      inputHeight: 8,
      inputWidth: 8,
    });
    assert.deepEqual(again.weights(0, 'kernel'), model.weights(0, 'kernel'));
  });

  it(
    'that Keras made is imported',
    { skip: golden ? false : 'MNISTCNN_KERAS_FILES is not set' },
    async () => {
      const files = readdirSync(golden).filter((name) =>
        /^(chain|nested|residual)-[\d.]+\.(h5|keras)$/.test(name),
      );
      assert.ok(files.length > 3);
      for (const name of files) {
        const model = await Model.importFile(join(golden, name));
        assert.ok(model.numClasses >= 2, name);
        assert.deepEqual(
          (await Model.importFile(readFileSync(join(golden, name)))).toBuffer(),
          model.toBuffer(),
        );
      }
    },
  );

  it('is tried with every encoding', async () => {
    const dataset = smallDataset();
    const file = await smallModel().toKeras({ format: 'keras_h5' });
    const results = await Model.checkEncodings(file, dataset);
    assert.deepEqual(Model.checkEncodingsSync(file, dataset), results);
    assert.ok(results.length > 5);
    assert.ok(
      results.every(({ encoding, accuracy, count }) => encoding !== '' && accuracy >= 0 && count === 90),
    );
    assert.ok(results.some(({ encoding }) => encoding === 'unit'));
  });

  it('is refused with a message', async () => {
    await assert.rejects(Model.importFile('none.h5'), { message: /none\.h5/ });
    const dataset = smallDataset();
    for (const name of ['notes.txt', 'm.keras', 'm.onnx', 'm.tflite', 'm.pt', 'model.json']) {
      for (const content of ['', 'no model', 'PK\x03\x04', '{"modelTopology": 1}', '\0'.repeat(200)]) {
        const file = join(temporaryFolder(), name);
        writeFileSync(file, content);
        const isNamed = (error) => error instanceof MnistcnnError && error.message.includes(file);
        await assert.rejects(Model.importFile(file), isNamed);
        await assert.rejects(Model.checkEncodings(file, dataset), isNamed);
        assert.throws(() => Model.importFileSync(file), isNamed);
      }
    }
    await assert.rejects(Model.importFile(Buffer.from('no model')), MnistcnnError);
    await assert.rejects(Model.importFile(Buffer.alloc(0)), MnistcnnError);
    await assert.rejects(Model.importFile('x.h5', { encodings: 'unit' }), {
      name: 'TypeError',
      message: /"encoding"/,
    });
    await assert.rejects(smallModel().export('/nowhere/x.keras'), MnistcnnError);
    assert.throws(() => smallModel().exportSync('/nowhere/x.keras'), { message: /nowhere/ });
    assert.throws(() => Model.checkEncodingsSync('none.h5', smallDataset()), { message: /none\.h5/ });
    await assert.rejects(smallModel().toKeras({ format: 'caffe' }), RangeError);
    const names = ['a', 'b', 'c'].map((name) => `/nowhere/${name}.h5`);
    const failures = await Promise.allSettled(names.map((name) => Model.importFile(name)));
    failures.forEach(({ reason }, i) => assert.ok(reason.message.includes(names[i]), reason.message));
  });
});
