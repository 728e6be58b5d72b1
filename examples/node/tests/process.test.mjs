// What happens to the process: it ends when it should, with the status that it should, and workers come and go.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { packageFolder, run } from './support.mjs';

const TRAIN = `
  const { model, dataset, options } = s.longTraining();
  const trainer = await m.Trainer.create(model, dataset, options);
`;

async function endsWith(code, script, options) {
  const result = await run(script, options);
  assert.equal(result.code, code, `${result.signal} ${result.output}`);
  return result;
}

describe('a process', { concurrency: 2 }, () => {
  it('ends by itself after a prediction', async () => {
    const { output } = await endsWith(
      0,
      'const model = await m.Model.pretrained(); console.log((await model.predict(s.pageOfOnes([[30, 20]], 60, 70))).label);',
    );
    assert.equal(output, '1\n');
  });

  it('ends at exit() in a training', async () => {
    const { seconds } = await endsWith(
      3,
      `${TRAIN} setTimeout(() => process.exit(3), 200); await trainer.run();`,
    );
    assert.ok(seconds < 30, String(seconds));
  });

  it('ends at an error that nobody catches', async () => {
    const { output } = await endsWith(
      1,
      `${TRAIN} setTimeout(() => { throw new Error('uncaught'); }, 100); for await (const _ of trainer) {}`,
    );
    assert.match(output, /uncaught/);
    assert.match(
      (
        await endsWith(
          1,
          `${TRAIN} trainer.run(); setTimeout(() => Promise.reject(new Error('rejected')), 100);`,
        )
      ).output,
      /rejected/,
    );
    await endsWith(5, `${TRAIN} for await (const { step } of trainer) if (step > 3) process.exit(5);`);
  });

  it('is ended by Ctrl-C', async () => {
    const { signal } = await run(`${TRAIN} await trainer.run();`, { kill: { signal: 'SIGINT', after: 700 } });
    assert.equal(signal, 'SIGINT');
  });

  it('may end while calls run', async () => {
    const { output } = await endsWith(
      0,
      `const model = s.smallModel();
      for (let i = 0; i < 50; i++) model.predictBatch(new Uint8Array(64 * 5000)).catch(() => undefined);
      s.smallModel().evaluate(s.smallDataset(3000)).catch(() => undefined);
      setTimeout(() => process.exit(0), 30);`,
    );
    assert.equal(output, '');
  });

  it('shares one implementation between import and require', async () => {
    const { output } = await endsWith(
      0,
      `
      import { createRequire } from 'node:module';
      const c = createRequire(import.meta.url)('mnistcnn');
      console.log(c.Model === m.Model, c.MnistcnnError === m.MnistcnnError);`,
    );
    assert.equal(output, 'true true\n');
  });

  it('may load the package several times, as test runners do', async () => {
    const { output } = await endsWith(
      0,
      `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      let model = require('mnistcnn').Model.pretrainedSync();
      for (let i = 0; i < 5; i++) {
        for (const path of Object.keys(require.cache)) delete require.cache[path];
        const again = require('mnistcnn');
        const dataset = again.Dataset.fromArrays(s.strokes(9));
        const other = again.Model.create(s.SMALL);
        await other.train(dataset, { epochs: 1 });
        try { again.Model.loadSync('none'); } catch (error) { if (!(error instanceof m.MnistcnnError)) throw error; }
        if ((await m.Dataset.fromFolder('/nowhere', { model: other }).catch((error) => error.code)) !== 'MNISTCNN_IO' && i < 0) throw new Error();
      }
      console.log((await model.predict(s.pageOfOnes([[30, 20]], 60, 70))).label);`,
    );
    assert.equal(output, '1\n');
  });

  it('says what is wrong with its library', async () => {
    const { output } = await endsWith(1, 'm.Model.pretrainedSync();', {
      env: { MNISTCNN_LIBRARY: '/nowhere/libmnistcnn.so' },
    });
    assert.match(output, /\/nowhere\/libmnistcnn\.so, which MNISTCNN_LIBRARY names/);
    await endsWith(1, 'm.Model.pretrainedSync();', {
      env: { MNISTCNN_LIBRARY: `${packageFolder}/package.json` },
    });
    assert.equal(
      (await endsWith(0, 'console.log(typeof m.Model)', { env: { MNISTCNN_LIBRARY: '/nowhere' } })).output,
      'function\n',
    );
  });

  it('has small arrays where C finds them, however often the collector runs', async () => {
    await endsWith(
      0,
      `
      const model = s.smallModel();
      const { pixels } = s.strokes(300);
      const expected = [...model.predictBatchSync(pixels)].join();
      const churn = setInterval(() => { gc(); Array.from({ length: 50 }, () => new Uint8Array(100000).fill(7)); }, 1);
      for (let i = 0; i < 100; i++) {
        const rows = await Promise.all([model.predictBatch(new Uint8Array(pixels)), model.predictBatch(pixels.slice())]);
        for (const row of rows) if ([...row].join() !== expected) throw new Error('changed');
      }
      clearInterval(churn);`,
      { flags: ['--expose-gc'] },
    );
  });
});

const WORKER = `
  import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
  const code = (body) => new URL('data:text/javascript,' + encodeURIComponent(
    "const m = await import('" + import.meta.resolve('mnistcnn') + "'); const { parentPort, workerData } = await import('node:worker_threads');" + body));
  const start = (body, workerData) => new Worker(code(body), { workerData });
  const once = (worker, event) => new Promise((resolve, reject) => { worker.once(event, resolve); worker.once('error', reject); });
`;

describe('workers', () => {
  it('load models, predict and end', async () => {
    await endsWith(
      0,
      `${WORKER}
      const model = s.smallModel();
      const { pixels } = s.strokes(30);
      const expected = [...model.predictBatchSync(pixels)].join();
      const body = "const model = await m.Model.load(workerData.model); for (let i = 0; i < 20; i++) parentPort.postMessage([...await model.predictBatch(workerData.pixels)].join());";
      await Promise.all(Array.from({ length: 10 }, async () => {
        const worker = start(body, { model: model.toBuffer(), pixels });
        let answers = 0;
        worker.on('message', (rows) => { if (rows !== expected) throw new Error('another answer'); answers++; });
        if (await once(worker, 'exit') !== 0 || answers !== 20) throw new Error('ended early');
      }));`,
    );
  });

  it('are terminated in the middle', async () => {
    await endsWith(
      0,
      `${WORKER}
      const body = "const model = m.Model.create(workerData); parentPort.postMessage('ready'); for (;;) await model.predictBatch(new Uint8Array(64 * 2000));";
      for (let i = 0; i < 10; i++) {
        const worker = start(body, s.SMALL);
        await once(worker, 'message');
        await worker.terminate();
      }`,
      { limit: 90000 },
    );
  });

  it('train while the main thread ends', async () => {
    const body = `const arrays = workerData.arrays; const model = m.Model.create(workerData.options);
      const trainer = await m.Trainer.create(model, m.Dataset.fromArrays(arrays), { epochs: 100000 }); parentPort.postMessage('ready'); await trainer.run();`;
    const { seconds } = await endsWith(
      4,
      `${WORKER}
      const worker = start(${JSON.stringify(body)}, { arrays: s.strokes(900), options: s.SMALL });
      await once(worker, 'message');
      setTimeout(() => process.exit(4), 50);`,
    );
    assert.ok(seconds < 30, String(seconds));
  });
});
