// @ts-check
// On which page of the reference a name stands: by the room of the sources that declares it, so that
// a new name finds its page by itself.

/** @typedef {import('./read-api.mjs').Export} Export */

/**
 * @typedef {object} Place
 * @property {string} id
 * @property {string} title
 * @property {string} about
 */

/** @type {readonly (Place & { readonly files: RegExp })[]} */
const places = [
  {
    id: 'options',
    title: 'createTitofisto and its options',
    about: 'What an application is made with.',
    files: /^src\/titofisto(?:-[\w-]*options)?\.ts$/,
  },
  {
    id: 'files',
    title: 'files: links, answers, requests',
    about: 'What `createTitofisto()` gives, and what can be told to it.',
    files: /^src\/(?:titofisto-(?!events)[\w-]+\.ts|media\/|http\/)/,
  },
  {
    id: 'slot-stores',
    title: 'Slot stores',
    about: 'Where slots are remembered.',
    files: /^src\/slots\/stores\//,
  },
  {
    id: 'slots',
    title: 'Upload slots',
    about:
      'Kinds of slots, what they are told, what their handlers get, and what the minting side may do.',
    files: /^src\/slots\//,
  },
  {
    id: 'receiving',
    title: 'Uploads in your own routes',
    about: 'What `files.receive()` is told and gives, and what an uploaded file has.',
    files: /^src\/receive\//,
  },
  {
    id: 'storage',
    title: 'Storages and their verbs',
    about:
      'What `files.storage` can do: saving, reading, listing, removing; and what a storage of your own must.',
    files: /^src\/storage\//,
  },
]

/** @type {Place} */
const rest = {
  id: 'errors',
  title: 'Errors, events, log',
  about: 'What is thrown, what is told, and what is written down.',
}

/**
 * @param {Pick<Export, 'from' | 'source'>} entry
 * @returns {Place}
 */
export function placeOf({ from, source }) {
  if (from === 'titofisto') return places.find(({ files }) => files.test(source)) ?? rest
  const id = from.slice('titofisto/'.length)
  return { id, title: from, about: '' }
}

/**
 * Those pages that the exports fill, in their order.
 * @param {readonly Export[]} api
 * @returns {readonly Place[]}
 */
export function listPlaces(api) {
  const found = new Map(api.map((entry) => [placeOf(entry).id, placeOf(entry)]))
  const main = [...places, rest].flatMap(({ id }) => found.get(id) ?? [])
  const subpaths = [...found.values()].filter((place) => !main.includes(place))
  return [...main, ...subpaths.toSorted((one, other) => (one.id < other.id ? -1 : 1))]
}
