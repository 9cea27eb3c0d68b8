import { isFitJson, isObject } from '../../apis/common/body.ts'
import { APIS } from '../../main.ts'
import { Problem } from '../problem.ts'
import type { DataCommand } from './command.ts'

export const merchantSettingsCommand: DataCommand = {
  name: 'merchants settings', needs: ['merchant id', 'api'], more: 'one', json: false,
  does: "shows a merchant's settings at an API, as JSON; with JSON after it changes those that this names",
  run: async ({ merchants, say }, { values: [id = '', api = '', text] }) => {
    const settings = Object.hasOwn(APIS, api) ? APIS[api]?.onboarding.settings : undefined
    if (settings === undefined) throw new Problem(`No settings can be changed at "${api}". They can at: ${Object.keys(APIS).filter((name) => APIS[name]?.onboarding.settings !== undefined).join(', ')}.`)
    const merchant = await merchants.byId(id)
    if (merchant === undefined) throw new Problem(`There is no merchant "${id}".`)
    const patch = text === undefined ? {} : read(text)
    const problem = settings.problem(patch)
    if (problem !== undefined) throw new Problem(problem)
    if (text !== undefined) await merchants.updateSettings(id, api, patch)
    say(JSON.stringify(settings.of((await merchants.byId(id)) ?? merchant), null, 2))
    return 0
  },
}

function read(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text)
  if (!isObject(value)) throw new Problem(`The change must be a JSON object, such as '{"retry_limit": 5}'.`)
  if (!isFitJson(text, value) || JSON.stringify(value).includes('\\u0000')) throw new Problem('The change has a character that cannot be kept: U+0000, or half of a pair.')
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
