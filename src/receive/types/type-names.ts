// Media types that mean one format under several names, and formats that come in another's wrapping.
// Names as browsers, Windows, phones and shared-mime-info give them.

/** One name for types that go by several; lower case. */
export function canonicalType(type: string): string {
  return aliases.get(type) ?? type
}

/** Whether two names mean one format. */
export function isSameType(a: string, b: string): boolean {
  return canonicalType(a) === canonicalType(b)
}

/** Whether every file of a type is also one of another: an animated PNG is a PNG. */
export function isKindOf(type: string, broader: string): boolean {
  const kind = kinds.get(canonicalType(type))
  return kind !== undefined && (isSameType(kind, broader) || isKindOf(kind, broader))
}

/**
 * Whether bytes that show one type may be a true file of another: they are the same, or one is the
 * wrapping in which the other comes. A Word document may show no more than ZIP, and a plain ZIP may
 * hold what looks like one.
 */
export function isRelatedType(shown: string, type: string): boolean {
  return isSameType(shown, type) || isWrapping(shown, type) || isWrapping(type, shown)
}

function isWrapping(outer: string, inner: string): boolean {
  return wrappings.get(canonicalType(outer))?.test(canonicalType(inner)) === true
}

/** Whether a format is text from its first byte to its last. */
export function isTextType(type: string): boolean {
  const plain = canonicalType(type)
  return /^text\/|[+](?:json|xml|yaml)$/.test(plain) || textTypes.has(plain)
}

/** Whether a format is text that must be UTF-8 (RFC 8259 8.1). */
export function isJsonType(type: string): boolean {
  return /^application\/json$|[+]json$/.test(canonicalType(type))
}

