// worker.js in a browser.
import { serve } from './worker.js';

serve({
  post: (message, transfer) => self.postMessage(message, transfer),
  listen: (receive) => self.addEventListener('message', (event) => receive(event.data)),
});
