// Which library is taken, on systems that this one is not.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { describe, it } from 'node:test';

import { packageFolder, temporaryFolder } from './support.mjs';

const require = createRequire(import.meta.url);
const { candidates, files, libcOfInterpreter, notFound, thisSystem, unpacked } = require(
  join(packageFolder, 'dist', 'locate.js'),
);
const { VERSION } = require(join(packageFolder, 'dist', 'abi.js'));

const system = (platform, arch, libc) => ({ platform, arch, libc });

describe('the library', () => {
  it('is that of the system, and on Linux also that of the other libc', () => {
    assert.deepEqual(candidates(system('linux', 'x64', 'glibc')), ['linux-x64', 'linuxmusl-x64']);
    assert.deepEqual(candidates(system('linux', 'arm64', 'musl')), ['linuxmusl-arm64', 'linux-arm64']);
    assert.deepEqual(candidates(system('linux', 'x64', undefined)), ['linux-x64', 'linuxmusl-x64']);
    assert.deepEqual(candidates(system('win32', 'x64', undefined)), []);
    assert.deepEqual(candidates(system('linux', 'riscv64', 'glibc')), []);
  });

  it('is outside an archive of Electron', () => {
    const inside = ['', 'opt', 'app.asar', 'node_modules', 'mnistcnn'].join(sep);
    const outside = inside.replace('app.asar', 'app.asar.unpacked');
    assert.equal(
      unpacked(inside, (path) => path === outside),
      outside,
    );
    assert.equal(
      unpacked(inside, () => false),
      inside,
    );
    assert.equal(
      unpacked('/usr/lib/mnistcnn', () => true),
      '/usr/lib/mnistcnn',
    );
  });

  it('of another version is refused', () => {
    assert.throws(() => files({ directory: '/x', version: '9.0.0' }, 'linux-x64'), {
      message: new RegExp(`9\\.0\\.0.*${VERSION}`),
    });
    const minor = VERSION.split('.').slice(0, 2).join('.');
    assert.deepEqual(files({ directory: '/x', version: VERSION }, 'linux-arm64'), {
      core: `/x/libmnistcnn.so.${minor}`,
      exchange: `/x/libmnistcnn_exchange.so.${minor}`,
    });
  });

  it('that is missing is asked for by name', () => {
    const text = notFound(
      system('linux', 'arm64', 'glibc'),
      ['@mnistcnn/linux-arm64: Cannot find module'],
      ['linux-x64'],
    );
    for (const part of [
      'linux arm64 (glibc)',
      'Cannot find module',
      'npm install @mnistcnn/linux-arm64@',
      '--omit=optional',
      'MNISTCNN_LIBRARY',
      'copied from another system',
      'linux-x64',
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(
      notFound(system('sunos', 'x64', undefined), [], []).includes('no prebuilt library for this system'),
    );
  });
});

describe('the libc', () => {
  it('is read from the program that runs', () => {
    const folder = temporaryFolder();
    const program = (text) => {
      const path = join(folder, text.replaceAll('/', '_'));
      writeFileSync(path, `\x7fELF${text}\0`);
      return path;
    };
    assert.equal(libcOfInterpreter(program('/lib/ld-musl-x86_64.so.1')), 'musl');
    assert.equal(libcOfInterpreter(program('/lib64/ld-linux-x86-64.so.2')), 'glibc');
    assert.equal(libcOfInterpreter(program('static')), undefined);
    assert.equal(libcOfInterpreter(join(folder, 'none')), undefined);
    assert.equal(
      thisSystem().libc,
      process.platform === 'linux' ? libcOfInterpreter(process.execPath) : undefined,
    );
  });
});

describe('the package', () => {
  it('has the version of the library, exact dependencies and no scripts', () => {
    const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    assert.equal(manifest.version, VERSION);
    assert.match(manifest.dependencies.koffi, /^\d+\.\d+\.\d+$/);
    assert.equal(manifest.scripts, undefined);
    assert.equal(manifest.devDependencies, undefined);
    for (const version of Object.values(manifest.optionalDependencies)) assert.equal(version, VERSION);
    mkdirSync(join(temporaryFolder(), 'x'));
  });

  it('asks the foreign function interface in one file only, and never for a view of foreign memory', () => {
    const folder = join(packageFolder, 'dist');
    const sources = require('node:fs')
      .readdirSync(folder)
      .filter((name) => name.endsWith('.js'));
    const users = sources.filter((name) =>
      /require\("koffi"\)/.test(readFileSync(join(folder, name), 'utf8')),
    );
    assert.deepEqual(users, ['ffi.js']);
    const ffi = readFileSync(join(folder, 'ffi.js'), 'utf8');
    assert.doesNotMatch(ffi, /koffi\.(view|free|alloc|register|proto|struct|opaque)\(/);
  });
});
