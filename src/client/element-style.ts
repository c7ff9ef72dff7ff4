// How `<titofisto-upload>` looks. A sheet of its own, which a strict Content-Security-Policy lets
// pass: no style element, no style attribute.

/** The element's sheet, the same for all of them. */
export function uploadSheet(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
  }
  return sheet
}

let sheet: CSSStyleSheet | null = null

// The column is as wide as its place: no text, and no bar, makes it wider.
const css = `
:host {
  --_accent: var(--titofisto-accent, #0b57d0);
  --_border: var(--titofisto-border, color-mix(in srgb, currentColor 45%, transparent));
  --_error: var(--titofisto-error, light-dark(#b3261e, #f2b8b5));
  display: block;
  font: inherit;
}
:host([hidden]), [hidden] { display: none; }
.box {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: var(--titofisto-gap, 0.5rem);
  padding: var(--titofisto-padding, 0.75rem);
  border: 1px dashed var(--_border);
  border-radius: var(--titofisto-radius, 0.5rem);
}
:host(:state(over)) .box { border-style: solid; border-color: var(--_accent); }
label { font-weight: 600; }
input, button { font: inherit; min-block-size: 2.75rem; max-inline-size: 100%; }
button { padding-inline: 1rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
progress { inline-size: 100%; accent-color: var(--_accent); }
p { margin: 0; min-block-size: 1.25em; overflow-wrap: anywhere; }
.error { color: var(--_error); font-weight: 600; }
:is(input, button):focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
`
