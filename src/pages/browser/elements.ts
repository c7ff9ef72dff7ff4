// Makes elements. No markup is ever parsed here: what a file is called can't become any.

/** Makes an element with a class and text, or with children. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  if (className !== '') element.className = className
  element.append(...content)
  return element
}

/** A button that submits nothing. */
export function makeButton(
  className: string,
  text: string,
  onClick: () => void,
): HTMLButtonElement {
  const button = make('button', className, text)
  button.type = 'button'
  button.addEventListener('click', onClick)
  return button
}

/** Puts text into an element only where it has another: screen readers hear each change. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
