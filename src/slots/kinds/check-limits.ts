// What a kind and a single slot of it may both set: defining and minting share these rules.

import { secondsUpTo } from '../../options.ts'
import { policyRules } from '../../receive/upload-limits.ts'

/** The longest time a slot may wait: ten years. */
export const maxSeconds = 315_360_000

/** The rules of limits. */
export const limitRules = { ...policyRules, expiresIn: secondsUpTo(maxSeconds) }
