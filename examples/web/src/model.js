// Models: loaded, made, asked, saved.
import { MnistcnnError, errorOf, invalid } from './errors.js';
import { Handle } from './instance.js';
import { readPage } from './page.js';
import { pixelsOf, polarityOf, strokesOf } from './pictures.js';
import { expand, isQuantised, quantise } from './safetensors.js';

const maxBatch = 64;

// A drawing is rendered at this size and prepared like any other picture. Its pen is as wide as those of the digits
// that the model has seen, whatever the size it was drawn at. Digits are prepared to 20 pixels, so that three times as
// many are enough; twice as many again would take four times as long.
const drawing = { size: 88, box: 64, pen: 7 };

// Of symbols: as large as digits are, in the middle by their centre of mass.
const symbol = { factor: 8, box: 20, pen: 2.4, side: 28 };

const verdicts = ['found', 'touching', 'blank', 'filled', 'several', 'other', 'unclear'];
const verdictUnclear = 6;
const preparations = ['none', 'digit'];
const polarityLightOnDark = 2;

export function bytesOf(data) {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalid('a model is a Uint8Array or an ArrayBuffer of safetensors');
}

// In the module, as a page that has just been opened runs JavaScript slowly, and where the file is read from.
function expandInto(scope, bytes) {
  const { instance } = scope;
  return expand(bytes, {
    space: (size) => scope.space(size),
    put: (data, address) => instance.write(address, data),
    multiply: (small, scales, address) =>
      instance.scope((own) =>
        instance.call('expand', own.copy(small), small.length, own.copy(scales), scales.length, address),
      ),
  });
}

// A loop: some() would take as long as a tenth of the prediction.
function areIntensities(values) {
  const { length } = values;
  for (let i = 0; i < length; i++) if (!(values[i] >= 0 && values[i] <= 1)) return false;
  return true;
}

function largest(probabilities) {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i] > probabilities[best]) best = i;
  return best;
}

export class Model extends Handle {
  #workspace;

  constructor(instance, address) {
    super(instance, address, 'model_free');
    const facts = instance.scope((scope) => scope.numbers(14, 'model_facts', this.address));
    const [height, width, channels, classes, layers, parameters, threshold, temperature, prepare] = facts;
    const [invert, scale, offset, mean, deviation] = facts.subarray(9);
    this.input = { height, width, channels };
    this.labels = Array.from({ length: classes }, (_, i) =>
      instance.text(instance.call('model_class_name', this.address, i)),
    );
    this.architecture = instance.text(instance.call('model_architecture', this.address));
    this.layerCount = layers;
    this.parameters = parameters;
    this.threshold = threshold;
    this.temperature = temperature;
    this.prepare = preparations[prepare];
    this.numbers = { invert: invert === 1, scale, offset, mean, deviation };
  }

  /** A model of the bytes of a safetensors file, with weights of 32 or 8 bits. */
  static load(instance, data) {
    const bytes = bytesOf(data);
    return instance.scope((scope) => {
      const { address, size } = isQuantised(bytes)
        ? expandInto(scope, bytes)
        : { address: scope.copy(bytes), size: bytes.length };
      return new Model(instance, instance.create('model_load', address, size));
    });
  }

  /** A model with random weights. */
  static make(
    instance,
    { architecture, labels, height = 28, width = 28, channels = 1, seed = 1, mean = 0, deviation = 1 },
  ) {
    return instance.scope((scope) => {
      const numbers = scope.copy(Float64Array.of(height, width, channels, seed, mean, deviation));
      const names = scope.string(labels.join('\n'));
      return new Model(
        instance,
        instance.create('model_create', scope.string(architecture), names, labels.length, numbers),
      );
    });
  }

  // --- prediction ------------------------------------------------------------------------------------------

