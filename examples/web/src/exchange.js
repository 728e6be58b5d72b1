// Models of Keras, PyTorch, ONNX, LiteRT and TensorFlow.js: a module of its own translates their files into ours. It is
// fetched when there is one, and its memory goes when it is done.
import { invalid } from './errors.js';
import { Instance } from './instance.js';

const signatures = [
  [0x89, 0x48, 0x44, 0x46], // HDF5: .h5 and .weights.h5 of Keras
  [0x50, 0x4b, 0x03, 0x04], // ZIP: .keras, .pt, .pth
];
const endings = /\.(h5|hdf5|keras|onnx|tflite|pt|pth)$/i;
const preparations = ['none', 'digit'];

/** Whether a file is for importing: by its first bytes, or its name. */
export function isForeign(bytes, name = '') {
  return (
    endings.test(name) || signatures.some((signature) => signature.every((byte, i) => bytes[i] === byte))
  );
}

/** The bytes of our model file that says the same. */
export async function translate(module, bytes, { encoding, architecture, prepare = 'none' } = {}) {
  if (!preparations.includes(prepare))
    throw invalid(`prepare: "${prepare}" is none of ${preparations.join(', ')}`);
  const instance = await Instance.create(module, 'plain');
  return instance.scope((scope) => {
    const text = (given) => (given === undefined ? 0 : scope.string(given));
    const data = scope.copy(bytes);
    const how = [text(encoding), text(architecture), preparations.indexOf(prepare)];
    const model = instance.create('import_model', data, bytes.length, ...how);
    const size = instance.call('model_bytes', model);
    const file = scope.space(size);
    instance.check('model_save', model, file, size);
    return instance.read(Uint8Array, file, size);
  });
}
