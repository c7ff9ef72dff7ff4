// A true picture: a PNG of one pixel, whole, as `accept` wants to see one.

/** In base64, for programs that are written into a test. */
export const onePixelBase64 =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Its bytes. */
export const onePixel: Buffer = Buffer.from(onePixelBase64, 'base64')
