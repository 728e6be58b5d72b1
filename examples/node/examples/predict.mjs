// Reads the digit that an image file shows, with the shipped model.
//
//   node predict.mjs IMAGE...
import { Model, MnistcnnError } from 'mnistcnn';

const model = await Model.pretrained();
for (const path of process.argv.slice(2)) {
  try {
    const { label, probability } = await model.predict(path);
    console.log(`${path}: ${label} (${(100 * probability).toFixed(1)} %)`);
  } catch (error) {
    if (!(error instanceof MnistcnnError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
