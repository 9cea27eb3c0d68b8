/**
 * Which file imports which: the graph that test/support/arrows.ts judges, and that the test command asks which tests touch a database.
 *
 * Read from the import lines themselves, type-only imports included. The usual tools read TypeScript through the compiler's programming
 * interface, which TypeScript 7 does not have yet; the sources here are formatted so that an import always starts its line.
 */
import { glob, readFile } from 'node:fs/promises'
import { posix } from 'node:path'

/** File (from the root of the repository, with forward slashes) to what it imports: such files, and the names of packages. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

const statement = /^[ \t]*(?:import|export)\b(?:[^'"`;(]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const call = /\bimport\(\s*['"]([^'"]+)['"]/g

/** The specifiers of all imports, re-exports, dynamic imports and import types in a source text. */
export function specifiersOf(source: string): string[] {
  return [...source.matchAll(statement), ...source.matchAll(call)].flatMap((match) => match[1] ?? [])
}

/** Relative specifiers become paths from the root; packages keep their name without a subpath; `node:` stays. */
export function resolveSpecifier(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\?.*$/, '')
  if (specifier.startsWith('node:')) return specifier
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

/** The graph of some sources that are at hand: file name to text. */
export function graphOf(sources: Readonly<Record<string, string>>): ImportGraph {
  return new Map(
    Object.entries(sources).map(([file, text]) => [file, [...new Set(specifiersOf(text).map((specifier) => resolveSpecifier(file, specifier)))]]),
  )
}

/** Reads every TypeScript file below `src` and `test`. */
export async function readGraph(root: string): Promise<ImportGraph> {
  const files = (await Array.fromAsync(glob('{src,test}/**/*.ts', { cwd: root }))).map((file) => file.replaceAll('\\', '/')).sort()
  const sources = await Promise.all(files.map(async (file) => [file, await readFile(`${root}/${file}`, 'utf8')] as const))
  return graphOf(Object.fromEntries(sources))
}

/** Every file that reaches one of `targets` through any number of imports, the targets included. */
export function dependentsOf(graph: ImportGraph, targets: readonly string[]): Set<string> {
  const found = new Set(targets)
  let before: number
  do {
    before = found.size
    for (const [file, imports] of graph) if (imports.some((target) => found.has(target))) found.add(file)
  } while (found.size > before)
  return found
}

/** One cycle per knot of files that import each other in a circle, as the path around it. */
export function cyclesIn(graph: ImportGraph): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const walk = (file: string, path: string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) return void cycles.push([...path.slice(start), file])
    if (done.has(file)) return
    for (const target of graph.get(file) ?? []) if (graph.has(target)) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return cycles
}
