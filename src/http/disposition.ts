// Content-Disposition (RFC 6266) with names of any language (RFC 8187).

// Read alike by every browser in quotes; `%` is left out because some decode it there.
const plainName = /^[A-Za-z0-9 !#$&'()+,.;=@[\]^_`{}~-]+$/

/** Formats a Content-Disposition; a name is never able to add a parameter (threat 17). */
export function formatDisposition(kind: 'attachment' | 'inline', fileName: string): string {
  if (plainName.test(fileName)) return `${kind}; filename="${fileName}"`
  const fallback = fileName.replaceAll(/[^A-Za-z0-9 !#$&'()+,.;=@[\]^_`{}~-]/gu, '_')
  return `${kind}; filename="${fallback}"; filename*=UTF-8''${encodeExtValue(fileName)}`
}

/** RFC 8187 `value-chars`: encodeURIComponent leaves `*'()` alone, which are not attr-chars. */
function encodeExtValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
