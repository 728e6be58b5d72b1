// Predicts images in several threads: each worker has a model of its own, made of the same bytes.
//
//   node workers.mjs MODEL.safetensors IMAGE...
//
// A single thread answers other requests while it predicts, so this is for more throughput, not for that.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { Model } from 'mnistcnn';

if (isMainThread) {
  const [path, ...images] = process.argv.slice(2);
  const model = (await Model.load(path)).toBuffer();
  const count = Math.min(availableParallelism(), images.length);
  for (let i = 0; i < count; i++) {
    const mine = images.filter((_, index) => index % count === i);
    const worker = new Worker(new URL(import.meta.url), { workerData: { model, images: mine } });
    worker.on('message', ({ image, label }) => console.log(`${image}: ${label}`));
  }
} else {
  const model = await Model.load(workerData.model);
  for (const { path, label, error } of await model.predictFiles(workerData.images)) {
    parentPort.postMessage({ image: path, label: label ?? error.message });
  }
}
