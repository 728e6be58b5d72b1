// site.mjs PACKAGE FOLDER [ESBUILD]: the page as static files; with esbuild (the path of its module) its scripts are
// two files instead of thirty, which saves a slow connection some round trips. All but the page itself and what belongs beside it is in a folder
// that is named after the contents, so that no old file is ever met with a new one.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const [packageFolder, site, esbuild] = process.argv.slice(2);
const beside = ['index.html', 'icon.svg', 'manifest.webmanifest', 'service-worker.js'];
const nodeOnly = ['node.js', 'worker-node.js', 'index.d.ts'];

async function list(folder) {
  const entries = await readdir(path.join(packageFolder, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(packageFolder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

const versioned = [...(await list('page')), ...(await list('src')), ...(await list('dist'))].filter(
  (file) => !beside.includes(path.basename(file)) && !nodeOnly.includes(path.basename(file)),
);
const hash = createHash('sha256');
for (const file of [...versioned, ...beside.map((name) => `page/${name}`)])
  hash.update(file).update(await readFile(path.join(packageFolder, file)));
const version = hash.digest('hex').slice(0, 12);

const folder = `v-${version}`;
const target = (file) => `${folder}/${file}`;
const isScript = (file) => file.endsWith('.js');

async function copy(files) {
  for (const file of files) {
    await mkdir(path.join(site, path.dirname(target(file))), { recursive: true });
    await cp(path.join(packageFolder, file), path.join(site, target(file)));
  }
  return files.map(target);
}

// Where src is, so that what they name beside and above them is found.
async function bundle() {
  const { build } = await import(esbuild);
  const entries = { app: 'page/app.js', 'worker-browser': 'src/worker-browser.js' };
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, path.join(packageFolder, file)]),
    ),
    outdir: path.join(site, folder, 'src'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  return Object.keys(entries).map((name) => `${folder}/src/${name}.js`);
}

// What begins before the scripts have arrived, as a script in the page, which its policy names by its hash.
async function early() {
  if (!esbuild) return { script: '', allowed: '' };
  const { build } = await import(esbuild);
  const { outputFiles } = await build({
    entryPoints: [path.join(packageFolder, 'page/early.js')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  });
  const code = outputFiles[0].text.trim();
  const digest = createHash('sha256').update(code).digest('base64');
  return { script: `<script>${code}</script>`, allowed: ` 'sha256-${digest}'` };
}

await rm(site, { recursive: true, force: true });
const written = [
  ...(await copy(versioned.filter((file) => !esbuild || !isScript(file)))),
  ...(esbuild ? await bundle() : []),
];
for (const name of ['icon.svg', 'manifest.webmanifest'])
  await cp(path.join(packageFolder, 'page', name), path.join(site, name));

// Fetched at once, not one after the other as the modules name them.
const modules = written.filter((file) => isScript(file) && !/worker|job\.js/.test(file));
const { script, allowed } = await early();
const preloads = [
  ...modules.map((file) => `<link rel="modulepreload" href="${file}" />`),
  `<link rel="preload" as="fetch" crossorigin href="${target('dist/digits.safetensors')}" />`,
  script,
].join('\n    ');
const page = (await readFile(path.join(packageFolder, 'page/index.html'), 'utf8'))
  .replace(/<!-- preloads.*-->/, () => preloads)
  .replace("script-src 'self'", `script-src 'self'${allowed}`)
  .replace('href="style.css"', `href="${target('page/style.css')}"`)
  .replace('src="app.js"', `src="${written.find((file) => file.endsWith('/app.js'))}"`);
await writeFile(path.join(site, 'index.html'), page);

const files = ['./', 'icon.svg', 'manifest.webmanifest', ...written];
const worker = (await readFile(path.join(packageFolder, 'page/service-worker.js'), 'utf8'))
  .replace('@version@', version)
  .replace("'@files@'", files.map((file) => `'${file}'`).join(', '));
await writeFile(path.join(site, 'service-worker.js'), worker);
console.log(`${site}: version ${version}, ${files.length} files`);