/** Each row: a name, and the others that mean the same. */
const aliases: ReadonlyMap<string, string> = new Map(
  `application/gzip application/x-gzip application/gzipped application/x-gunzip application/gzip-compressed
application/javascript text/javascript application/x-javascript text/ecmascript application/ecmascript text/x-javascript
application/json text/json text/x-json
application/java-archive application/x-java-archive application/x-jar
application/java-vm application/x-java application/x-java-applet application/x-java-class application/java
application/msword application/vnd.msword application/wps-office.doc
application/pdf application/x-pdf application/acrobat text/pdf
application/postscript application/x-postscript
application/eps image/eps image/x-eps application/x-eps
application/rtf text/rtf application/x-rtf text/richtext
application/vnd.android.package-archive application/apk
application/vnd.apache.parquet application/x-parquet
application/vnd.ms-cab-compressed application/x-cab application/cab application/x-cab-compressed
application/vnd.ms-excel application/msexcel application/x-msexcel application/x-ms-excel application/xls application/x-xls application/excel application/wps-office.xls
application/vnd.ms-htmlhelp application/x-chm
application/vnd.ms-powerpoint application/mspowerpoint application/powerpoint application/wps-office.ppt
application/vnd.openxmlformats-officedocument.wordprocessingml.document application/wps-office.docx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet application/wps-office.xlsx
application/vnd.openxmlformats-officedocument.presentationml.presentation application/wps-office.pptx
application/vnd.oasis.opendocument.base application/vnd.oasis.opendocument.database application/vnd.sun.xml.base
application/vnd.rn-realmedia application/vnd.rn-realmedia-vbr application/x-rm
application/vnd.tcpdump.pcap application/x-pcap application/pcap application/cap
application/vnd.visio application/x-visio application/visio application/vnd.ms-visio.drawing
application/x-7z-compressed application/7z application/x-7zip
application/x-ace-compressed application/x-ace
application/x-arj application/arj application/x-arj-compressed
application/x-bzip2 application/bzip2 application/x-bzip application/x-bz2 application/bzip
application/x-cfb application/x-ole-storage application/cdfv2
application/x-compress application/compress
application/x-cpio application/cpio
application/x-deb application/vnd.debian.binary-package application/x-debian-package
application/x-elf application/x-executable application/x-sharedlib application/x-pie-executable
application/x-google-chrome-extension application/x-chrome-extension
application/x-indesign application/x-adobe-indesign
application/x-lz4 application/lz4
application/x-lzh-compressed application/x-lzh application/x-lha application/lha application/x-lzh-archive
application/x-lzip application/lzip
application/x-mach-binary application/x-mach-o application/x-mach-o-executable
application/x-mobipocket-ebook application/vnd.amazon.mobi8-ebook application/vnd.amazon.ebook
application/x-ms-regedit text/x-ms-regedit text/x-registry
application/x-msdownload application/vnd.microsoft.portable-executable application/x-dosexec application/x-msdos-program application/x-ms-dos-executable application/x-exe application/exe application/x-winexe
application/x-nintendo-nes-rom application/x-nes-rom
application/x-rar-compressed application/vnd.rar application/x-rar application/rar
application/x-rpm application/x-redhat-package-manager
application/x-shockwave-flash application/vnd.adobe.flash.movie application/futuresplash
application/x-sqlite3 application/vnd.sqlite3
application/x-tar application/tar application/x-ustar
application/x-unix-archive application/x-archive application/x-ar
application/x-xpinstall application/x-xpi
application/x-xz application/xz
application/x.apple.alias application/x-apple-alias
application/x.autodesk.fbx application/vnd.autodesk.fbx application/fbx application/x-fbx model/fbx
application/x.ms.shortcut application/x-ms-shortcut
application/xml text/xml
application/yaml text/yaml text/x-yaml application/x-yaml
application/zip application/x-zip application/x-zip-compressed
application/zstd application/x-zstd
audio/aac audio/x-aac audio/aacp audio/vnd.dlna.adts audio/x-hx-aac-adts
audio/aiff audio/x-aiff audio/aif
audio/amr audio/x-amr audio/amr-wb audio/amr-encrypted
audio/ape audio/x-ape audio/x-monkeys-audio
audio/flac audio/x-flac
audio/matroska audio/x-matroska
audio/midi audio/mid audio/x-midi audio/x-mid audio/sp-midi application/x-midi
audio/mp4 audio/m4a audio/x-m4a audio/m4b audio/x-m4b audio/mp4a-latm
audio/mpeg audio/mp3 audio/x-mp3 audio/x-mpeg audio/mpeg3 audio/x-mpeg-3 audio/mpg audio/x-mpg audio/mpa audio/mp2 audio/x-mp2
audio/qcelp audio/qcp audio/vnd.qcelp
audio/vnd.dolby.dd-raw audio/ac3 audio/x-ac3 audio/eac3
audio/wav audio/vnd.wave audio/wave audio/x-wav audio/x-pn-wav
audio/wavpack audio/x-wavpack
audio/x-dsf audio/dsf
audio/x-it audio/it
audio/x-musepack audio/musepack
audio/x-s3m audio/s3m
audio/x-voc audio/voc
audio/x-xm audio/xm
font/otf application/x-font-otf application/x-font-opentype application/vnd.ms-opentype
font/ttf application/x-font-ttf application/x-font-truetype application/font-ttf application/x-truetype-font
font/woff application/font-woff application/x-font-woff
font/woff2 application/font-woff2 application/x-font-woff2
image/apng image/vnd.mozilla.apng
image/avif image/avif-sequence
image/bmp image/x-ms-bmp image/x-bmp image/x-windows-bmp
image/icns image/x-icns
image/j2c image/x-jp2-codestream
image/jp2 image/jpeg2000 image/x-jp2 image/jpeg2000-image image/x-jpeg2000-image
image/jpeg image/jpg image/pjpeg image/jfif image/x-citrix-jpeg
image/jxl image/x-jxl
image/mj2 video/mj2
image/png image/x-png image/x-citrix-png
image/tiff image/tif image/x-tiff image/x-tif
image/vnd.adobe.photoshop image/psd image/x-psd application/photoshop application/x-photoshop application/psd
image/vnd.dwg image/x-dwg application/acad application/x-acad application/dwg application/x-dwg application/autocad_dwg
image/vnd.ms-photo image/jxr
image/x-adobe-dng image/dng image/x-dng
image/x-icon image/vnd.microsoft.icon image/ico image/icon image/x-win-bitmap
image/x-xcf image/xcf
model/3mf application/vnd.ms-package.3dmanufacturing-3dmodel+xml application/vnd.ms-3mfdocument
model/stl application/sla application/vnd.ms-pki.stl application/x-navistyle model/x.stl-ascii model/x.stl-binary
multipart/related message/rfc822 application/x-mimearchive application/mhtml
text/csv application/csv text/x-csv application/x-csv text/comma-separated-values text/x-comma-separated-values
text/markdown text/x-markdown
text/vcard text/x-vcard text/directory
text/calendar application/ics text/x-vcalendar
video/matroska video/x-matroska video/mkv
video/mp2t video/vnd.dlna.mpeg-tts video/mts video/x-mpegts
video/mp4 video/x-m4v video/m4v application/mp4
video/mpeg video/x-mpeg video/mpg video/x-mpg video/mpeg2 video/x-mpeg2 video/mp1s video/mp2p video/x-ms-vob video/dvd
video/quicktime video/x-quicktime video/mov
video/vnd.avi video/avi video/msvideo video/x-msvideo
video/x-flv video/flv
audio/x-ms-asf audio/x-ms-wma audio/wma
video/x-ms-asf video/x-ms-wmv video/x-ms-wm video/wmv`
    .split('\n')
    .flatMap((row) => {
      const [name = '', ...others] = row.split(' ')
      return others.map((other): [string, string] => [other, name])
    }),
)

const kinds: ReadonlyMap<string, string> = new Map([
  ['image/apng', 'image/png'],
  ['image/heic', 'image/heif'],
  ['image/heif-sequence', 'image/heif'],
  ['image/heic-sequence', 'image/heif-sequence'],
  ['application/eps', 'application/postscript'],
])

