/** A sentence for the operator; the command ends with exit code 1, and shows nothing else. */
export class Problem extends Error {
  override readonly name = 'Problem'
}

/** What went wrong, in few words, whatever was thrown: without a stack, and on one line. */
export function reasonOf(error: unknown): string {
  return wordsOf(error).replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')
}

function wordsOf(error: unknown): string {
  // Several addresses of one host were tried: the first failure stands for all.
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0])
  if (error instanceof Error) return error.message || ('code' in error ? String(error.code) : error.name)
  // The embedded engine's file system throws objects of its own.
  if (typeof error === 'object' && error !== null) return 'message' in error && error.message !== '' ? String(error.message) : 'errno' in error ? `its files cannot be used, code ${String(error.errno)}` : 'for an unknown reason'
  return String(error)
}
