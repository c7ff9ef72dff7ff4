// Keeps the links of the page alive, and hands out links for parents.

// oxlint-disable-next-line import/no-absolute-path -- a path of the server, not of the disk
import { refreshing } from '/client/index.js'

for (const element of document.querySelectorAll('img[data-name], video[data-name], a[data-name]')) {
  const first = element.getAttribute('src') ?? element.getAttribute('href')
  refreshing(first, () => askFor('/link', element.dataset.name)).show(element)
}

for (const button of document.querySelectorAll('button.parents'))
  button.addEventListener('click', async () => {
    const link = document.createElement('input')
    link.readOnly = true
    link.setAttribute('aria-label', 'Link for parents')
    link.value = await askFor('/parents-link', button.dataset.name)
    button.replaceWith(link)
    link.select()
  })

async function askFor(path, name) {
  const answer = await fetch(`${path}?${new URLSearchParams({ name })}`)
  if (!answer.ok) throw new Error(`No link: ${answer.status}`)
  return answer.text()
}
