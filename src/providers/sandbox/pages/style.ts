/** One style sheet for all pages of the sandbox: phone first, light and dark, every pair of colours above 4.5 : 1. */
export const STYLE = `
:root{color-scheme:light dark;--page:#eef1f6;--card:#fff;--text:#17202e;--soft:#515d70;--line:#c9d1de;--strong:#6b778a;--main:#1d4ed8;--on-main:#fff;--bad:#b3211c;--bad-page:#fdeceb;--note:#fff6dd;--on-note:#5b4300;--good:#146c3a}
@media (prefers-color-scheme:dark){:root{--page:#0f141c;--card:#1a212d;--text:#e9eef6;--soft:#aab6c8;--line:#354154;--strong:#8593a8;--main:#8ab0ff;--on-main:#0b1730;--bad:#ff9b94;--bad-page:#3a1b1b;--note:#3a2f10;--on-note:#ffe3a1;--good:#7fd6a3}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;overflow-wrap:anywhere}
main{width:100%;flex:1;background:var(--card);padding:1.25rem min(1.25rem,6vw) 2rem}
header{display:flex;align-items:center;gap:.625rem;margin-bottom:1.5rem;padding-bottom:1rem;border-bottom:1px solid var(--line)}
.mark{flex:none;width:1.75rem;height:1.75rem;border-radius:.5rem;background:linear-gradient(135deg,var(--main) 50%,var(--strong) 50%)}
.owner{margin:0;font-weight:600;flex:1}
.badge{flex:none;margin:0;padding:.125rem .625rem;border-radius:1rem;background:var(--note);color:var(--on-note);font-size:.8125rem;font-weight:600}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.0625rem;margin:1.5rem 0 .5rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
.amount{font-size:clamp(1.125rem,7.5vw,2rem);line-height:1.2;font-weight:650;margin:0 0 .25rem;font-variant-numeric:tabular-nums}
.payee{margin:0 0 .75rem;color:var(--soft)}
dl{margin:1.25rem 0;border:1px solid var(--line);border-radius:.75rem}
dl div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.125rem 1rem;padding:.6875rem min(1rem,4vw)}
dl div+div{border-top:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0 0 0 auto;max-width:100%;text-align:right;font-weight:550;font-variant-numeric:tabular-nums}
label{display:block;font-weight:600;margin:1rem 0 .375rem}
.hint{margin:-.125rem 0 .375rem;color:var(--soft);font-size:.9375rem}
input:not([type=hidden]):not([type=radio]),select{width:100%;min-height:3rem;padding:.5rem .875rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--strong);border-radius:.625rem}
input.code{font-size:1.5rem;letter-spacing:.35em;text-align:center;font-variant-numeric:tabular-nums}
input:not([type=hidden]):not([type=radio])[aria-invalid=true]{border-color:var(--bad);box-shadow:inset 0 0 0 1px var(--bad)}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.alert{padding:.75rem 1rem;border-radius:.625rem;background:var(--bad-page);color:var(--bad);font-weight:550}
.note{padding:.75rem 1rem;border-radius:.625rem;background:var(--note);color:var(--on-note);font-size:.9375rem}
.done{color:var(--good)}
button,a.button{display:block;width:100%;min-height:3rem;margin-top:.75rem;padding:.625rem 1rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;border-radius:.625rem;border:1px solid var(--strong);background:transparent;color:inherit;cursor:pointer}
button.main,a.button.main{background:var(--main);border-color:var(--main);color:var(--on-main);margin-top:1.5rem}
fieldset{border:0;margin:1.25rem 0 0;padding:0}legend{font-weight:600;padding:0;margin-bottom:.5rem}
.choice{display:flex;align-items:center;gap:.75rem;margin:0;padding:.6875rem 1rem;min-height:3rem;border:1px solid var(--line);font-weight:400;cursor:pointer}.choice:first-of-type{border-radius:.75rem .75rem 0 0}.choice:last-of-type{border-radius:0 0 .75rem .75rem}.choice+.choice{border-top:0}.choice:has(:checked){background:var(--page)}.choice input{width:1.25rem;height:1.25rem;margin:0;accent-color:var(--main)}.choice span{flex:1}.choice small{display:block;color:var(--soft);font-size:.875rem}
.qr{display:block;width:13rem;max-width:100%;margin:1.25rem auto;padding:.75rem;background:#fff;border:1px solid var(--line);border-radius:.75rem}
.qr svg{display:block;width:100%;height:auto}
.reference{font:600 1.25rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.06em;overflow-wrap:anywhere;text-align:center}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
@media (min-width:34rem){body{justify-content:center;align-items:center;padding:2rem 1rem}main{flex:0 0 auto;width:28rem;border-radius:1rem;padding:1.75rem 2rem 2.25rem;box-shadow:0 1px 2px rgb(0 0 0/.08),0 12px 40px rgb(0 0 0/.1)}}
body.compact{background:var(--card);padding:0;justify-content:flex-start}
body.compact main{width:100%;max-width:34rem;border-radius:0;box-shadow:none;padding:1rem}
body.compact header{margin-bottom:1rem;padding-bottom:.75rem}
@media (prefers-contrast:more){:root{--line:currentColor}}
`.trim()
