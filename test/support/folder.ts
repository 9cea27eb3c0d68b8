/**
 * Temporary folders for tests. Database files go to memory (/dev/shm) where there is room: copying a database there takes
 * 10 ms, and on a slow disk 300 ms. Containers often have 64 MB there; then it is the ordinary temporary folder.
 */
import { mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const free_bytes_min = 2 ** 31

/** A new empty folder for the files of a database. */
export async function createDataFolder(): Promise<string> {
  const free = await statfs(memory).then((fs) => fs.bavail * fs.bsize, () => 0)
  return mkdtemp(join(free >= free_bytes_min ? memory : tmpdir(), 'tender-test-'))
}
