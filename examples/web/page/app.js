// The page: opens the package, and gives each part what it needs.
import { open } from '../src/index.js';

import { startDrawing } from './draw.js';
import { startReading } from './read.js';
import { $, trouble } from './show.js';
import { startTabs } from './tabs.js';
import { startTeaching } from './teach.js';

const engines = {
  relaxed: 'WebAssembly, relaxed SIMD',
  simd: 'WebAssembly, SIMD',
  plain: 'WebAssembly without SIMD',
};

async function keepForOffline() {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js');
    await navigator.serviceWorker.ready;
    $('offline').textContent = 'Ready to work offline.';
  } catch {
    // Private windows and plain addresses have none; the page works as it is.
  }
}

function afterNextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

async function start() {
  startTabs(document.querySelector('[role=tablist]'));
  try {
    const library = await open();
    const digits = await library.load();
    const drawing = startDrawing(library, digits);
    document.documentElement.dataset.answers = performance.now().toFixed(1);
    await afterNextFrame(); // whoever draws at once is answered first
    drawing.lookInside();
    startReading(library, digits);
    startTeaching(library, digits);
    $('engine').textContent = `${engines[library.variant]}, one thread.`;
    document.documentElement.dataset.ready = performance.now().toFixed(1);
    await keepForOffline();
  } catch (error) {
    trouble(error);
  }
}

await start();
