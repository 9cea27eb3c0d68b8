#!/usr/bin/env node
/**
 * Starts `tender` under Node 24, whatever Node (20 or newer) runs this file: the sources are TypeScript, which older ones cannot read.
 * The npm package `node` brings the right one along. A newer Node than 24 runs the sources itself.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

const capable = (version) => Number(version.split('.')[0]) >= 24

if (capable(process.versions.node)) {
  whenOrphaned(() => process.kill(process.pid, 'SIGTERM'))
  await import('../src/cli/main.ts')
} else launch(findNode())

/**
 * Who kills npm (or the shell that it starts everything with) kills nobody else: then this process has another parent than before, and ends as
 * if it had been asked to. (The script says "exec" so that no shell stays between npm and this process: npm's signals would end there. Windows'
 * shell knows no such word, says so, and takes the second half of the script. Between npx and this process a shell always stays.)
 */
function whenOrphaned(end) {
  if (!['start', 'npx'].includes(process.env.npm_lifecycle_event)) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, 250)
  timer.unref()
}

/** The program of the npm package `node`. */
function findNode() {
  try {
    const path = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(path)) return path
  } catch {
    // Not installed: the same answer as for a package without its program.
  }
  console.error(
    `tender needs Node 24, and this is ${process.version}. "npm install" brings Node 24 along; if it did, its install script was not run:\n` +
      'run "npm rebuild node", or start tender with a Node 24 of your own.',
  )
  process.exit(1)
}

/** Runs this same file under another Node, as if it were this process: with its flags, signals and exit code. */
function launch(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; sent on, it would arrive twice.
  const fromTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => void ((signal === 'SIGINT' && fromTerminal) || child.kill(signal)))
  whenOrphaned(() => child.kill('SIGTERM'))
  child.once('error', (error) => {
    console.error(`tender could not start Node 24: ${error.message}`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name)
    if (signal === null) process.exit(code)
    process.kill(process.pid, signal)
  })
}
