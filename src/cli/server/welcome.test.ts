import { describe, expect, it } from 'vitest'
import { coloursOf } from '../colour.ts'
import { formatWelcome, type WelcomeFacts } from './welcome.ts'

const token = `1w2Xyz.${'A'.repeat(43)}`

function factsWith(count: number, more: Partial<WelcomeFacts> = {}): WelcomeFacts {
  const links = Array.from({ length: count }, (_, index) => ({
    name: `photos/picture-${index}.jpg`,
    url: `http://127.0.0.1:8080/media/photos/picture-${index}.jpg?titofisto_token=${token}`,
    remark: '',
  }))
  return {
    place: { kind: 'folder', shown: './files', root: './files' },
    baseUrl: 'http://127.0.0.1:8080/media/',
    timeoutSeconds: 3600,
    secretSource: 'The secret in /home/someone/.local/state/.titofisto/0123456789abcdef/secret',
    links,
    hasMore: false,
    takesUploads: true,
    slots: null,
    param: 'titofisto_token',
    command: 'npx titofisto',
    examples: false,
    ownerLink: null,
    lan: [],
    qrCode: null,
    colours: coloursOf({}, {}),
    screen: { rows: 24, columns: 80 },
    ...more,
  }
}

/** The rows that a text takes on a screen of 80 columns, with the one where the cursor is left. */
function rowsOn80(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 80)), 0)
}

describe('what serve says first, on a terminal', () => {
  it.each([1, 2, 3, 5, 8])('fits in 24 rows, with the first of %d links in sight', (count) => {
    const text = formatWelcome(factsWith(count))
    expect(rowsOn80(text)).toBeLessThanOrEqual(24)
    const first = text.split('\n').find((line) => line.includes('?titofisto_token=')) ?? ''
    expect(first).toContain('picture-0.jpg')
    // Right below the line that says what is served.
    expect(text.split('\n').indexOf(first)).toBe(3)
    const shown = text.split('\n').filter((line) => line.includes('?titofisto_token=')).length
    expect(text.includes('... and more files')).toBe(shown < count)
  })

  it('has the link of the owner’s page above all others, where there is one', () => {
    const ownerLink = 'http://127.0.0.1:8080/media/titofisto/browse/?key=AAAA'
    const text = formatWelcome(factsWith(8, { ownerLink }))
    expect(rowsOn80(text)).toBeLessThanOrEqual(24)
    const links = text.split('\n').filter((line) => line.includes('http://127.0.0.1:8080/media/'))
    expect(links[1]?.trim()).toBe(ownerLink)
    expect(links[2]).toContain('picture-0.jpg')
  })

  it('shows one link even where that is too much', () => {
    const text = formatWelcome(factsWith(3, { screen: { rows: 5, columns: 20 } }))
    expect(text.match(/\?titofisto_token=/g)).toHaveLength(1)
  })

  it('has no commands to try, unless they are asked for', () => {
    expect(formatWelcome(factsWith(2))).not.toContain('curl')
    expect(formatWelcome(factsWith(2, { examples: true }))).toContain('curl')
  })

  it('says where the network reaches it, and shows the code above, so that the end stays in sight', () => {
    const lan = ['http://192.168.1.5:8080', 'http://10.0.0.5:8080']
    const text = formatWelcome(factsWith(1, { lan, qrCode: '█▀█' }))
    expect(text).toContain(`Others on your network reach it at ${lan.join(', ')}`)
    expect(text.indexOf('█▀█')).toBeLessThan(text.indexOf('titofisto serves'))
  })
})

describe('what serve says first, in a file or a pipe', () => {
  it('has all links, and nothing that steers a terminal', () => {
    const text = formatWelcome(factsWith(8, { screen: null }))
    expect(text.match(/\?titofisto_token=/g)).toHaveLength(8)
    expect(text).not.toContain('\u001b')
  })
})
