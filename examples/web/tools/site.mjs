// site.mjs PACKAGE FOLDER [ESBUILD]: the page as static files; with esbuild (the path of its module) scripts and style
// sheet are in the page itself, but for that of the worker, which saves some round trips. All but the page and what
// belongs beside it is in a folder that is named after the contents, so that no old file is ever met with a new one.
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

async function build(options) {
  const esbuildModule = await import(esbuild);
  const { outputFiles } = await esbuildModule.build({
    bundle: true,
    minify: true,
    target: 'es2022',
    logLevel: 'warning',
    write: false,
    ...options,
  });
  return outputFiles[0].text.trim();
}

// An element with its text, which the page's policy names by its hash.
function inline(tag, text, attributes = '') {
  if (new RegExp(`</${tag}`, 'i').test(text)) throw new Error(`a ${tag} would end too early`);
  const digest = createHash('sha256').update(text).digest('base64');
  return { element: `<${tag}${attributes}>${text}</${tag}>`, allowed: ` 'sha256-${digest}'` };
}

// What begins before the rest of the page has arrived, what the page looks like, and its program, which finds the files
// as if it were where src is.
async function inlined() {
  const from = (file) => [path.join(packageFolder, file)];
  const program = await build({
    entryPoints: from('page/app.js'),
    format: 'esm',
    define: { 'import.meta.url': 'scriptAddress' },
    banner: { js: `const scriptAddress=new URL("${target('src/app.js')}",document.baseURI).href;` },
  });
  return {
    early: inline('script', await build({ entryPoints: from('page/early.js'), format: 'iife' })),
    style: inline('style', await build({ entryPoints: from('page/style.css') })),
    program: inline('script', program, ' type="module" async'),
  };
}

async function writeWorker() {
  const file = target('src/worker-browser.js');
  const program = await build({
    entryPoints: [path.join(packageFolder, 'src/worker-browser.js')],
    format: 'esm',
  });
  await mkdir(path.dirname(path.join(site, file)), { recursive: true });
  await writeFile(path.join(site, file), program);
  return [file];
}

await rm(site, { recursive: true, force: true });
const isInlined = (file) => isScript(file) || file === 'page/style.css';
const written = [
  ...(await copy(versioned.filter((file) => !esbuild || !isInlined(file)))),
  ...(esbuild ? await writeWorker() : []),
];
for (const name of ['icon.svg', 'manifest.webmanifest'])
  await cp(path.join(packageFolder, 'page', name), path.join(site, name));

const source = await readFile(path.join(packageFolder, 'page/index.html'), 'utf8');
const model = `<link rel="preload" as="fetch" crossorigin href="${target('dist/digits.safetensors')}" />`;
const marks = {
  preloads: /<!-- preloads.*-->/,
  style: '<link rel="stylesheet" href="style.css" />',
  program: '<script type="module" src="app.js"></script>',
  end: '</body>',
  scriptPolicy: "script-src 'self'",
  stylePolicy: "style-src 'self'",
};

function replaceAll(replacements) {
  return Object.entries(replacements).reduce((page, [name, text]) => {
    const replaced = page.replace(marks[name], () => text);
    if (replaced === page) throw new Error(`index.html has no place for ${name}`);
    return replaced;
  }, source);
}

async function pageInOne() {
  const { early, style, program } = await inlined();
  return replaceAll({
    preloads: `${model}\n    ${early.element}`,
    style: style.element,
    program: '', // not before what it works with, and not after all of the page is known to be there
    end: `  ${program.element}\n  </body>`,
    scriptPolicy: `script-src 'self'${early.allowed}${program.allowed}`,
    stylePolicy: `style-src 'self'${style.allowed}`,
  });
}

// Scripts are fetched at once, not one after the other as the modules name them.
function pageOfFiles() {
  const modules = written.filter((file) => isScript(file) && !/worker|job\.js/.test(file));
  return replaceAll({
    preloads: [...modules.map((file) => `<link rel="modulepreload" href="${file}" />`), model].join('\n    '),
    style: `<link rel="stylesheet" href="${target('page/style.css')}" />`,
    program: `<script type="module" src="${target('page/app.js')}"></script>`,
  });
}

await writeFile(path.join(site, 'index.html'), esbuild ? await pageInOne() : pageOfFiles());

const files = ['./', 'icon.svg', 'manifest.webmanifest', ...written];
const worker = (await readFile(path.join(packageFolder, 'page/service-worker.js'), 'utf8'))
  .replace('@version@', version)
  .replace("'@files@'", files.map((file) => `'${file}'`).join(', '));
await writeFile(path.join(site, 'service-worker.js'), worker);
console.log(`${site}: version ${version}, ${files.length} files`);
