/**
 * The address of the running server, in its data folder: for `tender demo`, and for the commands that reach the embedded database only
 * through the process that has it open. The file holds the token of the control endpoint, so only its owner may read it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../core/folder.ts'

export interface ServerFile {
  readonly pid: number
  /** What `GET /health` answers: the file of a process that died may name an address that somebody else has now. */
  readonly instance: string
  /** How this machine reaches the server. */
  readonly local_url: string
  readonly public_url: string
  readonly hosts: Readonly<Record<string, string>>
  /** Where commands for the database go; null when they open it themselves. */
  readonly control: { readonly url: string; readonly token: string } | null
}

const FILE = 'server.json'
/** A server that is busy answers late, and one that is gone refuses at once. */
const HEALTH_MS_MAX = 5_000

/** By renaming, so that nobody reads half a file. */
export function writeServerFile(folder: string, file: ServerFile): void {
  makeFolder(folder)
  const draft = join(folder, `${FILE}.${process.pid}`)
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, join(folder, FILE))
}

/** Removes the file, unless another server has put its own there. */
export function removeServerFile(folder: string, instance: string): void {
  if (readServerFile(folder)?.instance === instance) rmSync(join(folder, FILE), { force: true })
}

/** The server that runs on this folder now, if one does. */
export async function runningServer(folder: string): Promise<ServerFile | undefined> {
  const file = readServerFile(folder)
  if (file === undefined) return undefined
  try {
    const answer = await fetch(`${file.local_url}/health`, { signal: AbortSignal.timeout(HEALTH_MS_MAX) })
    const body = (await answer.json()) as { readonly instance?: unknown }
    return body.instance === file.instance ? file : undefined
  } catch {
    return undefined
  }
}

function readServerFile(folder: string): ServerFile | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as ServerFile
  } catch {
    return undefined
  }
}
