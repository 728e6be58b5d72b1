// A pad for strokes: mouse, finger, pen and keyboard. It keeps points, not pixels, and is drawn anew whenever its size
// or the colours change.

const unitsPerSide = 1000;
const keyStep = 40;
const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #canvas;
  #width = 0; // of the canvas in CSS pixels; asking for it would make the browser lay out the page
  #changed;
  #ended;
  #strokes = [];
  #undone = [];
  #active = null; // { id, type, stroke }
  #cursor = null; // of the keyboard: { x, y, stroke }

  /** changed: after every change of the strokes; ended: when the pen is lifted. */
  constructor(canvas, { changed = () => {}, ended = () => {} }) {
    this.#canvas = canvas;
    this.#changed = changed;
    this.#ended = ended;
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      canvas.addEventListener(name, (event) => this.#up(event));
    }
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => this.#leave());
    new ResizeObserver(([entry]) => {
      this.#width = entry.borderBoxSize[0].inlineSize;
      this.#draw();
    }).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  get strokes() {
    return this.#strokes;
  }

  set strokes(strokes) {
    this.#strokes = strokes;
    this.#undone = [];
    this.#change();
  }

  get isDrawing() {
    return this.#active !== null || this.#cursor?.stroke != null;
  }

  get canUndo() {
    return this.#strokes.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  undo() {
    if (this.canUndo) this.#undone.push(this.#strokes.pop());
    this.#change();
  }

  redo() {
    if (this.canRedo) this.#strokes.push(this.#undone.pop());
    this.#change();
  }

  clear() {
    this.#active = null;
    this.strokes = [];
  }

  // --- pointers ----------------------------------------------------------------------------------------------

  #point(event) {
    const box = this.#canvas.getBoundingClientRect();
    const at = (value, start, size) => ((value - start) / size) * unitsPerSide;
    return [at(event.clientX, box.left, box.width), at(event.clientY, box.top, box.height)];
  }

  // One pointer draws: the first, or a pen, which a palm does not disturb.
  #down(event) {
    if (event.button !== 0) return;
    if (this.#active && !(event.pointerType === 'pen' && this.#active.type === 'touch')) return;
    if (this.#active) this.#strokes.pop(); // of the palm
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    try {
      this.#canvas.setPointerCapture(event.pointerId);
    } catch {
      // The pointer has gone already.
    }
    this.#begin({ id: event.pointerId, type: event.pointerType }, this.#point(event));
  }

  #begin(active, point) {
    const stroke = [point];
    this.#active = { ...active, stroke };
    this.#strokes.push(stroke);
    this.#undone = [];
    this.#change();
  }

  #move(event) {
    if (event.pointerId !== this.#active?.id) return;
    const merged = event.getCoalescedEvents?.() ?? [];
    for (const each of merged.length > 0 ? merged : [event]) {
      const point = this.#point(each);
      const [x, y] = this.#active.stroke.at(-1);
      if (point[0] !== x || point[1] !== y) this.#active.stroke.push(point);
    }
    this.#change();
  }

  #up(event) {
    if (event.pointerId !== this.#active?.id) return;
    this.#active = null;
    this.#change();
    this.#ended();
  }

  // --- keyboard ----------------------------------------------------------------------------------------------

  #key(event) {
    const wantsUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (wantsUndo) event.shiftKey ? this.redo() : this.undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key in keys) this.#step(keys[event.key]);
    else if (event.key === ' ') this.#toggle();
    else if (event.key === 'Escape') this.clear();
    else return;
    event.preventDefault();
  }

  #step([dx, dy]) {
    const limit = (value) => Math.min(Math.max(value, 0), unitsPerSide);
    const cursor = (this.#cursor ??= { x: unitsPerSide / 2, y: unitsPerSide / 2, stroke: null });
    cursor.x = limit(cursor.x + dx * keyStep);
    cursor.y = limit(cursor.y + dy * keyStep);
    cursor.stroke?.push([cursor.x, cursor.y]);
    this.#change();
  }

  #toggle() {
    const cursor = (this.#cursor ??= { x: unitsPerSide / 2, y: unitsPerSide / 2, stroke: null });
    if (cursor.stroke) {
      cursor.stroke = null;
      this.#ended();
    } else {
      cursor.stroke = [[cursor.x, cursor.y]];
      this.#strokes.push(cursor.stroke);
    }
    this.#change();
  }

  #leave() {
    if (!this.#cursor) return;
    this.#cursor = null;
    this.#draw();
  }

  // --- drawing -----------------------------------------------------------------------------------------------

  #change() {
    this.#canvas.parentElement.classList.toggle('used', this.#strokes.length > 0);
    this.#changed();
    this.#draw();
  }

  #draw() {
    const canvas = this.#canvas;
    if (this.#width === 0) return;
    const side = Math.round(this.#width * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext('2d');
    const ink = getComputedStyle(canvas).getPropertyValue('--ink');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.scale(side / unitsPerSide, side / unitsPerSide);
    context.lineCap = context.lineJoin = 'round';
    context.lineWidth = 52;
    context.strokeStyle = context.fillStyle = ink;
    for (const stroke of this.#strokes) drawStroke(context, stroke);
    if (this.#cursor) this.#drawCursor(context);
  }

  #drawCursor(context) {
    const { x, y, stroke } = this.#cursor;
    context.beginPath();
    context.arc(x, y, 34, 0, 2 * Math.PI);
    context.lineWidth = 6;
    context.strokeStyle = getComputedStyle(this.#canvas).getPropertyValue('--accent');
    context.stroke();
    if (stroke) return;
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.fill();
  }
}

// Through the middles between points, which makes corners of a fast hand round.
function drawStroke(context, stroke) {
  context.beginPath();
  if (stroke.length === 1) {
    context.arc(stroke[0][0], stroke[0][1], context.lineWidth / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...stroke[0]);
  for (let i = 1; i + 1 < stroke.length; i++) {
    const [x, y] = stroke[i];
    context.quadraticCurveTo(x, y, (x + stroke[i + 1][0]) / 2, (y + stroke[i + 1][1]) / 2);
  }
  context.lineTo(...stroke.at(-1));
  context.stroke();
}
