// Makes the folder that is published: what was compiled, the library for linux-x64 and the shipped model.
//
//   node stage.mjs --dist DIR --core FILE --exchange FILE --model FILE --license FILE --out DIR
//   node stage.mjs --platform linux-arm64 --core FILE --exchange FILE --license FILE --out DIR
//
// The second form makes the package of another platform, which is an optional dependency of the first.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '..');
// {key in src/locate.ts: what npm compares with the system that it installs on}
const PLATFORMS = {
  'linux-arm64': { os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  'linuxmusl-x64': { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  'linuxmusl-arm64': { os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
};

const names = ['dist', 'core', 'exchange', 'model', 'license', 'out', 'platform'];
const { values } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});
const manifest = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8'));

function writeManifest(content) {
  writeFileSync(join(values.out, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

// By the name that it was linked with: libmnistcnn.so.0.1.
function copyLibrary(file, folder) {
  const name = basename(file).replace(/(\.so\.\d+\.\d+)\.\d+$/, '$1');
  const minor = manifest.version.split('.').slice(0, 2).join('.');
  copyFileSync(file, join(folder, name.endsWith('.so') ? `${name}.${minor}` : name));
}

function stageMain() {
  const { private: _private, scripts: _scripts, devDependencies: _devDependencies, ...published } = manifest;
  const optionalDependencies = Object.fromEntries(
    Object.keys(PLATFORMS).map((key) => [`@mnistcnn/${key}`, manifest.version]),
  );
  writeManifest({ ...published, optionalDependencies });
  cpSync(values.dist, join(values.out, 'dist'), { recursive: true });
  const prebuilt = join(values.out, 'prebuilt', 'linux-x64');
  mkdirSync(prebuilt, { recursive: true });
  copyLibrary(values.core, prebuilt);
  copyLibrary(values.exchange, prebuilt);
  mkdirSync(join(values.out, 'models'));
  copyFileSync(values.model, join(values.out, 'models', 'digits.safetensors'));
  for (const name of ['README.md', 'CHANGELOG.md']) copyFileSync(join(SOURCE, name), join(values.out, name));
}

function stagePlatform(key) {
  const { version, license, author, engines } = manifest;
  writeManifest({
    name: `@mnistcnn/${key}`,
    version,
    description: `The library of the package mnistcnn for ${key}`,
    license,
    author,
    engines,
    ...PLATFORMS[key],
    preferUnplugged: true,
    main: './index.js',
    exports: { '.': './index.js', './package.json': './package.json' },
    files: ['index.js', '*.so*'],
  });
  writeFileSync(
    join(values.out, 'index.js'),
    `exports.directory = __dirname;\nexports.version = '${version}';\n`,
  );
  writeFileSync(
    join(values.out, 'README.md'),
    `The library of the package \`mnistcnn\` for ${key}, which that installs where it is needed.\n`,
  );
  copyLibrary(values.core, values.out);
  copyLibrary(values.exchange, values.out);
}

if (values.platform !== undefined && !(values.platform in PLATFORMS)) {
  throw new Error(`--platform ${values.platform}: not one of ${Object.keys(PLATFORMS).join(', ')}`);
}
rmSync(values.out, { recursive: true, force: true });
mkdirSync(values.out, { recursive: true });
copyFileSync(values.license, join(values.out, 'LICENSE'));
if (values.platform === undefined) stageMain();
else stagePlatform(values.platform);
