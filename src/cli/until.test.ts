import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseUntil } from './until.ts'

const zoneBefore = process.env['TZ']
afterAll(() => {
  if (zoneBefore === undefined) delete process.env['TZ']
  else process.env['TZ'] = zoneBefore
})

/** What is meant, as a local time; or why nothing is. */
function until(text: string, now: string): string {
  const parsed = parseUntil(text, new Date(now).getTime())
  if (parsed.kind !== 'time') return parsed.kind
  const date = new Date(parsed.untilMs)
  const two = (number: number) => String(number).padStart(2, '0')
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}`
  )
}

describe('parseUntil', () => {
  // A Friday.
  const now = '2026-11-27T17:00:00'

  it.each([
    ['18:00', '2026-11-27 18:00'],
    ['17:00', '2026-11-28 17:00'],
    ['9:30', '2026-11-28 09:30'],
    ['6pm', '2026-11-27 18:00'],
    ['6:30 PM', '2026-11-27 18:30'],
    ['12am', '2026-11-28 00:00'],
    ['friday 18:00', '2026-11-27 18:00'],
    ['Friday at 18:00', '2026-11-27 18:00'],
    ['fri 16:00', '2026-12-04 16:00'],
    ['friday', '2026-11-28 00:00'],
    ['sunday', '2026-11-30 00:00'],
    ['today', '2026-11-28 00:00'],
    ['today 16:00', 'past'],
    ['tomorrow', '2026-11-29 00:00'],
    ['tomorrow 8:15', '2026-11-28 08:15'],
    ['2026-12-24', '2026-12-25 00:00'],
    ['2026-12-24 18:00', '2026-12-24 18:00'],
    ['2026-12-24T18:00:59', '2026-12-24 18:00'],
    ['2026-11-26', 'past'],
    ['in 3 days', '2026-11-30 17:00'],
    ['3 days', '2026-11-30 17:00'],
    ['in 2 weeks', '2026-12-11 17:00'],
    ['in 2 hours and 30 minutes', '2026-11-27 19:30'],
    ['2h', '2026-11-27 19:00'],
    ['1h30m', '2026-11-27 18:30'],
    ['1d12h', '2026-11-29 05:00'],
    ['0h', 'past'],
  ])('reads %s', (text, meant) => {
    expect(until(text, now)).toBe(meant)
  })

  it.each([
    '',
    'soon',
    '18',
    '25:00',
    '18:60',
    '13pm',
    '0am',
    'friday 25:00',
    'next friday',
    '2026-02-30',
    '2026-13-01',
    '2026-12-24 24:00',
    '24.12.2026',
    '12/24/2026',
    'in three days',
    '3 fortnights',
    '-2h',
    '2h 18:00',
    'constructor',
    '5constructor',
    '18:00 friday',
    `1h${' '.repeat(200)}x`,
  ])('says of %j that it is unclear', (text) => {
    expect(until(text, now)).toBe('unclear')
  })

  it('takes a zone where one is told', () => {
    const parsed = parseUntil('2026-12-24T18:00+05:30', Date.parse(now))
    expect(parsed).toEqual({ kind: 'time', untilMs: Date.parse('2026-12-24T12:30:00Z') })
  })

  it('counts days by the calendar and hours by the clock where summer time begins and ends', () => {
    process.env['TZ'] = 'Europe/Berlin'
    expect(until('in 1 day', '2026-03-28T12:00:00')).toBe('2026-03-29 12:00')
    expect(until('24h', '2026-03-28T12:00:00')).toBe('2026-03-29 13:00')
    expect(until('in 1 day', '2026-10-24T12:00:00')).toBe('2026-10-25 12:00')
    expect(until('24h', '2026-10-24T12:00:00')).toBe('2026-10-25 11:00')
    expect(until('18:00', '2026-03-29T01:00:00')).toBe('2026-03-29 18:00')
    // There is no 02:30 in that night.
    expect(until('2:30', '2026-03-29T00:00:00')).toBe('2026-03-29 03:30')
    expect(until('sunday', '2026-10-25T01:00:00')).toBe('2026-10-26 00:00')
  })

  const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'finds the next such weekday and time of day, whenever it is asked, in %s',
    (zone) => {
      process.env['TZ'] = zone
      fc.assert(
        fc.property(
          fc.date({
            min: new Date('2020-01-01'),
            max: new Date('2035-01-01'),
            noInvalidDate: true,
          }),
          fc.nat(6),
          // Where no clock ever jumps.
          fc.integer({ min: 4, max: 23 }),
          fc.nat(59),
          (at, weekday, hour, minute) => {
            const clock = `${hour}:${String(minute).padStart(2, '0')}`
            const parsed = parseUntil(`${names[weekday]} ${clock}`, at.getTime())
            if (parsed.kind !== 'time') expect.unreachable(parsed.kind)
            const meant = new Date(parsed.untilMs)
            expect([meant.getDay(), meant.getHours(), meant.getMinutes()]).toEqual([
              weekday,
              hour,
              minute,
            ])
            const daysAhead = (parsed.untilMs - at.getTime()) / 86_400_000
            expect(daysAhead).toBeGreaterThan(0)
            expect(daysAhead).toBeLessThanOrEqual(7 + 1 / 24)
          },
        ),
      )
    },
  )

  it('never throws, and gives no time that is over, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, nowMs) => {
        const parsed = parseUntil(text, nowMs)
        expect(parsed.kind !== 'time' || parsed.untilMs > nowMs).toBe(true)
      }),
    )
  })
})
