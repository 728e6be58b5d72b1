// The worker that trains and reads pages, so that the page stays awake. Messages in: { type: 'train' | 'read', module,
// variant, job } or { type: 'cancel' }; out: { type: 'progress' | 'done' | 'error', ... }. What it took in memory goes
// with it.
import { runJob } from './job.js';
import { instanceOf } from './loader.js';
import { Model } from './model.js';

// A turn of the event loop, in which a message to cancel arrives. Timers would be slow in the background.
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

export function serve(port) {
  let isCancelled = false;
  const host = {
    report: (progress) => port.post({ type: 'progress', progress }),
    isCancelled: async () => {
      await turn();
      return isCancelled;
    },
  };

  const jobs = {
    train: (instance, job) => runJob(instance, job, host),
    read: (instance, job) => Model.load(instance, job.model).readDigits(job.picture, job.options),
  };

  async function run({ type, module, variant, job }) {
    try {
      const instance = await instanceOf(module, variant);
      port.post({ type: 'done', result: await jobs[type](instance, job) });
    } catch (error) {
      port.post({ type: 'error', code: error.code ?? 'UNKNOWN', message: error.message });
    }
  }

  port.listen((message) => {
    if (message.type === 'cancel') isCancelled = true;
    else void run(message);
  });
}
