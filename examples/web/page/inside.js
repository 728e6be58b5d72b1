// Inside the network: its first filters, and what the first layers make of the drawing.
import { activations, firstFilters } from '../src/index.js';

import { $, element, showFilter, showGray, showMap } from './show.js';

const mostLayers = 3;
const titles = {
  convolution: (n) =>
    n === 1 ? '1. Where each filter finds its pattern' : `${n}. Patterns of these patterns`,
  'max-pooling': (n) => `${n}. The strongest of every few pixels`,
  activation: (n) => `${n}. What is above zero`,
};

export function startInside() {
  let layers = []; // [{ canvases, buttons }] in the order of the network
  let shown = []; // the activations of the last drawing
  let filters = null;
  let chosen = { layer: 0, channel: 0 };

  function use(model) {
    filters = firstFilters(model);
    const outline = activations(model, new Uint8Array(model.inputBytes), mostLayers);
    $('maps').closest('.inside').hidden = outline.length === 0;
    $('maps').replaceChildren();
    if (filters) addFilters();
    layers = outline.map((layer, i) => addMaps(layer, i));
    chosen = { layer: 0, channel: 0 };
    press();
  }

  function addFilters() {
    const strip = element('div', {
      class: 'strip',
      role: 'group',
      'aria-label': 'Filters of the first layer',
    });
    for (let i = 0; i < filters.count; i++) {
      const canvas = element('canvas', { role: 'img', 'aria-label': `Filter ${i + 1}` });
      showFilter(canvas, filters, i);
      const button = element('button', { class: 'map', 'aria-label': `Filter ${i + 1}` }, canvas);
      canvas.setAttribute('aria-hidden', 'true');
      button.addEventListener('click', () => choose(0, i));
      strip.append(button);
    }
    $('maps').append(
      element('h3', {}, `The ${filters.count} filters: red looks for ink, blue for none`),
      strip,
    );
  }

  function addMaps(layer, index) {
    const strip = element('div', {
      class: layer.channels > 16 ? 'strip many' : 'strip',
      role: 'group',
      'aria-label': `Maps of ${layer.name}`,
    });
    const canvases = [];
    const buttons = [];
    for (let channel = 0; channel < layer.channels; channel++) {
      const canvas = element('canvas', { 'aria-hidden': 'true' });
      const button = element(
        'button',
        { class: 'map', 'aria-label': `Map ${channel + 1} of ${layer.name}`, 'aria-pressed': 'false' },
        canvas,
      );
      button.addEventListener('click', () => choose(index, channel));
      canvases.push(canvas);
      buttons.push(button);
      strip.append(button);
    }
    $('maps').append(element('h3', {}, titles[layer.kind](index + 1)), strip);
    return { canvases, buttons };
  }

  function choose(layer, channel) {
    chosen = { layer, channel };
    press();
    showLarge();
  }

  function press() {
    layers.forEach(({ buttons }, layer) =>
      buttons.forEach((button, channel) =>
        button.setAttribute('aria-pressed', String(layer === chosen.layer && channel === chosen.channel)),
      ),
    );
  }

  function mostOf(layer) {
    return layer.data.reduce((most, value) => Math.max(most, value), 0);
  }

  function show(model, prepared) {
    shown = activations(model, prepared, mostLayers);
    shown.forEach((layer, i) => {
      const most = mostOf(layer);
      layers[i].canvases.forEach((canvas, channel) => showMap(canvas, layer, channel, most));
    });
    showLarge();
  }

  function showLarge() {
    const layer = shown[chosen.layer];
    if (!layer) {
      showGray($('large'), new Uint8Array(784), 28);
      return;
    }
    showMap($('large'), layer, chosen.channel, mostOf(layer));
    const size = `${layer.height} × ${layer.width}`;
    $('large-text').textContent =
      chosen.layer === 0
        ? `Map ${chosen.channel + 1} of ${layer.channels}: bright where filter ${chosen.channel + 1} finds its pattern (${size}).`
        : `Map ${chosen.channel + 1} of ${layer.channels} in layer ${layer.name} (${size}).`;
  }

  return { use, show };
}
