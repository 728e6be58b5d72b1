// Reads all digits of a page, line by line, or of a form, cell by cell.
//
//   node read_page.mjs IMAGE [--form] [--overlay FILE.svg]
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { drawPage, Model } from 'mnistcnn';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { form: { type: 'boolean' }, overlay: { type: 'string' } },
});
const [image] = positionals;
const model = await Model.pretrained();
const page = await model.readDigits(image, { form: values.form ?? false });
for (const line of page.lines) console.log(line);
for (const { label, verdict, probability, box } of page.digits) {
  if (verdict === 'unclear') console.log(`unclear: ${box.left}, ${box.top}`);
  else if (label !== undefined && probability < 0.9)
    console.log(`in doubt: ${label} (${(100 * probability).toFixed(0)} %) at ${box.left}, ${box.top}`);
}
if (values.overlay) {
  await writeFile(values.overlay, drawPage(page, { href: pathToFileURL(resolve(image)).href }));
}
