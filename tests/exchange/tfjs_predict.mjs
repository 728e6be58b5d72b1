// Predicts with a layers model of TensorFlow.js.
//
//   node tfjs_predict.mjs MODULES MODEL.JSON IMAGES HEIGHT WIDTH CHANNELS
//
// MODULES: a folder of node_modules; IMAGES: a file of floats. The answers are printed as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [modules, path, images, height, width, channels] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const tf = require('@tensorflow/tfjs-core');
const layers = require('@tensorflow/tfjs-layers');
require('@tensorflow/tfjs-backend-cpu');

const bytesOf = (file) => {
  const buffer = readFileSync(file);
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
};
const json = JSON.parse(readFileSync(path, 'utf8'));
const weightData = bytesOf(join(dirname(path), json.weightsManifest[0].paths[0]));
const model = await layers.loadLayersModel({
  load: async () => ({
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest[0].weights,
    weightData,
  }),
});
const values = new Float32Array(bytesOf(images));
const shape = [height, width, channels].map(Number);
const input = tf.tensor(values, [values.length / (shape[0] * shape[1] * shape[2]), ...shape]);
console.log(JSON.stringify(await model.predict(input).array()));
