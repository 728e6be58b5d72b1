// The page: opens the package, and gives each part what it needs.
import { open } from '../src/index.js';

import { startDrawing } from './draw.js';
import { early } from './early.js';
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

// Once the browser has nothing to do, or soon.
function idle() {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(resolve, { timeout: 500 });
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}

// The module starts while the model may still be on its way.
async function openShipped(options, model) {
  const library = await open(options);
  return { library, digits: await library.load(await model) };
}

// With what early.js asked for; should anything be wrong with it, as if nothing had been asked for.
async function openEarly() {
  try {
    return await openShipped({ trusted: true, modules: early.modules }, early.model);
  } catch {
    return openShipped();
  }
}

async function start() {
  startTabs(document.querySelector('[role=tablist]'));
  const drawing = startDrawing();
  try {
    let opened = await openEarly();
    drawing.begin(opened.library, opened.digits);
    document.documentElement.dataset.answers = performance.now().toFixed(1);
    drawing.warmUp();
    await idle(); // whoever draws at once is answered first
    if (!opened.library.passesSelfTest()) {
      opened = await openShipped();
      drawing.begin(opened.library, opened.digits);
    }
    const { library, digits } = opened;
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
