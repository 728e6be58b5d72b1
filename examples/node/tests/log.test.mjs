// What would otherwise go unnoticed.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Dataset, Model, Trainer } from 'mnistcnn';
import { CLASSES, run, smallDataset, smallModel, temporaryFolder, writeFolders } from './support.mjs';

function collect() {
  const told = [];
  return { told, onLog: (message, level) => told.push([level, message]) };
}
const idle = { epochs: 2, beta1: 0.5 };
const failure = new Error('mine');
const fail = () => {
  throw failure;
};

describe('the log', () => {
  it('names options without effect, once', async () => {
    const { told, onLog } = collect();
    await smallModel().train(smallDataset(9), { ...idle, onLog });
    assert.deepEqual(
      told.filter(([, message]) => message.includes('beta1')).map(([level]) => level),
      ['warning'],
    );
    const sync = collect();
    smallModel().trainSync(smallDataset(9), { ...idle, onLog: sync.onLog });
    assert.deepEqual(sync.told, told);
  });

  it('is told while a training goes on, also a resumed one', async () => {
    const { told, onLog } = collect();
    const checkpointPath = join(temporaryFolder(), 'checkpoint');
    const dataset = Dataset.fromArrays({
      pixels: new Uint8Array(64 * 40),
      labels: Array.from({ length: 40 }, (_, i) => i % 3),
      shape: { height: 8, width: 8, channels: 1 },
      classNames: CLASSES,
    });
    const trainer = await Trainer.create(smallModel(), dataset, { epochs: 3, checkpointPath, onLog });
    assert.deepEqual(told, []);
    await trainer.run();
    assert.ok(
      told.some(([, message]) => /same output/.test(message)),
      JSON.stringify(told),
    );
    const resumed = collect();
    const again = await Trainer.resume(checkpointPath, dataset, { epochs: 4, onLog: resumed.onLog });
    await again.run();
    assert.ok(resumed.told.every(([level, message]) => level === 'warning' && message.length > 10));
  });

  it('names what is odd in a folder', async () => {
    const folder = await writeFolders(join(temporaryFolder(), 'images'), 3);
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'vertical', 'notes.txt'), 'no image');
    writeFileSync(join(folder, 'vertical', 'broken.png'), 'no image');
    const { told, onLog } = collect();
    const dataset = await Dataset.fromFolder(folder, { skipBroken: true, onLog });
    assert.equal(dataset.numSkipped, 1);
    for (const word of ['empty', 'txt', 'broken.png']) {
      assert.ok(
        told.some(([, message]) => message.includes(word)),
        `${word}: ${JSON.stringify(told)}`,
      );
    }
    assert.deepEqual(new Set(told.map(([level]) => level)), new Set(['info', 'warning']));
    const sync = collect();
    Dataset.fromFolderSync(folder, { skipBroken: true, onLog: sync.onLog });
    assert.deepEqual(sync.told, told);
  });

  it('says what was assumed about a model of another framework', async () => {
    const file = await smallModel().toKeras({ format: 'keras_weights' });
    const options = { architecture: smallModel().architecture, inputHeight: 8, inputWidth: 8 };
    const [one, two] = [collect(), collect()];
    await Model.importFile(file, { ...options, onLog: one.onLog });
    Model.importFileSync(file, { ...options, onLog: two.onLog });
    assert.ok(one.told.length > 0);
    assert.deepEqual(two.told, one.told);
    const [three, four] = [collect(), collect()];
    await Model.checkEncodings(file, smallDataset(9), { ...options, onLog: three.onLog });
    Model.checkEncodingsSync(file, smallDataset(9), { ...options, onLog: four.onLog });
    assert.deepEqual(four.told, three.told);
  });

  it('ends a call by an error of its own', async () => {
    const model = smallModel();
    const dataset = smallDataset(9);
    await assert.rejects(model.train(dataset, { ...idle, onLog: fail }), failure);
    assert.throws(() => model.trainSync(dataset, { ...idle, onLog: fail }), failure);
    model.temperature = 2; // nothing uses it any more
    const folder = await writeFolders(join(temporaryFolder(), 'images'), 1);
    mkdirSync(join(folder, 'empty'));
    await assert.rejects(Dataset.fromFolder(folder, { onLog: fail }), failure);
    assert.throws(() => Dataset.fromFolderSync(folder, { onLog: fail }), failure);
    await assert.rejects(model.train(dataset, { onLog: 5 }), { name: 'TypeError', message: /^onLog/ });
  });

  it('does not keep a process from ending', async () => {
    const { code, seconds, output } = await run(
      `
      const { model, dataset, options } = s.longTraining();
      model.train(dataset, { ...options, beta1: 0.5, onLog: () => undefined });
      await s.sleep(200);
      process.exit(3);`,
      { limit: 20000 },
    );
    assert.equal(code, 3, output);
    assert.ok(seconds < 10);
  });
});
