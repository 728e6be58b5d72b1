// Teaching: signs of one's own, drawn a few times each, a network trained on them, and tried at once.
import { drawCurve } from './curve.js';
import { Pad } from './pad.js';
import { $, Bars, download, element, percent, showGray, tell, trouble } from './show.js';

const leastEach = 4;
const mostClasses = 8;
const holdOutFrom = 8; // examples of each sign: fewer are all needed to learn
const addAfter = 900; // milliseconds after the pen was lifted

// A sign of few strokes is learned from a dozen examples by some hundred small steps.
const settings = { batchSize: 16, learningRate: 0.002 };
const steps = 600;

export function startTeaching(library, digits) {
  let classes = [];
  let chosen = null;
  let model = null;
  let running = null;
  let timer = 0;
  const start = digits.save();
  const tryBars = new Bars($('try-bars'));

  // --- signs -------------------------------------------------------------------------------------------------

  function addClass(name) {
    if (classes.length >= mostClasses) return;
    const sign = { name, examples: [] };
    const id = crypto.randomUUID?.() ?? String(Math.random());
    const radio = element('input', {
      type: 'radio',
      name: 'class',
      id: `r${id}`,
      'aria-label': 'Draw this sign',
    });
    const text = element('input', {
      type: 'text',
      'aria-label': 'Name of the sign',
      maxlength: '24',
      autocomplete: 'off',
      spellcheck: 'false',
    });
    text.value = name;
    const count = element('span', { class: 'count' }, '0');
    const remove = element('button', { type: 'button', 'aria-label': `Remove ${name}` }, '×');
    const thumbs = element('div', { class: 'thumbs' });
    sign.row = element('div', { class: 'class' }, radio, text, count, remove, thumbs);
    Object.assign(sign, { radio, count, thumbs });
    radio.addEventListener('change', () => choose(sign));
    text.addEventListener('input', () => {
      sign.name = text.value.trim() || '?';
      remove.setAttribute('aria-label', `Remove ${sign.name}`);
      update();
    });
    text.addEventListener('focus', () => choose(sign));
    remove.addEventListener('click', () => removeClass(sign));
    classes.push(sign);
    $('classes').append(sign.row);
    choose(sign);
  }

  function removeClass(sign) {
    classes = classes.filter((other) => other !== sign);
    sign.row.remove();
    if (chosen === sign) choose(classes[0] ?? null);
    update();
  }

  function choose(sign) {
    if (chosen !== sign) pad.clear();
    chosen = sign;
    for (const each of classes) {
      each.radio.checked = each === sign;
      each.row.classList.toggle('chosen', each === sign);
    }
    update();
  }

  // --- examples ----------------------------------------------------------------------------------------------

  function addExample() {
    clearTimeout(timer);
    if (!chosen || pad.strokes.length === 0) return;
    const pixels = library.renderStrokes(pad.strokes);
    const canvas = element('canvas', { 'aria-hidden': 'true' });
    showGray(canvas, pixels, 28);
    chosen.examples.push(pixels);
    chosen.thumbs.append(canvas);
    pad.clear();
    update();
    tell(`${chosen.name}: ${chosen.examples.length} examples`);
  }

  function undoExample() {
    if (pad.strokes.length > 0) {
      pad.undo();
      return;
    }
    chosen?.examples.pop();
    chosen?.thumbs.lastChild?.remove();
    update();
  }

  function update() {
    for (const sign of classes) sign.count.textContent = String(sign.examples.length);
    $('teach-name').textContent = chosen?.name ?? '';
    $('add-class').disabled = classes.length >= mostClasses;
    const short = classes.filter(({ examples }) => examples.length < leastEach);
    const isReady = classes.length >= 2 && short.length === 0 && !hasTwins();
    $('train').disabled = !isReady || running !== null;
    if (running) return;
    $('train-text').textContent = isReady
      ? `Ready: ${classes.length} signs, ${total()} examples.`
      : whatIsMissing(short);
  }

  function hasTwins() {
    return new Set(classes.map(({ name }) => name)).size < classes.length;
  }

  function whatIsMissing(short) {
    if (hasTwins()) return 'Two signs have the same name.';
    if (classes.length < 2) return 'At least two signs are needed: a network learns to tell things apart.';
    return `Still needed, to have ${leastEach} of each: ${short.map(({ name, examples }) => `${leastEach - examples.length} of “${name}”`).join(', ')}.`;
  }

  function total() {
    return classes.reduce((sum, { examples }) => sum + examples.length, 0);
  }

  // --- training ----------------------------------------------------------------------------------------------

  function job() {
    const images = new Uint8Array(784 * total());
    const labels = [];
    classes.forEach(({ examples }, label) => {
      for (const pixels of examples) {
        images.set(pixels, 784 * labels.length);
        labels.push(label);
      }
    });
    const holdOut = classes.every(({ examples }) => examples.length >= holdOutFrom) ? 0.2 : 0;
    const stepsPerEpoch = Math.ceil((labels.length * (1 - holdOut)) / settings.batchSize);
    const epochs = Math.max(10, Math.round(steps / stepsPerEpoch));
    return {
      images,
      labels,
      classes: classes.map(({ name }) => name),
      holdOut,
      start,
      settings: { ...settings, epochs },
    };
  }

  function setRunning(controller) {
    running = controller;
    $('train').hidden = running !== null;
    $('cancel').hidden = running === null;
    $('progress').hidden = running === null;
    update();
  }

  async function train() {
    const history = [];
    const began = performance.now();
    $('curve-figure').hidden = false;
    $('progress').value = 0;
    setRunning(new AbortController());
    $('cancel').focus();
    try {
      const result = await library.train(job(), {
        signal: running.signal,
        onProgress: (progress) => {
          $('progress').value = progress.fraction;
          $('train-text').textContent =
            `Round ${progress.epoch} of ${progress.epochs}: ${percent(progress.accuracy)} of the examples right.`;
          if (progress.isEpochEnd) history.push(progress);
          drawCurve($('curve'), history);
        },
      });
      trouble(null);
      finish(result, performance.now() - began);
    } catch (error) {
      setRunning(null);
      if (error.code === 'CANCELLED') $('train-text').textContent = 'Stopped.';
      else trouble(error);
    }
    $('train').focus();
  }

  function finish({ model: trained, heldOut }, took) {
    model?.free();
    model = trained;
    setRunning(null);
    const measured = heldOut
      ? ` Of ${heldOut.count} examples that it was not shown, ${heldOut.correct} are right.`
      : ' Draw eight of each, and some are held out to measure how well it does.';
    $('train-text').textContent = `Trained in ${(took / 1000).toFixed(1)} s.${measured}`;
    tell($('train-text').textContent);
    $('try').hidden = false;
    tryBars.labels = model.labels;
    tryPad.clear();
  }

  function answer() {
    if (!model) return;
    const isEmpty = tryPad.strokes.length === 0;
    const result = isEmpty ? null : model.predict({ strokes: tryPad.strokes });
    $('try-answer').textContent = result?.label ?? '–';
    tryBars.show(result?.probabilities);
    if (result && !tryPad.isDrawing) tell(`${result.label}, ${percent(result.confidence)} sure`);
  }

  // --- what is pressed ---------------------------------------------------------------------------------------

  const pad = new Pad($('teach-pad'), {
    changed: () => clearTimeout(timer),
    ended: () => {
      clearTimeout(timer);
      if ($('auto').checked) timer = setTimeout(() => pad.isDrawing || addExample(), addAfter);
    },
  });
  const tryPad = new Pad($('try-pad'), { changed: answer, ended: answer });
  $('add-class').addEventListener('click', () => addClass(String.fromCharCode(65 + classes.length)));
  $('forget').addEventListener('click', reset);
  $('add-example').addEventListener('click', addExample);
  $('undo-example').addEventListener('click', undoExample);
  $('clear-example').addEventListener('click', () => pad.clear());
  $('clear-try').addEventListener('click', () => tryPad.clear());
  $('train').addEventListener('click', () => void train());
  $('cancel').addEventListener('click', () => running?.abort());
  $('save-taught').addEventListener('click', () => download(model.save(), 'my-signs.safetensors'));

  function reset() {
    for (const sign of classes) sign.row.remove();
    classes = [];
    $('try').hidden = true;
    $('curve-figure').hidden = true;
    addClass('A');
    addClass('B');
    choose(classes[0]);
  }
  reset();
}
