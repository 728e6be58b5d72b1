// Drawing: an answer with every movement of the pen.
import { isForeign } from '../src/index.js';

import { startInside } from './inside.js';
import { Pad } from './pad.js';
import { samples } from './samples.js';
import { $, Bars, chooser, download, element, grouped, percent, showGray, tell, trouble } from './show.js';

const modelButtons = ['open-model', 'save-model'];

/** The pad can be drawn on at once; begin() gives what answers. */
export function startDrawing() {
  let library, shipped, model;
  const bars = new Bars($('bars'));
  let inside = null;
  let answered = false; // in this frame
  let isStale = false;
  let isBlank = true;

  // At once, and then at most once a frame, however often the pen moves.
  function changed() {
    $('undo').disabled = !pad.canUndo;
    $('redo').disabled = !pad.canRedo;
    $('clear').disabled = !pad.canUndo;
    isStale = answered;
    if (answered || !model) return;
    answered = true;
    requestAnimationFrame(() => {
      answered = false;
      if (isStale) changed();
    });
    answer();
  }

  function answer() {
    if (pad.strokes.length === 0 && !inside) {
      if (!isBlank) showAnswer(null, 0);
      return; // whoever draws first is answered sooner
    }
    const started = performance.now();
    const result = model.predict({ strokes: pad.strokes });
    const took = performance.now() - started;
    const isEmpty = pad.strokes.length === 0;
    showAnswer(isEmpty ? null : result, took);
    inside?.show(model, result.prepared);
  }

  function showAnswer(result, took) {
    const label = result?.label ?? (result ? '?' : '–');
    isBlank = !result;
    $('answer').textContent = label;
    $('badge').textContent = result?.label ?? '';
    $('answer').classList.toggle('word', label.length > 2);
    bars.show(result?.probabilities);
    $('sure').textContent = sentence(result);
    $('time').textContent = result ? `Answered in ${Math.max(took, 0.1).toFixed(1)} ms.` : '';
    showGray(
      $('sees'),
      result?.prepared ?? new Uint8Array(784),
      result ? Math.sqrt(result.prepared.length) : 28,
    );
    if (result && !pad.isDrawing)
      tell(result.label ? `${result.label}, ${percent(result.confidence)} sure` : sentence(result));
  }

  function sentence(result) {
    if (!result) return 'Draw something.';
    if (result.label === null) return `No answer: ${result.reason}.`;
    const second = secondBest(result);
    const sure = `${percent(result.confidence)} sure.`;
    return result.confidence > 0.9 || !second ? sure : `${sure} Or is it ${second}?`;
  }

  function secondBest({ probabilities, index }) {
    let best = -1;
    probabilities.forEach((p, i) => {
      if (i !== index && (best < 0 || p > probabilities[best])) best = i;
    });
    return model.labels[best];
  }

  const pad = new Pad($('pad'), { changed, ended: changed });
  $('undo').addEventListener('click', () => pad.undo());
  $('redo').addEventListener('click', () => pad.redo());
  $('clear').addEventListener('click', () => pad.clear());
  samples.forEach((strokes, digit) => {
    const button = element('button', { 'aria-label': `Sample ${digit}` }, String(digit));
    button.addEventListener('click', () => {
      pad.strokes = structuredClone(strokes);
    });
    $('samples').append(button);
  });

  // --- the model ---------------------------------------------------------------------------------------------

  function use(next, name) {
    model = next;
    bars.labels = model.labels;
    inside?.use(model);
    $('shipped-model').hidden = model === shipped;
    $('model-text').textContent =
      `${name}: ${model.labels.length} classes, ${grouped(model.parameters)} parameters; ${model.architecture}.`;
    changed();
  }

  // Of another framework's model the file does not say how images are prepared; ten classes are taken for digits.
  async function load(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!isForeign(bytes, file.name)) return library.load(bytes);
    const plain = await library.importModel(bytes);
    return plain.labels.join('') === '0123456789' ? library.importModel(bytes, { prepare: 'digit' }) : plain;
  }

  async function openFile(file) {
    try {
      const opened = await load(file);
      const { height, width } = opened.input;
      if (height !== width) throw new Error(`it is for ${width} x ${height} pixels, and drawings are square`);
      use(opened, file.name);
      trouble(null);
      tell(`${file.name} is open`);
    } catch (error) {
      trouble(new Error(`${file.name} could not be opened: ${error.message}`));
    }
  }

  chooser($('open-model'), $('model-file'), openFile);
  $('save-model').addEventListener('click', () => download(model.save(), 'model.safetensors'));
  $('shipped-model').addEventListener('click', () => use(shipped, 'The model that ships'));
  for (const id of modelButtons) $(id).disabled = true;

  return {
    begin(opened, digits) {
      library = opened;
      shipped = digits;
      for (const id of modelButtons) $(id).disabled = false;
      use(shipped, 'The model that ships');
    },
    /** What a drawing needs is compiled before there is one. */
    warmUp() {
      if (pad.strokes.length === 0) model.predict({ strokes: samples[7] });
    },
    lookInside() {
      inside = startInside();
      inside.use(model);
      changed();
    },
  };
}
