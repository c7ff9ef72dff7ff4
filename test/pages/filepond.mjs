// FilePond for widgets.test.ts.

import * as FilePond from 'filepond'

export const sendByFilePond = async (url, file, more) => {
  const pond = FilePond.create({
    server: {
      // FilePond keeps a refusal's words to itself without this.
      process: { url, onerror: (words) => words },
      // A slot has nothing to take back.
      revert: null,
    },
  })
  pond.setOptions(more)
  document.body.append(pond.element)
  const ended = new Promise((resolve) => {
    pond.on('processfile', (error, { serverId }) =>
      resolve(
        error === null ? { status: 200, text: serverId } : { status: error.code, text: error.body },
      ),
    )
  })
  await pond.addFile(file)
  return ended
}
