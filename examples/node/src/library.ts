// About the library itself.
import { call, libraryPath, textResult } from './ffi';
import { checkText } from './check';

/** Where the library is, its version, and one line about its build, for bug reports. */
export function libraryInfo(): { readonly path: string; readonly version: string; readonly build: string } {
  return {
    path: libraryPath(),
    version: call('mnistcnn_version_string')!,
    build: textResult((text, capacity, length) => call('mnistcnn_build_info', text, capacity, length)),
  };
}

/** Whether this build has a feature on this machine: 'neon', 'avx2', 'avx512', 'int8', 'jpeg', 'bmp', 'openblas'. */
export function hasFeature(name: string): boolean {
  return call('mnistcnn_has_feature', checkText('name', name)) !== 0;
}
