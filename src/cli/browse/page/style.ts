// How the owner's page looks, on top of what all pages share.

/** Its rules. */
export const ownerStyle = `
main{max-width:72rem;padding:clamp(1rem,3vw,2rem)}
.top{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1.5rem;margin:0 0 1.25rem;padding:0 0 .75rem;border-block-end:1px solid var(--line)}
.top strong{font-weight:650}
.tabs{display:flex;flex-wrap:wrap;gap:.25rem;list-style:none;margin:0;padding:0}
.tabs a{display:inline-flex;align-items:center;min-height:2.75rem;padding:.25rem .875rem;border-radius:.5rem;color:var(--text);text-decoration:none;font-weight:500}
.tabs a:hover{background:var(--hint)}
.tabs a[aria-current]{background:var(--hint);font-weight:650;box-shadow:inset 0 -2px var(--accent)}
a{color:var(--accent);text-underline-offset:.15em}
h1{margin:0 0 1rem}
h2{font-size:1.25rem;line-height:1.3;margin:2rem 0 .5rem}
.crumbs ol{display:flex;flex-wrap:wrap;gap:.125rem .5rem;list-style:none;margin:0 0 .25rem;padding:0;color:var(--soft)}
.crumbs li{display:flex;gap:.5rem;align-items:center}
.crumbs li+li::before{content:"/";color:var(--soft)}
.crumbs a{display:inline-block;padding:.25rem 0;min-height:1.5rem}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.75rem;margin:0 0 1rem}
.bar form{margin:0}
.bar #upload{margin-inline-start:auto}
.bar .search{display:flex;flex:1 1 16rem;gap:.5rem;max-width:30rem}
.bar .search input,.plain input,.plain select,.plain textarea{flex:1;min-width:0;width:100%;min-height:2.75rem;font:inherit;color:var(--text);background:var(--field);border:1px solid var(--edge);border-radius:.5rem;padding:.5rem .75rem}
.button.small{white-space:nowrap}
.button[aria-current]{background:var(--hint);border-color:var(--text)}
.group{display:inline-flex;gap:.5rem}
table{width:100%;border-collapse:collapse}
th,td{text-align:start;padding:.375rem .5rem;border-block-end:1px solid var(--line);vertical-align:middle;font-weight:400}
thead th{color:var(--soft);font-size:.9375rem}
thead a{display:inline-flex;align-items:center;min-height:2.75rem;color:inherit;font-weight:600;text-decoration:none}
thead a:hover{text-decoration:underline}
td.wide{color:var(--soft)}
.number{text-align:end;white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
thead .number a{justify-content:flex-end}
.entry{display:flex;align-items:center;gap:.75rem;min-width:0}
.entry .thumb{flex:none;width:2.5rem;height:2.5rem}
.entry a{font-weight:500;padding:.375rem 0;min-width:0;overflow-wrap:anywhere}
.thumb.folder{color:var(--accent);background:none;border-color:transparent}
.thumb svg{width:1.75rem;height:1.75rem}
.meta{display:none;color:var(--soft);font-size:.875rem;font-variant-numeric:tabular-nums}
.act{width:1px;text-align:end}
tbody tr:hover{background:var(--hint)}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11rem,42%),1fr));gap:1rem;list-style:none;margin:0;padding:0}
.grid li{display:flex;flex-direction:column;min-width:0;border:1px solid var(--line);border-radius:.625rem;overflow:hidden;background:var(--card)}
.grid a{display:block;color:var(--text);text-decoration:none;min-width:0}
.grid a:hover .title{text-decoration:underline}
.grid .thumb{width:100%;height:auto;aspect-ratio:4/3;border:0;border-radius:0;font-size:1.125rem}
.grid .thumb svg{width:3.5rem;height:3.5rem}
.grid .title{display:block;padding:.5rem .75rem 0;font-weight:500;line-height:1.3;overflow-wrap:anywhere}
.grid .foot span{white-space:nowrap}
.grid .foot .button{padding-inline:.625rem}
.grid .foot{display:flex;align-items:center;justify-content:space-between;gap:.5rem;margin-block-start:auto;padding:.25rem .5rem .5rem .75rem;color:var(--soft);font-size:.875rem}
.pages{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:1.25rem 0 0}
.empty{padding:2.5rem 1rem;text-align:center;color:var(--soft);border:2px dashed var(--line);border-radius:.75rem}
.over main{outline:3px dashed var(--accent);outline-offset:-.5rem}
.sends{list-style:none;margin:0 0 1rem;padding:0}
.sends li,.open li{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.125rem .75rem;align-items:center;padding:.625rem 0;border-block-end:1px solid var(--line)}
.sends .state,.open .state{grid-column:1;color:var(--soft);font-size:.9375rem;font-variant-numeric:tabular-nums}
.sends .state.bad{color:var(--bad)}
.sends .button,.open form{grid-column:2;grid-row:1/span 2;margin:0}
.open{list-style:none;margin:0;padding:0}
dialog{width:min(34rem,calc(100vw - 2rem));max-height:calc(100dvh - 2rem);border:1px solid var(--line);border-radius:.875rem;padding:1.5rem;background:var(--card);color:var(--text);box-shadow:0 12px 48px rgb(0 0 0/.35);overflow-wrap:anywhere}
dialog::backdrop{background:rgb(0 0 0/.55)}
dialog h2{margin:0 0 1rem}
dialog .actions{margin:1rem 0 0}
.url{display:block;width:100%;min-height:2.75rem;font:inherit;font-size:.9375rem;color:var(--text);background:var(--field);border:1px solid var(--edge);border-radius:.5rem;padding:.5rem .75rem}
.plain .check{display:flex;align-items:center;gap:.625rem;min-height:2.75rem;font-weight:400;margin:0}
.check input{width:1.25rem;height:1.25rem;flex:none;min-height:0;margin:0;accent-color:var(--accent)}
.plain label{display:block;font-weight:600;margin:0 0 .375rem}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(14rem,100%),1fr));gap:0 1rem}
.qr{display:block;width:min(13rem,100%);height:auto;margin:1rem auto 0;padding:.5rem;background:#fff;border-radius:.5rem}
.qr path{fill:#000}
.asked{list-style:none;margin:0;padding:0}
.asked>li{padding:.875rem 0;border-block-end:1px solid var(--line)}
.asked h3{font-size:1rem;margin:0;font-weight:600}
.asked p{margin:.125rem 0 .5rem}
.asked form{margin:.5rem 0 0}
.note+details{margin-block-start:1rem}
.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.5rem 0 0}
.row .url{flex:1 1 16rem;width:auto;min-width:0}
summary{cursor:pointer;padding:.625rem 0;font-weight:600;color:var(--accent)}
.field .soft,.url+.soft{margin:.375rem 0 0;font-size:.9375rem}
@media (max-width:34rem){.top{padding:0}.top strong{display:none}.tabs{gap:0}.tabs a{padding:.25rem .5rem}.bar #upload,.bar #upload .button{flex:1 1 auto}.bar #upload .button{width:100%;padding-inline:.75rem}}
@media (max-width:42rem){.wide{display:none}.meta{display:block}.bar .search{flex-basis:100%;max-width:none}.act .button{padding-inline:.625rem}th,td{padding-inline:.25rem}}
@media (max-width:22rem){.entry .thumb{display:none}dialog .actions .button{flex:1 1 100%}}
`.replaceAll('\n', '')