  get workspace() {
    this.#workspace ??= new Handle(
      this.instance,
      this.instance.create('workspace_create', this.address, maxBatch),
      'workspace_free',
    );
    return this.#workspace.address;
  }

  get inputBytes() {
    return this.input.height * this.input.width * this.input.channels;
  }

  /** The probabilities of images that are prepared: bytes, or with predictFloats() intensities from 0 to 1. */
  predictPrepared(images) {
    if (!(images instanceof Uint8Array)) throw invalid('images: prepared images are a Uint8Array');
    return this.#predict('predict', images);
  }

  predictFloats(images) {
    if (!(images instanceof Float32Array)) throw invalid('images: intensities are a Float32Array');
    if (!areIntensities(images)) {
      throw invalid('images: intensities are 0 to 1; pass bytes of 0 to 255 as a Uint8Array');
    }
    return this.#predict('predict_floats', images);
  }

  #predict(call, images) {
    const count = images.length / this.inputBytes;
    if (!Number.isInteger(count))
      throw invalid(`images: ${images.length} values are no multiple of ${this.inputBytes}`);
    const size = count * this.labels.length;
    return this.instance.scope((scope) => {
      const out = scope.space(size * 4);
      this.instance.check(call, this.address, this.workspace, scope.copy(images), images.length, out, size);
      return this.instance.read(Float32Array, out, size);
    });
  }

  /** The input that the network gets of a picture, and what was found in it. */
  prepareImage(picture, options = {}) {
    const { data, width, height, channels } = pixelsOf(picture);
    const polarity = polarityOf(options.polarity);
    return this.instance.scope((scope) =>
      this.#prepare(
        scope,
        scope.copy(data),
        { height, width, channels },
        polarity,
        options.passThrough ?? true,
      ),
    );
  }

  #prepare(scope, pixels, { height, width, channels }, polarity, passThrough) {
    const out = scope.space(this.inputBytes);
    const numbers = scope.space(6 * 8);
    this.instance.check(
      'prepare',
      this.address,
      pixels,
      height,
      width,
      channels,
      polarity,
      passThrough ? 1 : 0,
      out,
      numbers,
    );
    const [verdict, top, left, boxHeight, boxWidth] = this.instance.read(Float64Array, numbers, 6);
    return {
      // Digits are gray.
      pixels: this.instance.read(
        Uint8Array,
        out,
        this.prepare === 'digit' ? this.input.height * this.input.width : this.inputBytes,
      ),
      verdict: verdicts[verdict],
      verdictNumber: verdict,
      box: { top, left, height: boxHeight, width: boxWidth },
    };
  }

  /** Strokes as the network's input. */
  prepareStrokes(strokes) {
    const { points, lengths } = strokesOf(strokes);
    if (this.prepare !== 'digit') {
      return {
        pixels: renderSymbol(this.instance, strokes, this.input),
        verdict: points.length > 0 ? 'found' : 'blank',
        verdictNumber: points.length > 0 ? 0 : 2,
      };
    }
    const { size, box, pen } = drawing;
    return this.instance.scope((scope) => {
      const pixels = scope.space(size * size);
      this.instance.check(
        'draw_strokes',
        scope.copy(points),
        scope.copy(lengths),
        lengths.length,
        size,
        box,
        pen,
        0,
        pixels,
      );
      return this.#prepare(
        scope,
        pixels,
        { height: size, width: size, channels: 1 },
        polarityLightOnDark,
        false,
      );
    });
  }

  // Drawings and digits are gray; a network with three channels gets three equal ones.
  #asInput(pixels) {
    const { channels } = this.input;
    if (pixels.length === this.inputBytes) return pixels;
    return Uint8Array.from({ length: this.inputBytes }, (_, i) => pixels[Math.floor(i / channels)]);
  }

  /** What a picture shows: { data, width, height } or { strokes }. */
  predict(picture, options = {}) {
    const prepared = picture?.strokes
      ? this.prepareStrokes(picture.strokes)
      : this.prepareImage(picture, options);
    if (prepared.verdictNumber > 1) return this.#nothing(prepared);
    const probabilities = this.predictPrepared(this.#asInput(prepared.pixels));
    const index = largest(probabilities);
    const isUnclear = probabilities[index] < this.threshold;
    return {
      label: isUnclear ? null : this.labels[index],
      index: isUnclear ? -1 : index,
      confidence: probabilities[index],
      probabilities,
      verdict: isUnclear ? verdicts[verdictUnclear] : prepared.verdict,
      reason: isUnclear ? this.#reason(verdictUnclear) : null,
      prepared: prepared.pixels,
      box: prepared.box ?? null,
    };
  }

  #reason(verdict) {
    return this.instance.text(this.instance.call('verdict_text', verdict));
  }

  #nothing(prepared) {
    return {
      label: null,
      index: -1,
      confidence: 0,
      probabilities: new Float32Array(this.labels.length),
      verdict: prepared.verdict,
      reason: this.#reason(prepared.verdictNumber),
      prepared: prepared.pixels,
      box: prepared.box ?? null,
    };
  }

  /** Every digit of a page. */
  readDigits(picture, options = {}) {
    if (this.prepare !== 'digit')
      throw new MnistcnnError(
        'UNSUPPORTED',
        'this model does not read digits: its images are not prepared as digits',
      );
    return readPage(this, pixelsOf(picture), options);
  }

  // --- layers ----------------------------------------------------------------------------------------------

  layer(index) {
    return this.instance.scope((scope) => {
      const numbers = scope.space(17 * 8);
      const name = this.instance.call('layer_facts', this.address, index, numbers);
      if (name === 0) throw errorOf(-12, this.instance.lastError());
      const [kind, height, width, channels, activation, ...rest] = this.instance.read(
        Float64Array,
        numbers,
        17,
      );
      const [kernelHeight, kernelWidth, inChannels, outChannels, strideHeight, strideWidth] = rest;
      const [dilationHeight, dilationWidth, padding, input, other] = rest.slice(6);
      return {
        name: this.instance.text(name),
        ...{ kind, height, width, channels, activation, kernelHeight, kernelWidth, inChannels, outChannels },
        ...{ strideHeight, strideWidth, dilationHeight, dilationWidth, padding, input, other },
      };
    });
  }

  /** A layer's kernel (0), bias (1), ..., as mnistcnn_model_weights() counts them; null where it has none. */
  weights(layer, which) {
    const count = this.instance.call('layer_weights', this.address, layer, which, 0, 0);
    if (count === 0) return null;
    return this.instance.scope((scope) => {
      const values = scope.space(count * 4);
      this.instance.call('layer_weights', this.address, layer, which, values, count);
      return this.instance.read(Float32Array, values, count);
    });
  }

  setWeights(layer, which, values) {
    this.instance.scope((scope) => {
      this.instance.check(
        'layer_set_weights',
        this.address,
        layer,
        which,
        scope.copy(Float32Array.from(values)),
        values.length,
      );
    });
  }

  // --- files -----------------------------------------------------------------------------------------------

  /** The bytes of a safetensors file. bits 8: a quarter as many, which only this package reads. */
  save({ bits = 32 } = {}) {
    if (bits !== 32 && bits !== 8) throw invalid('bits: must be 32 or 8');
    const count = this.instance.call('model_bytes', this.address);
    if (count === 0) throw errorOf(-2, this.instance.lastError());
    const bytes = this.instance.scope((scope) => {
      const buffer = scope.space(count);
      this.instance.check('model_save', this.address, buffer, count);
      return this.instance.read(Uint8Array, buffer, count);
    });
    return bits === 8 ? quantise(bytes) : bytes;
  }

  note(key) {
    return this.instance.scope((scope) =>
      this.instance.text(this.instance.call('model_note', this.address, scope.string(key))),
    );
  }

  setNote(key, value) {
    this.instance.scope((scope) =>
      this.instance.check('model_set_note', this.address, scope.string(key), scope.string(value)),
    );
  }

  free() {
    this.#workspace?.free();
    this.#workspace = undefined;
    super.free();
  }
}

/** Strokes as an image for a network of symbols: any shape, light on black, gray. */
export function renderSymbol(
  instance,
  strokes,
  { height, width } = { height: symbol.side, width: symbol.side },
) {
  const side = Math.min(height, width);
  const { points, lengths } = strokesOf(strokes);
  const unit = (symbol.factor * side) / symbol.side;
  const size = symbol.factor * side;
  return instance.scope((scope) => {
    const large = scope.space(size * size);
    const small = scope.space(side * side);
    instance.check(
      'draw_strokes',
      scope.copy(points),
      scope.copy(lengths),
      lengths.length,
      size,
      Math.round(symbol.box * unit),
      symbol.pen * unit,
      1,
      large,
    );
    instance.check('reduce', large, size, side, small);
    return instance.read(Uint8Array, small, side * side);
  });
}
