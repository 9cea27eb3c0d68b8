import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder } from './folder.ts'

it('makes a folder with its parents, closed to others, also when it is there', () => {
  const root = mkdtempSync(join(tmpdir(), 'tender-folder-'))
  makeFolder(join(root, 'a/b'))
  makeFolder(join(root, 'a/b'))
  expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700)
  rmSync(root, { recursive: true })
})

it('fails at once where nothing can be made', () => {
  expect(() => makeFolder('/proc/tender/a')).toThrow('ENOENT')
  expect(() => makeFolder('/dev/null/x')).toThrow(/ENOTDIR|EEXIST/)
})
