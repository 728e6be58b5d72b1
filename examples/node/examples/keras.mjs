// Takes a model of Keras (or of PyTorch, ONNX, LiteRT, TensorFlow.js), goes on training it on a folder of images, and
// gives it to Keras.
//
//   node keras.mjs MODEL FOLDER OUT.keras
import { Dataset, Model } from 'mnistcnn';

const [path, folder, out] = process.argv.slice(2);
const model = await Model.importFile(path);
console.log(model.summary());
const dataset = await Dataset.fromFolder(folder, { model });
console.log(`accuracy before: ${(await model.evaluate(dataset)).accuracy.toFixed(4)}`);
await model.train(dataset, { epochs: 3, optimizer: 'adam', loss: 'categorical_cross_entropy' });
console.log(`accuracy after: ${(await model.evaluate(dataset)).accuracy.toFixed(4)}`);
await model.export(out);
