import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Verifies a `Content-Signature` with OpenSSL's command line, from the public key as a shop gets it: wrapped at 64 columns, as its plugin would. */
export async function openSslVerifies(body: string, signature: string, public_key: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'begateway-'))
  const path = (name: string): string => join(folder, name)
  try {
    const pem = `-----BEGIN PUBLIC KEY-----\n${public_key.match(/.{1,64}/g)!.join('\n')}\n-----END PUBLIC KEY-----\n`
    await Promise.all([writeFile(path('key'), pem), writeFile(path('signature'), Buffer.from(signature, 'base64')), writeFile(path('body'), body)])
    await run('openssl', ['dgst', '-sha256', '-verify', path('key'), '-signature', path('signature'), path('body')])
    return true
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'stdout' in error && String(error.stdout).includes('Verification failure')) return false
    throw error
  } finally {
    await rm(folder, { recursive: true })
  }
}
