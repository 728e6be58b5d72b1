// Writes the reference network as an ONNX file by hand: what it needs of protocol buffers is a
// page, so a package does not pay. Field numbers are those of onnx.proto3 (opset 13, IR version 7).
//
// The graph takes NCHW, so it holds no Transpose: with random weights the order of the dense
// kernel's inputs is free, and the leanest graph is the fairest peer.

const IR_VERSION = 7;
const OPSET = 13;
const FLOAT = 1; // TensorProto.DataType
const ATTRIBUTE_INT = 2; // AttributeProto.AttributeType
const ATTRIBUTE_INTS = 7;

const varint = (value) => {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
};
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) =>
  Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const text = (field, value) => bytes(field, Buffer.from(value, 'utf8'));
const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

const attribute = (name, value) =>
  Array.isArray(value)
    ? message(5, text(1, name), ...value.map((v) => number(8, v)), number(20, ATTRIBUTE_INTS))
    : message(5, text(1, name), number(3, value), number(20, ATTRIBUTE_INT));

const node = (type, inputs, output, attributes = {}) =>
  message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, type),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)));

const tensor = (name, shape, values) =>
  message(5, ...shape.map((d) => number(1, d)), number(2, FLOAT), text(8, name),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)));

const valueInfo = (field, name, shape) => {
  const dimensions = shape.map((d) =>
    typeof d === 'string' ? message(1, text(2, d)) : message(1, number(1, d)));
  const tensorType = message(1, number(1, FLOAT), message(2, ...dimensions));
  return message(field, text(1, name), message(2, tensorType));
};

const model = (nodes, weights, input, output) =>
  Buffer.concat([
    number(1, IR_VERSION),
    message(7, ...nodes, text(2, 'network'), ...weights,
      valueInfo(11, 'image', input), valueInfo(12, 'result', output)),
    message(8, number(2, OPSET)),
  ]);

// Glorot uniform from a small generator of our own, so that the file is the same every time.
const randomWeights = (() => {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return (count, fanIn, fanOut) => {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    return Float32Array.from({ length: count }, () => limit * uniform());
  };
})();

export const sideAfterConvolutions = (size) => Math.floor((Math.floor((size - 4) / 2) - 4) / 2);

export function referenceNetwork(channels, size) {
  const weights = [];
  const kernel = (name, shape, fanIn, fanOut) => {
    const count = shape.reduce((a, b) => a * b, 1);
    weights.push(tensor(`${name}.w`, shape, randomWeights(count, fanIn, fanOut)));
    const outputs = name.startsWith('conv') ? shape[0] : shape[1];
    weights.push(tensor(`${name}.b`, [outputs], new Float32Array(outputs)));
    return [`${name}.w`, `${name}.b`];
  };
  const flat = 32 * sideAfterConvolutions(size) ** 2;
  const window = { kernel_shape: [2, 2], strides: [2, 2] };
  const nodes = [
    node('Conv', ['image', ...kernel('conv1', [16, channels, 5, 5], 25 * channels, 400)], 'c1'),
    node('Relu', ['c1'], 'r1'),
    node('MaxPool', ['r1'], 'p1', window),
    node('Conv', ['p1', ...kernel('conv2', [32, 16, 5, 5], 400, 800)], 'c2'),
    node('Relu', ['c2'], 'r2'),
    node('MaxPool', ['r2'], 'p2', window),
    node('Flatten', ['p2'], 'f', { axis: 1 }),
    node('Gemm', ['f', ...kernel('dense1', [flat, 1000], flat, 1000)], 'd1'),
    node('Relu', ['d1'], 'r3'),
    node('Gemm', ['r3', ...kernel('dense2', [1000, 10], 1000, 10)], 'd2'),
    node('Softmax', ['d2'], 'result', { axis: -1 }),
  ];
  return model(nodes, weights, ['N', channels, size, size], ['N', 10]);
}

// Does nothing: what remains is the cost of a call.
export const identity = () =>
  model([node('Identity', ['image'], 'result')], [], ['N', 10], ['N', 10]);
