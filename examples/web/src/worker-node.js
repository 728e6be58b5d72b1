// worker.js in Node.js.
import { parentPort } from 'node:worker_threads';

import { serve } from './worker.js';

serve({
  post: (message, transfer) => parentPort.postMessage(message, transfer),
  listen: (receive) => parentPort.on('message', receive),
});
