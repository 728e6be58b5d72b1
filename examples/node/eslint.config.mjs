import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'package/'] },
  {
    files: ['src/**/*.ts', 'src/**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Elements that are known to be there: noUncheckedIndexedAccess asks about all of them.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // An options object or a buffer may come from JavaScript, whatever its type says.
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  // The packages of other platforms are there or not.
  { files: ['src/locate.ts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.recommended],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { rules: { eqeqeq: 'error', 'no-console': 'off', 'prefer-const': 'error' } },
);
