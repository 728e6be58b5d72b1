// What the first layers of a network make of an image, to be looked at. Plain loops: a glance takes a millisecond or
// two, and predictions never pass here.

const conv2d = 0;
const maxPool = 1;
const activationLayer = 2;
const relu = 1;
const linear = 0;
const same = 1;
const kernelWeights = 0;
const biasWeights = 1;

// Zeros before the image where the output is as large as the input.
function padBefore(padding, input, output, window, stride) {
  return padding === same ? Math.floor(Math.max((output - 1) * stride + window - input, 0) / 2) : 0;
}

function convolve(model, index, layer, x) {
  const { height, width, channels, kernelHeight, kernelWidth, strideHeight, strideWidth } = layer;
  const weights = model.weights(index, kernelWeights);
  const bias = model.weights(index, biasWeights) ?? new Float32Array(channels);
  const reachY = (kernelHeight - 1) * layer.dilationHeight + 1;
  const reachX = (kernelWidth - 1) * layer.dilationWidth + 1;
  const top = padBefore(layer.padding, x.height, height, reachY, strideHeight);
  const left = padBefore(layer.padding, x.width, width, reachX, strideWidth);
  const data = new Float32Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * channels;
      data.set(bias, at);
      for (let i = 0; i < kernelHeight; i++) {
        const y = row * strideHeight - top + i * layer.dilationHeight;
        if (y < 0 || y >= x.height) continue;
        for (let j = 0; j < kernelWidth; j++) {
          const column2 = column * strideWidth - left + j * layer.dilationWidth;
          if (column2 < 0 || column2 >= x.width) continue;
          addTap(
            data,
            at,
            channels,
            weights,
            (i * kernelWidth + j) * x.channels,
            x,
            (y * x.width + column2) * x.channels,
          );
        }
      }
    }
  }
  return { height, width, channels, data };
}

function addTap(data, at, channels, weights, tap, x, from) {
  for (let c = 0; c < x.channels; c++) {
    const value = x.data[from + c];
    if (value === 0) continue;
    const row = (tap + c) * channels;
    for (let o = 0; o < channels; o++) data[at + o] += value * weights[row + o];
  }
}

function rectify(data) {
  for (let i = 0; i < data.length; i++) if (data[i] < 0) data[i] = 0;
}

function pool(layer, x) {
  const { height, width, channels, kernelHeight, kernelWidth, strideHeight, strideWidth } = layer;
  const top = padBefore(layer.padding, x.height, height, kernelHeight, strideHeight);
  const left = padBefore(layer.padding, x.width, width, kernelWidth, strideWidth);
  const data = new Float32Array(height * width * channels).fill(-Infinity);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let i = 0; i < kernelHeight * kernelWidth; i++) {
        const y = row * strideHeight - top + Math.floor(i / kernelWidth);
        const column2 = column * strideWidth - left + (i % kernelWidth);
        if (y < 0 || y >= x.height || column2 < 0 || column2 >= x.width) continue;
        for (let c = 0; c < channels; c++) {
          const at = (row * width + column) * channels + c;
          data[at] = Math.max(data[at], x.data[(y * x.width + column2) * channels + c]);
        }
      }
    }
  }
  return { height, width, channels, data };
}

function inputOf(model, prepared) {
  const { invert, scale, offset, mean, deviation } = model.numbers;
  const data = Float32Array.from(
    prepared,
    (byte) => ((invert ? 255 - byte : byte) * scale + offset - mean) / deviation,
  );
  return { ...model.input, data };
}

function runLayer(model, index, layer, x) {
  if (layer.kind === conv2d) {
    const y = convolve(model, index, layer, x);
    if (layer.activation === relu) rectify(y.data);
    return layer.activation === relu || layer.activation === linear ? y : null;
  }
  if (layer.kind === maxPool) return pool(layer, x);
  if (layer.kind === activationLayer && layer.activation === relu) {
    const data = x.data.slice();
    rectify(data);
    return { ...x, data };
  }
  return null;
}

/**
 * The outputs of the first layers, as far as they are convolutions, ReLUs and max-poolings one after the other:
 * [{ name, kind, height, width, channels, data }, ...], data row by row with the channels last. Gray models only.
 */
export function activations(model, prepared, most = 4) {
  const list = [];
  if (model.input.channels !== 1) return list;
  let x = inputOf(model, prepared);
  for (let index = 0; index < Math.min(most, model.layerCount); index++) {
    const layer = model.layer(index);
    const y = layer.input === index - 1 ? runLayer(model, index, layer, x) : null;
    if (!y) break;
    list.push({ name: layer.name, kind: ['convolution', 'max-pooling', 'activation'][layer.kind], ...y });
    x = y;
  }
  return list;
}

/** The filters of the first convolution: { height, width, count, data: [count][height][width] }; null without one. */
export function firstFilters(model) {
  const layer = model.layer(0);
  if (layer.kind !== conv2d || model.input.channels !== 1) return null;
  const { kernelHeight: height, kernelWidth: width, channels: count } = layer;
  const weights = model.weights(0, kernelWeights);
  const data = new Float32Array(weights.length);
  for (let i = 0; i < height * width; i++) {
    for (let o = 0; o < count; o++) data[o * height * width + i] = weights[i * count + o];
  }
  return { height, width, count, data };
}
