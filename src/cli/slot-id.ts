import { parseSlotId } from '../slots/record/slot.ts'
import { wrongUsage } from './cli-failure.ts'

/**
 * An id of a slot or a file request, or the URL that has it.
 *
 * @throws CliFailure with exit code 2
 */
export function readId(text: string): string {
  const [path = ''] = text.split(/[?#]/, 1)
  const id = parseSlotId(text) ?? /\/([\w-]{22})\/[\w.-]+\/?$/.exec(path)?.[1]
  if (id === undefined) throw wrongUsage('An ID is 22 characters, or the URL that has it.')
  return id
}
