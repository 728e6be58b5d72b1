// Reads all digits of a page, line by line.
//
//   node read_page.mjs IMAGE
import { Model } from 'mnistcnn';

const model = await Model.pretrained();
const page = await model.readDigits(process.argv[2]);
for (const line of page.lines) console.log(line);
const doubtful = page.digits.filter(({ probability }) => probability < 0.9);
for (const { label, probability, box } of doubtful) {
  console.log(`in doubt: ${label} (${(100 * probability).toFixed(0)} %) at ${box.left}, ${box.top}`);
}
