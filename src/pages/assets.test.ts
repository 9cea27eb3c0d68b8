import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bundle, minifyScript, minifyStyle, scriptAsset, styleAsset, toAsset } from './assets.ts'

const entries = ['./card/browser/main.ts', './status/browser/status.ts', './status/browser/receipt.ts', './redirect/browser/redirect.ts', './checkout/browser/checkout.ts']

describe('scripts', () => {
  it.each(entries)('%s is one script that compiles, without imports, types or comments', (entry) => {
    const { code } = scriptAsset(entry, import.meta.url)
    expect(() => new Script(code)).not.toThrow()
    expect(code).not.toMatch(/^\s*(import|export)\s|\/\*\*| as const|<\//m)
  })

  it.each(entries)('%s turns no text into markup or code', (entry) => {
    expect(bundle(new URL(entry, import.meta.url))).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser|localStorage|cookie/)
  })

  it('has the hash of its own bytes and is made once', () => {
    const asset = scriptAsset(entries[0]!, import.meta.url)
    expect(asset.source).toBe(`'sha256-${createHash('sha256').update(asset.code).digest('base64')}'`)
    expect(scriptAsset(entries[0]!, import.meta.url)).toBe(asset)
  })
})

describe('minifyScript', () => {
  it('leaves strings, templates and regular expressions alone', () => {
    const code = "const a = 'x  //  y' // gone\nconst b = `  ${a}  /* stays */ `\nconst c = /[/ ]  \\/\\/ /g /* gone */\n"
    expect(minifyScript(code)).toBe("const a='x  //  y'\nconst b=`  ${a}  /* stays */ `\nconst c=/[/ ]  \\/\\/ /g")
  })

  it('keeps the line ends that end statements and drops those inside them', () => {
    const code = 'function f(a) {\n  const b = a\n    .trim()\n  return b === "1"\n    ? { b }\n    : [\n      b,\n    ]\n}\nf(1)\n'
    expect(minifyScript(code)).toBe('function f(a){const b=a.trim()\nreturn b==="1"?{b}:[b,]}\nf(1)')
  })
})

describe('styles', () => {
  it('shrinks without changing a rule', () => {
    expect(minifyStyle('/* c */ a , b > i { color : red ; margin: 0 auto }\n.x { width: calc(1px + 2px) }')).toBe('a,b>i{color :red;margin:0 auto}.x{width:calc(1px + 2px)}')
    expect(styleAsset('a { b: c }').code).toBe('a{b:c}')
  })
})

describe('toAsset', () => {
  it('refuses code that could leave its element', () => {
    expect(() => toAsset('"</script><b>"')).toThrow('closing tag')
    expect(() => toAsset('/* </STYLE> */')).toThrow('closing tag')
  })
})
