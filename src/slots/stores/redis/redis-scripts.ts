// What the server does by itself, one script for each change: nobody comes in between.
//
// A record is the text "<revision> <writer> <JSON>", so that a change needs to look at its beginning
// alone. The writer is a word that no other change has: a client that lost the answer to a change and
// sends it again finds its own word, and is told what it would have been told.

import { toScript } from './redis-client.ts'

// Each answers { the server's time in ms, outcome }. ARGV[1] is the time until which it may be done.
const inTime = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then return { now, 'late' } end
local head = redis.call('GETRANGE', KEYS[1], 0, 99)
local revision, writer = string.match(head, '^(%d+) (%w+) ')
`

/**
 * Puts a record in the place of another, or of none. KEYS: the record, the list of ids. ARGV: until
 * when, the expected revision (0: none), the record's own, its writer, its JSON, its life in ms (0: until it is removed), its id.
 *
 * A server whose memory is full refuses what a script writes first, unless that frees some. So it
 * takes no new slot; one that is there is deleted and written anew, in the same step: what was minted
 * comes to its end, and a sweep can make room.
 */
export const putScript = toScript(`${inTime}
if revision == ARGV[3] and writer == ARGV[4] then return { now, 'made' } end
if (revision or '0') ~= ARGV[2] then return { now, 'refused' } end
local text = ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5]
local function keep()
  if ARGV[6] == '0' then return redis.pcall('SET', KEYS[1], text) end
  return redis.pcall('SET', KEYS[1], text, 'PX', ARGV[6])
end
local kept = keep()
if kept.err and string.find(kept.err, 'OOM', 1, true) then
  if not revision then return redis.error_reply('OOM command not allowed: the memory is full') end
  redis.call('DEL', KEYS[1])
  kept = keep()
end
if kept.err then return kept end
if ARGV[2] == '0' then redis.call('ZADD', KEYS[2], 0, ARGV[7]) end
return { now, 'made' }
`)

/** Removes a record. KEYS: the record, the list of ids. ARGV: until when, the expected revision, the id. */
export const removeScript = toScript(`${inTime}
if revision ~= ARGV[2] then return { now, 'refused' } end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[3])
return { now, 'made' }
`)

/**
 * Lists records by their ids, and forgets ids whose record's life has ended. KEYS: the list of ids,
 * what the records' keys begin with. ARGV: the id before the first, how many at most. Answers
 * { how many ids were looked at, id, text, id, text ... }.
 */
export const listScript = toScript(`
local from = '-'
if ARGV[1] ~= '' then from = '(' .. ARGV[1] end
local ids = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, ARGV[2])
local found = { #ids, ids[#ids] or '' }
for _, id in ipairs(ids) do
  local text = redis.call('GET', KEYS[2] .. id)
  if text then
    found[#found + 1] = id
    found[#found + 1] = text
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
`)
