// A network of the tutorial's kind, with any numbers of filters and units, as an ONNX model: what protobuf and the
// operators need, and no more.

const float = 1;

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
    if (rest === 0n) return bytes;
  }
}

const integer = (field, value) => [...varint(field << 3), ...varint(value)];

function bytes(field, content) {
  const data = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return Buffer.concat([
    Buffer.from([...varint((field << 3) | 2), ...varint(data.length)]),
    Buffer.from(data),
  ]);
}

const message = (field, ...parts) => bytes(field, Buffer.concat(parts.map((part) => Buffer.from(part))));

function tensor(name, dims, values) {
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return message(5, ...dims.map((dim) => integer(1, dim)), integer(2, float), bytes(8, name), bytes(9, raw));
}

function node(type, inputs, output, attributes = {}) {
  const list = Object.entries(attributes).map(([name, values]) =>
    message(
      5,
      bytes(1, name),
      ...(Array.isArray(values)
        ? [...values.map((v) => integer(8, v)), integer(20, 7)]
        : [integer(3, values), integer(20, 2)]),
    ),
  );
  return message(1, ...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, type), ...list);
}

function value(field, name, dims) {
  const shape = message(2, ...dims.map((dim) => message(1, dim === null ? bytes(2, 'n') : integer(1, dim))));
  return message(field, bytes(1, name), message(2, message(1, integer(1, float), shape)));
}

// Keras' [height][width][in][out] as [out][in][height][width].
function convolutionWeights(kernel, h, w, input, output) {
  const result = new Float32Array(kernel.length);
  for (let i = 0; i < h * w; i++) {
    for (let c = 0; c < input; c++) {
      for (let o = 0; o < output; o++)
        result[(o * input + c) * h * w + i] = kernel[(i * input + c) * output + o];
    }
  }
  return result;
}

// Rows of [height][width][channels] as of [channels][height][width].
function denseWeights(kernel, positions, channels, outputs) {
  const result = new Float32Array(kernel.length);
  for (let p = 0; p < positions; p++) {
    for (let c = 0; c < channels; c++) {
      const from = (p * channels + c) * outputs;
      result.set(kernel.subarray(from, from + outputs), (c * positions + p) * outputs);
    }
  }
  return result;
}

/** weights: { conv1, bias1, conv2, bias2, dense1, bias3, dense2, bias4 } as Keras has them. */
export function onnxModel(weights) {
  const [filters1, filters2, units] = [weights.bias1, weights.bias2, weights.bias3].map((bias) => bias.length);
  const graph = message(
    7,
    node('Conv', ['x', 'w1', 'b1'], 'c1', { kernel_shape: [5, 5] }),
    node('Relu', ['c1'], 'r1'),
    node('MaxPool', ['r1'], 'p1', { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Conv', ['p1', 'w2', 'b2'], 'c2', { kernel_shape: [5, 5] }),
    node('Relu', ['c2'], 'r2'),
    node('MaxPool', ['r2'], 'p2', { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Flatten', ['p2'], 'f', { axis: 1 }),
    node('Gemm', ['f', 'w3', 'b3'], 'g1'),
    node('Relu', ['g1'], 'r3'),
    node('Gemm', ['r3', 'w4', 'b4'], 'g2'),
    node('Softmax', ['g2'], 'y', { axis: 1 }),
    bytes(2, 'tutorial'),
    tensor('w1', [filters1, 1, 5, 5], convolutionWeights(weights.conv1, 5, 5, 1, filters1)),
    tensor('b1', [filters1], weights.bias1),
    tensor('w2', [filters2, filters1, 5, 5], convolutionWeights(weights.conv2, 5, 5, filters1, filters2)),
    tensor('b2', [filters2], weights.bias2),
    tensor('w3', [16 * filters2, units], denseWeights(weights.dense1, 16, filters2, units)),
    tensor('b3', [units], weights.bias3),
    tensor('w4', [units, 10], weights.dense2),
    tensor('b4', [10], weights.bias4),
    value(11, 'x', [null, 1, 28, 28]),
    value(12, 'y', [null, 10]),
  );
  return Buffer.concat([Buffer.from(integer(1, 8)), graph, message(8, integer(2, 13))]);
}
