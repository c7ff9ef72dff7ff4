// A refusal, as the script gets it; and whether asking once more may help.

import type { ToldProblem } from '../words/problem-words.ts'
import type { Answer } from './http-exchange.ts'

/** Thrown where an upload was refused, or came to nothing. */
export class SendProblem extends Error {
  readonly status: number
  readonly problem: ToldProblem
  /** How long the server wants us to wait before another try; `null` where it does not say. */
  readonly retryAfterMs: number | null

  constructor(status: number, problem: ToldProblem, retryAfterMs: number | null = null) {
    super(problem.code)
    this.status = status
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  /** Whether it may pass by itself. What a handler threw is for a person to try again. */
  get mayPass(): boolean {
    const { status, problem } = this
    if (problem.code.startsWith('slot-handler-')) return false
    return [0, 408, 423, 425, 429, 502, 503, 504].includes(status) || problem.code === 'slot-busy'
  }
}

/** Reads a refusal. What comes from a proxy on the way has no code of ours. */
export function toProblem(answer: Answer): SendProblem {
  const seconds = Number(answer.header('Retry-After') ?? NaN)
  const retryAfterMs = seconds > 0 ? 1000 * Math.min(seconds, 60) : null
  return new SendProblem(answer.status, readProblem(answer), retryAfterMs)
}

function readProblem({ status, text }: Answer): ToldProblem {
  try {
    const problem = JSON.parse(text) as unknown
    if (typeof problem === 'object' && problem !== null && 'code' in problem)
      return problem as ToldProblem
  } catch {
    // Then the status alone must say it.
  }
  return { code: codes.get(status) ?? 'unknown' }
}

const codes: ReadonlyMap<number, string> = new Map([
  [0, 'network'],
  [404, 'slot-missing'],
  [408, 'upload-too-slow'],
  [409, 'upload-offset-mismatch'],
  [413, 'too-much'],
  [423, 'slot-busy'],
  [502, 'network'],
  [503, 'network'],
  [504, 'network'],
  [507, 'storage-full'],
])
