/**
 * One process per data folder: the embedded database has no other protection, and two processes would destroy it.
 *
 * The lock is the kernel's (fcntl, LockFileEx), held through SQLite, which is part of Node and knows how on every system. So there is
 * no stale lock to judge: when a process ends, however it ends, its lock is gone at that moment; a reused pid, a restarted container
 * where everybody has pid 1, or two starters that find the same leftover cannot mislead it. The file beside it with the pid is only
 * for the sentence that the second process says.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder } from '../core/folder.ts'
import { fail, ok, type Result } from '../core/result.ts'

export interface FolderLock {
  /** Gives the folder free. The end of the process does the same. */
  release(): Promise<void>
}

// Never deleted: a lock on a deleted file would not keep out those who make a new one.
const LOCK_FILE = 'tender.lock'
const PID_FILE = 'tender.pid'
const SQLITE_BUSY = 5
/** How long the winner of a race may take to write its pid. */
const PID_WAIT_MS = 1000

/** Locks the folder for this process, making it when it is not there; on failure one sentence for the operator. `setting`: what names the folder. */
export async function lockDataFolder(folder: string, setting = 'TENDER_DATA'): Promise<Result<FolderLock, string>> {
  let file: DatabaseSync | undefined
  try {
    makeFolder(folder)
    file = new DatabaseSync(join(folder, LOCK_FILE))
    file.exec('BEGIN EXCLUSIVE')
    writePid(folder)
    return ok(lockOf(folder, file))
  } catch (error) {
    file?.close()
    if (isBusy(error)) return fail(await inUse(folder, setting))
    return fail(`The data folder ${folder} cannot be used (${reasonOf(error)}): make it a folder that this user can write, or choose another with ${setting}.`)
  }
}

function lockOf(folder: string, file: DatabaseSync): FolderLock {
  let held = true
  return {
    release: async () => {
      if (!held) return
      held = false
      // First the pid, while nobody else can have written one.
      rmSync(join(folder, PID_FILE), { force: true })
      file.close()
    },
  }
}

/** By renaming, so that nobody reads half a number. */
function writePid(folder: string): void {
  const draft = join(folder, `${PID_FILE}.new`)
  writeFileSync(draft, `${process.pid}\n`)
  renameSync(draft, join(folder, PID_FILE))
}

async function inUse(folder: string, setting: string): Promise<string> {
  const advice = `stop it, or choose another folder with ${setting}.`
  for (const start_ms = performance.now(); performance.now() - start_ms < PID_WAIT_MS; await sleep(20)) {
    const pid = readPid(folder)
    // A pid that is not running was left behind by the last holder: the new one has not written its own yet.
    if (pid !== undefined && isRunning(pid)) return `The data folder ${folder} is in use by another Tender process (pid ${pid}): ${advice}`
  }
  const pid = readPid(folder)
  const where = pid === undefined ? '' : ` (pid ${pid} in another container)`
  return `The data folder ${folder} is in use by another Tender process${where}: ${advice}`
}

function readPid(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, PID_FILE), 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Another user's process is a running one.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM'
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.code !== 'ERR_SQLITE_ERROR' ? String(error.code) : error.message
}