const wrappings: ReadonlyMap<string, RegExp> = new Map([
  [
    'application/zip',
    /\+zip$|^model\/3mf$|^application\/(?:vnd\.openxmlformats-officedocument\..+|vnd\.oasis\.opendocument\..+|vnd\.sun\.xml\..+|vnd\.ms-.+macroenabled(?:\.12)?|vnd\.android\.package-archive|java-archive|vnd\.apple\.(?:pages|numbers|keynote)|vnd\.google-earth\.kmz|x-xpinstall|vnd\.visio|vnd\.ms-(?:visio|package|xpsdocument|appx).*|oxps|x-fictionbook.*|x-itunes-ipa|x-ios-app|vnd\.comicbook\+zip|x-cbz|x-krita|x-openscad|octet-stream\.zip)$/,
  ],
  [
    'application/x-cfb',
    // With a password, a document of today's Office is wrapped as the old ones are.
    /^application\/(?:msword|vnd\.ms-.+|vnd\.openxmlformats-officedocument\..+|vnd\.visio|x-msi|x-ms-installer|x-msdownload|x-mspublisher|vnd\.hancom\.hwp|x-hwp|haansofthwp|vnd\.wps-.+|x-thumbs)$|^image\/vnd\.fpx$/,
  ],
  // Many files called .doc are written as RTF.
  ['application/rtf', /^application\/msword$/],
  [
    'application/xml',
    /\+xml$|^application\/(?:x-plist|x-apple-plist|gpx|xslt?)$|^text\/(?:x-opml|xsl)$/,
  ],
  ['text/html', /^application\/xhtml\+xml$/],
  [
    'application/gzip',
    /\+gzip$|^application\/(?:x-gtar|x-tgz|x-compressed-tar|x-blender|x-abiword)$/,
  ],
  ['application/zstd', /^application\/(?:x-blender|x-zstd-compressed-tar)$/],
  ['application/x-bzip2', /^application\/(?:x-bzip2?-compressed-tar|x-apple-diskimage)$/],
  ['application/x-xz', /^application\/x-xz-compressed-tar$/],
  ['application/x-tar', /^application\/x-gtar$/],
  ['application/x-rar-compressed', /^application\/(?:vnd\.comicbook-rar|x-cbr)$/],
  ['application/pdf', /^application\/(?:postscript|illustrator|vnd\.adobe\.illustrator)$/],
  ['application/postscript', /^application\/(?:eps|illustrator|vnd\.adobe\.illustrator)$/],
  ['application/x-unix-archive', /^application\/x-deb$/],
  [
    'application/vnd.rn-realmedia',
    /^(?:audio|video)\/(?:x-pn-realaudio|x-realaudio|vnd\.rn-realvideo|vnd\.rn-realaudio)$/,
  ],
  ['application/ogg', oggTypes()],
  ['audio/ogg', oggTypes()],
  ['video/ogg', oggTypes()],
  // What comes after a tag of many kilobytes can't be seen.
  ['audio/mpeg', /^audio\/(?:aac|flac|ape|wav|aiff|x-musepack)$/],
  [
    'video/mp4',
    /^(?:audio\/(?:mp4|aac)|video\/(?:quicktime|3gpp2?|iso\.segment|x-f4v)|image\/(?:heic|heif|avif))$/,
  ],
  ['video/quicktime', /^(?:audio\/mp4|video\/3gpp2?)$/],
  ['video/3gpp', /^(?:audio\/(?:mp4|3gpp2?)|video\/3gpp2)$/],
  ['video/3gpp2', /^audio\/3gpp2$/],
  ['application/vnd.ms-asf', /^(?:audio|video)\/x-ms-asf$/],
  // It is seen by the first stream.
  ['audio/x-ms-asf', /^video\/x-ms-asf$/],
  ['video/webm', /^audio\/webm$/],
  ['video/matroska', /^(?:audio|video)\/(?:x-)?(?:matroska|webm)(?:-3d)?$/],
  ['video/mpeg', /^video\/mp2t$/],
  ['font/sfnt', /^font\/(?:ttf|otf)$/],
  // OpenType's outlines may be TrueType's, and then its first bytes are.
  ['font/ttf', /^font\/otf$/],
  ['image/png', /^image\/apng$/],
  ['image/tiff', /^image\/(?:x-|vnd\.).+$|^image\/(?:dng|dng-raw|geotiff)$/],
  ['image/heif', /^image\/(?:heic|heif-sequence|heic-sequence|avif)$/],
  ['image/heif-sequence', /^image\/(?:heic-sequence|heic|avif)$/],
  ['image/jp2', /^image\/(?:jpx|jpm)$/],
])

function oggTypes(): RegExp {
  return /^(?:application\/ogg|(?:audio|video)\/ogg|audio\/(?:opus|vorbis|speex|x-vorbis\+ogg|x-opus\+ogg))$/
}

const textTypes: ReadonlySet<string> = new Set(
  `application/javascript application/json application/yaml application/xml application/toml
application/sql application/x-sql application/graphql application/x-ndjson application/jsonl
application/jsonlines application/json5 application/x-sh application/x-shellscript
application/x-httpd-php application/x-subrip application/x-tex application/x-latex
application/typescript application/x-typescript application/x-www-form-urlencoded`.split(/\s/),
)
