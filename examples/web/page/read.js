// Reading pages: a picture in, boxes with their digits on it and the numbers as text beside it.
import { samples } from './samples.js';
import { decode, fileOf } from './picture.js';
import { $, Bars, chooser, element, percent, showGray, tell, trouble } from './show.js';

const verdicts = {
  blank: 'an empty cell',
  filled: 'a filled shape',
  several: 'several things',
  other: 'something else',
  unclear: 'not clear',
  touching: 'several that touch',
};

export function startReading(library, model) {
  const bars = new Bars($('digit-bars'));
  bars.labels = model.labels;
  let running = null;
  let last = null; // the picture that is shown, to be read again as a form

  async function read({ canvas, picture }) {
    running?.abort();
    const stop = (running = new AbortController());
    last = { canvas, picture };
    trouble(null);
    $('reading').textContent = 'Reading …';
    try {
      const started = performance.now();
      const page = await library.readDigits(
        model,
        picture,
        { form: $('form').checked },
        { signal: stop.signal },
      );
      show(canvas, page, performance.now() - started);
    } catch (error) {
      if (stop.signal.aborted) return;
      $('reading').textContent = '';
      trouble(error);
    }
  }

  async function readFile(file) {
    try {
      $('reading').textContent = `Opening ${file.name || 'the picture'} …`;
      await read(await decode(file));
    } catch (error) {
      $('reading').textContent = '';
      trouble(new Error(`${file.name || 'The picture'} could not be opened. ${error.message}`));
    }
  }

  // --- the result --------------------------------------------------------------------------------------------

  function show(canvas, page, took) {
    const { digits } = page;
    const read = digits.filter(({ label }) => label !== null).length;
    $('result').hidden = false;
    $('digit').hidden = true;
    $('numbers').textContent = page.text || '(no numbers)';
    $('reading').textContent =
      digits.length === 0
        ? 'There are no digits on this picture.'
        : `${read} digits in ${page.lines} ${page.isForm ? 'rows' : 'lines'}, read in ${took.toFixed(0)} ms${read < digits.length ? `; ${digits.length - read} other things are marked` : ''}.`;
    canvas.id = 'picture-canvas';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `The picture, with ${read} digits`);
    $('picture').replaceChildren(canvas, ...digits.map((digit) => boxFor(digit, canvas)));
    tell($('reading').textContent);
  }

  function boxFor(digit, canvas) {
    const { box, label, confidence, verdict, line } = digit;
    const kind =
      label !== null ? 'box' : verdict === 'unclear' || verdict === 'touching' ? 'box unsure' : 'box no';
    const name =
      label !== null ? `${label}, ${percent(confidence)} sure` : (verdicts[verdict] ?? 'not clear');
    const button = element(
      'button',
      { class: kind, 'aria-label': `Line ${line + 1}: ${name}`, 'aria-pressed': 'false' },
      element('span', { 'aria-hidden': 'true' }, label ?? '?'),
    );
    const margin = 3;
    const place = (value, whole) => `${(100 * value) / whole}%`;
    button.style.left = place(box.left - margin, canvas.width);
    button.style.top = place(box.top - margin, canvas.height);
    button.style.width = place(box.width + 2 * margin, canvas.width);
    button.style.height = place(box.height + 2 * margin, canvas.height);
    button.addEventListener('click', () => choose(button, digit, name));
    return button;
  }

  function choose(button, digit, name) {
    for (const other of $('picture').querySelectorAll('.box'))
      other.setAttribute('aria-pressed', String(other === button));
    $('digit').hidden = false;
    $('digit-title').textContent =
      digit.label !== null ? `Line ${digit.line + 1}: ${digit.label}` : `Line ${digit.line + 1}: ${name}`;
    $('digit-text').textContent = digit.isCut
      ? `${name}. It touched its neighbour and was cut off.`
      : `${name}.`;
    showGray($('digit-image'), digit.image ?? new Uint8Array(784), 28);
    bars.show(digit.probabilities);
  }

  // --- where pictures come from ------------------------------------------------------------------------------

  chooser($('choose'), $('picture-file'), readFile);
  $('example').addEventListener('click', () => read(example()));
  $('form').addEventListener('change', () => last && read(last));
  $('copy').addEventListener('click', async () => {
    await navigator.clipboard.writeText($('numbers').textContent);
    tell('Copied');
  });
  for (const name of ['dragenter', 'dragover']) {
    $('drop').addEventListener(name, (event) => {
      event.preventDefault();
      $('drop').classList.add('over');
    });
  }
  $('drop').addEventListener('dragleave', () => $('drop').classList.remove('over'));
  // Wherever it falls, the browser must not leave the page for it.
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    $('drop').classList.remove('over');
    if (!$('read').hidden) take(event.dataTransfer);
  });
  document.addEventListener('paste', (event) => {
    if (!$('read').hidden) take(event.clipboardData);
  });

  function take(transfer) {
    const file = fileOf(transfer);
    if (file) void readFile(file);
    else
      trouble(
        new Error('That is an address or a text, not a file: save the picture first, then drop the file.'),
      );
  }
}

// --- an example: numbers on a sheet, written by the samples' hand ---------------------------------------------------

const lines = ['0171  2836450', '49 308', '1976  25'];

function example() {
  const canvas = document.createElement('canvas');
  canvas.width = 900;
  canvas.height = 560;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.fillStyle = '#f3efe4';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = '#2b3a5e';
  context.lineWidth = 7;
  context.lineCap = context.lineJoin = 'round';
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  lines.forEach((line, row) => {
    [...line].forEach((digit, i) => {
      if (digit !== ' ')
        write(
          context,
          samples[Number(digit)],
          50 + i * 60 + 6 * random(),
          60 + row * 165 + 16 * random(),
          0.095 + 0.012 * random(),
          random() - 0.5,
        );
    });
  });
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { canvas, picture: { data, width: canvas.width, height: canvas.height } };
}

function write(context, strokes, x, y, scale, slant) {
  for (const stroke of strokes) {
    context.beginPath();
    for (const [px, py] of stroke)
      context.lineTo(x + scale * (px + 0.2 * slant * (500 - py)), y + scale * py);
    context.stroke();
  }
}
