// How pages look: system fonts, light and dark by what the reader's system says, from 320 px on.
// Logical properties throughout, so that right to left is no case of its own. Colours have the
// contrast of WCAG 2.2 AA (1.4.3, 1.4.11) in both schemes; what can be pressed has 44 px (2.5.8).

/** The style of all pages, in the colour that the application wants. */
export function formatStyle(accentColor: string | undefined): string {
  if (accentColor === undefined) return rules
  return `${rules}:root{--accent:${accentColor};--on-accent:${readableOn(accentColor)}}`
}

/** Black or white, whichever has the higher contrast (WCAG 2.2, "contrast ratio"): 4.5 at the least. */
function readableOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? '#ffffff' : '#000000'
}

const rules = `
:root{color-scheme:light dark;--back:#f3f4f6;--card:#ffffff;--text:#1a1d21;--soft:#555b65;--line:#c9ced6;--edge:#858c98;--field:#ffffff;--hint:#f7f8fa;--bad:#b42318;--bad-back:#fef3f2;--good:#146c43;--good-back:#e8f5ee;--accent:#1d4ed8;--on-accent:#ffffff;--focus:#1a1d21}
@media (prefers-color-scheme:dark){:root{--back:#111316;--card:#1b1e23;--text:#eceef1;--soft:#aab1bc;--line:#3a404a;--edge:#7d8592;--field:#14171b;--hint:#22262c;--bad:#ff9d92;--bad-back:#34201e;--good:#7fd6a6;--good-back:#16291f;--accent:#8ab4f8;--on-accent:#0d1a30;--focus:#ffffff}}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
html{font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;background:var(--back);color:var(--text);padding:clamp(0px,4vw,3rem) clamp(0px,3vw,1.5rem)}
main{width:100%;max-width:38rem;background:var(--card);padding:clamp(1.25rem,5vw,2.5rem);border-radius:.875rem;box-shadow:0 1px 2px rgb(0 0 0/.06),0 8px 28px rgb(0 0 0/.07);overflow-wrap:anywhere}
@media (max-width:34rem){body{background:var(--card)}main{border-radius:0;box-shadow:none}}
.brand{display:flex;align-items:center;gap:.75rem;margin:0 0 1.75rem;font-weight:600;color:var(--soft)}
.brand img{display:block;max-width:12rem;max-height:3rem;width:auto;height:auto}
h1{font-size:clamp(1.5rem,1.25rem + 1.2vw,1.875rem);line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:0 0 .75rem;text-wrap:balance}
h1:focus,h2:focus{outline:none}
p{margin:0 0 1rem}
main>:last-child{margin-block-end:0}
.message{color:var(--text);white-space:pre-line}
.soft{color:var(--soft)}
form{margin:1.5rem 0 0}
.field{margin:0 0 1.25rem}
.field label{display:block;font-weight:600;margin:0 0 .375rem}
.field label span{font-weight:400;color:var(--soft)}
.field input,.field textarea{display:block;width:100%;min-height:2.75rem;font:inherit;color:var(--text);background:var(--field);border:1px solid var(--edge);border-radius:.5rem;padding:.5rem .75rem}
.field textarea{min-height:6.5rem;resize:vertical}
.drop{border:2px dashed var(--edge);border-radius:.75rem;background:var(--hint);padding:1.5rem 1.25rem;text-align:center}
.drop.over{border-color:var(--focus);border-style:solid}
.drop>label{display:block;font-weight:600;margin:0 0 .75rem}
.drop input[type=file]{display:block;width:100%;max-width:100%;font:inherit;color:var(--soft)}
.drop input::file-selector-button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1rem;margin-inline-end:.75rem;border:1px solid var(--edge);border-radius:.5rem;background:var(--card);color:var(--text);cursor:pointer}
.picks{display:flex;flex-wrap:wrap;gap:.75rem;justify-content:center;align-items:center}
.pick{position:relative;display:inline-flex}
.pick input{position:absolute!important;inset:0;width:100%!important;height:100%;opacity:0;cursor:pointer;font-size:0!important}
.pick input::file-selector-button{cursor:pointer}
.hint{color:var(--soft);margin:.75rem 0 0}
.limits{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.875rem 0 0;padding:0;color:var(--soft);font-size:.9375rem}
.button{display:inline-flex;align-items:center;justify-content:center;gap:.5rem;min-height:2.75rem;padding:.5rem 1.125rem;font:inherit;font-weight:600;line-height:1.25;text-align:center;text-decoration:none;border:1px solid var(--edge);border-radius:.5rem;background:var(--card);color:var(--text);cursor:pointer}
.button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent);min-height:3rem;padding-inline:1.75rem}
.button:hover,.pick:hover .button{border-color:var(--text)}
.button.small{min-height:2.75rem;padding:.25rem .75rem;font-size:.9375rem;font-weight:500}
:focus-visible,.pick input:focus-visible+.button{outline:3px solid var(--focus);outline-offset:2px}
.pick input:focus-visible{outline:none}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0 0}
@media (max-width:34rem){.actions .button{flex:1 1 100%}}
.error{margin:1rem 0 0;padding:.75rem 1rem;border-radius:.5rem;border-inline-start:4px solid var(--bad);background:var(--bad-back);color:var(--bad);font-weight:500;white-space:pre-line}
.error p{margin:0}
.note{margin:1rem 0 0;padding:.75rem 1rem;border-radius:.5rem;background:var(--hint);border:1px solid var(--line)}
.files{list-style:none;margin:1.25rem 0 0;padding:0}
.files li{display:grid;grid-template-columns:3rem minmax(0,1fr) auto;gap:.25rem .875rem;align-items:center;padding:.75rem 0;border-block-start:1px solid var(--line)}
.files li:last-child{border-block-end:1px solid var(--line)}
.thumb{grid-row:1/span 2;width:3rem;height:3rem;border-radius:.5rem;background:var(--hint);border:1px solid var(--line);display:flex;align-items:center;justify-content:center;overflow:hidden;font-size:.6875rem;font-weight:700;letter-spacing:.02em;color:var(--soft);text-transform:uppercase}
.thumb img{width:100%;height:100%;object-fit:cover}
.name{font-weight:600;line-height:1.35}
.state{grid-column:2;color:var(--soft);font-size:.9375rem;line-height:1.35;font-variant-numeric:tabular-nums}
.files li.wrong .state{color:var(--bad)}
.files li .button{grid-column:3;grid-row:1/span 2}
@media (max-width:22rem){.files li{grid-template-columns:3rem minmax(0,1fr)}.files .thumb{align-self:start}.files li .button{grid-column:2;grid-row:auto;justify-self:start}}
progress{grid-column:1/-1;width:100%;height:.5rem;margin:.375rem 0 .125rem;border:0;border-radius:.25rem;background:var(--line);appearance:none;-webkit-appearance:none;overflow:hidden;color:var(--accent)}
progress::-webkit-progress-bar{background:var(--line)}
progress::-webkit-progress-value{background:var(--accent)}
progress::-moz-progress-bar{background:var(--accent)}
.done{list-style:none;margin:1.25rem 0;padding:0}
.done li{display:flex;justify-content:space-between;gap:1rem;padding:.625rem 0;border-block-start:1px solid var(--line)}
.done li:last-child{border-block-end:1px solid var(--line)}
.done span:first-child{min-width:0}
.done span:last-child{color:var(--soft);white-space:nowrap;font-variant-numeric:tabular-nums}
.done .sum{font-weight:600}
.mark{display:flex;align-items:center;justify-content:center;width:3rem;height:3rem;margin:0 0 1.25rem;border-radius:50%;background:var(--good-back);color:var(--good)}
.mark svg{width:1.5rem;height:1.5rem}
.mark.off{background:var(--hint);color:var(--soft)}
.quiet{position:absolute;width:1px;height:1px;margin:-1px;padding:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap;border:0}
@media (forced-colors:active){.button{border-color:ButtonText}progress{appearance:auto;-webkit-appearance:auto}}
`.replaceAll('\n', '')
