// Finds the shared library: MNISTCNN_LIBRARY, or the one that was built for this system.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

import { VERSION } from './abi';

export interface Located {
  readonly core: string;
  readonly exchange: string;
}

export interface Opened<T> {
  readonly located: Located;
  readonly library: T;
}

export interface PlatformPackage {
  readonly directory: string;
  readonly version: string;
}

export type Libc = 'glibc' | 'musl' | undefined;

/** What tells systems apart; tests pretend to be on others. */
export interface System {
  readonly platform: string;
  readonly arch: string;
  readonly libc: Libc;
}

/** Of the shared library; as its version before 1.0, in which each minor one has an interface of its own. */
const SONAME = `.so.${VERSION.split('.').slice(0, 2).join('.')}`;
const SUFFIXES: Readonly<Record<string, string>> = { darwin: '.dylib', win32: '.dll' };
const CORE = 'mnistcnn';

// Each name stands in a call of its own, so that bundlers and tracers see it.
const PACKAGES: Readonly<Record<string, () => PlatformPackage>> = {
  'linux-x64': () => ({ directory: join(__dirname, '..', 'prebuilt', 'linux-x64'), version: VERSION }),
  'linux-arm64': () => require('@mnistcnn/linux-arm64') as PlatformPackage,
  'linuxmusl-x64': () => require('@mnistcnn/linuxmusl-x64') as PlatformPackage,
  'linuxmusl-arm64': () => require('@mnistcnn/linuxmusl-arm64') as PlatformPackage,
};

export function locate<T>(open: (path: string) => T): Opened<T> {
  refuseOldBun();
  const given = process.env['MNISTCNN_LIBRARY'];
  if (given) return openGiven(given, open);
  return openPrebuilt(thisSystem(), open);
}

/** Up to 1.3.14, Bun aborts when it collects an object of koffi's. */
function refuseOldBun(): void {
  const bun = (process.versions as Record<string, string | undefined>)['bun'];
  if (bun === undefined) return;
  const [major = 0, minor = 0, patch = 0] = bun.split('.').map((part) => Number.parseInt(part, 10));
  if (major > 1 || (major === 1 && (minor > 3 || (minor === 3 && patch > 14)))) return;
  throw new Error(
    `mnistcnn does not run in Bun ${bun}, which aborts at its first garbage collection; ` +
      'use a newer version of Bun, or Node.js',
  );
}

function openGiven<T>(path: string, open: (path: string) => T): Opened<T> {
  try {
    const exchange = process.env['MNISTCNN_EXCHANGE_LIBRARY'] ?? besides(path);
    return { library: open(path), located: { core: path, exchange } };
  } catch (cause) {
    throw new Error(`${path}, which MNISTCNN_LIBRARY names, could not be loaded: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** libmnistcnn_exchange.so.0.1 for libmnistcnn.so.0.1, in the same folder. */
function besides(path: string): string {
  return join(dirname(path), basename(path).replace(CORE, `${CORE}_exchange`));
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

// --- prebuilt ---------------------------------------------------------------------------------------

function openPrebuilt<T>(system: System, open: (path: string) => T): Opened<T> {
  const causes: string[] = [];
  for (const key of candidates(system)) {
    try {
      const located = files(PACKAGES[key]!(), key);
      return { library: open(located.core), located };
    } catch (cause) {
      causes.push(`${packageName(key)}: ${firstLine(messageOf(cause))}`);
    }
  }
  throw new Error(notFound(system, causes, Object.keys(PACKAGES).filter(isInstalled)));
}

/** What is built for such a system, the likelier first: on Linux it is not always clear which libc there is. */
export function candidates({ platform, arch, libc }: System): string[] {
  const keys =
    platform === 'linux' && libc === 'musl'
      ? [`linuxmusl-${arch}`, `linux-${arch}`]
      : platform === 'linux'
        ? [`linux-${arch}`, `linuxmusl-${arch}`]
        : [`${platform}-${arch}`];
  return keys.filter((key) => key in PACKAGES);
}

export function files(found: PlatformPackage, key: string): Located {
  if (found.version !== VERSION) {
    throw new Error(`version ${found.version} is installed, but ${VERSION} is needed`);
  }
  const folder = unpacked(found.directory);
  const suffix = SUFFIXES[key.split('-')[0]!] ?? SONAME;
  const path = (name: string) => join(folder, `lib${name}${suffix}`);
  return { core: path(CORE), exchange: path(`${CORE}_exchange`) };
}

/** Electron reads files inside app.asar, but the system's loader cannot. */
export function unpacked(folder: string, exists: (path: string) => boolean = existsSync): string {
  const outside = folder.replace(`app.asar${sep}`, `app.asar.unpacked${sep}`);
  return outside !== folder && exists(outside) ? outside : folder;
}

function packageName(key: string): string {
  return key === 'linux-x64' ? 'mnistcnn (prebuilt/linux-x64)' : `@mnistcnn/${key}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function isInstalled(key: string): boolean {
  try {
    return existsSync(PACKAGES[key]!().directory);
  } catch {
    return false;
  }
}

/** The message when nothing could be loaded: for which system, what was tried, and what helps. */
export function notFound(system: System, causes: readonly string[], installed: readonly string[]): string {
  const { platform, arch, libc } = system;
  const name = candidates(system).map(packageName)[0];
  const lines = [`mnistcnn: no library could be loaded for ${platform} ${arch}${libc ? ` (${libc})` : ''}`];
  lines.push(...causes.map((cause) => `  ${cause}`));
  if (!name) lines.push('  there is no prebuilt library for this system');
  const others = installed.filter((key) => !candidates(system).includes(key));
  if (others.length > 0) {
    lines.push(
      `  installed is ${others.map(packageName).join(', ')}: was node_modules copied from another system?`,
    );
  }
  lines.push('What helps:');
  if (name?.startsWith('@')) {
    lines.push(
      `  npm install ${name}@${VERSION}, or a lock file that was made on this system`,
      '  npm install without --omit=optional',
    );
  } else {
    lines.push('  install the package anew on this system: npm install mnistcnn');
  }
  lines.push('  MNISTCNN_LIBRARY=/path/to/libmnistcnn.so, with a library of your own');
  return lines.join('\n');
}

// --- the system -------------------------------------------------------------------------------------

export function thisSystem(): System {
  const { platform, arch } = process;
  return {
    platform,
    arch,
    libc: platform === 'linux' ? (libcOfInterpreter(process.execPath) ?? libcOfReport()) : undefined,
  };
}

/** The loader that a Linux program names in its first bytes: that of the libc it runs with. */
export function libcOfInterpreter(program: string): Libc {
  try {
    const start = readStart(program, 4096);
    if (start.includes('/ld-musl-')) return 'musl';
    return start.includes('/ld-linux') ? 'glibc' : undefined;
  } catch {
    return undefined;
  }
}

function readStart(path: string, length: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

function libcOfReport(): Libc {
  const { report } = process as { report?: NodeJS.ProcessReport & { excludeNetwork?: boolean } };
  if (!report) return undefined;
  const before = report.excludeNetwork;
  report.excludeNetwork = true; // which would resolve names
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before ?? false;
  return header?.glibcVersionRuntime ? 'glibc' : 'musl';
}
