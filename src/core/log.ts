/**
 * The log: one line of JSON per fact, every line redacted after it is complete, so that no way of logging gets around it.
 * Lines written while a request is served carry its id, wherever they are written.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { destination, pino, stdSerializers, type Logger } from 'pino'
import { redact } from './redact.ts'

export type { Logger }

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogOptions {
  readonly level?: LogLevel
  /** Where finished lines go, each with its line end; standard output by default. */
  readonly write?: (line: string) => void
}

const current = new AsyncLocalStorage<string>()

/** Runs `work`; every line logged from it, also later and through promises, carries this id as `request_id`. */
export function withRequestId<T>(request_id: string, work: () => T): T {
  return current.run(request_id, work)
}

/** The id of the request that is being served, if any. */
export function currentRequestId(): string | undefined {
  return current.getStore()
}

/** The level in the environment's LOG_LEVEL; `info` when it is missing or no level. */
export function logLevel(env: Readonly<Record<string, string | undefined>>): LogLevel {
  const wanted = env['LOG_LEVEL']?.trim().toLowerCase()
  return LOG_LEVELS.find((level) => level === wanted) ?? 'info'
}

/**
 * A logger whose lines are safe to keep. With Fastify: `loggerInstance: createLogger(…)`, `childLoggerFactory: (logger) => logger`
 * (the id is here already, and a child logger per request costs) and
 * `addHook('onRequest', (request, _reply, done) => withRequestId(request.id, done))`.
 */
export function createLogger({ level = 'info', write = standardOutput() }: LogOptions = {}): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const request_id = current.getStore()
        return request_id === undefined ? {} : { request_id }
      },
      // Without a serializer an Error prints as {}.
      serializers: { err: stdSerializers.err, error: stdSerializers.err, cause: stdSerializers.err },
    },
    { write: (line: string) => write(redact(line)) },
  )
}

function standardOutput(): (line: string) => void {
  // Asynchronous: a slow reader of our output must not stop payments. pino writes what is left when the process ends.
  const out = destination({ dest: 1, sync: false })
  return (line) => void out.write(line)
}
