// `titofisto serve`: a folder behind time tokens, until a signal says stop.

import { createCommandRunner } from '../kinds/command-runner.ts'
import { wrongUsage } from '../cli-failure.ts'
import { makeDemoFolder } from '../demo/demo-folder.ts'
import { greet } from '../server/greet.ts'
import { openOwnerPage } from '../server/open-owner-page.ts'
import { runServer } from '../server/run-server.ts'
import { filePlaceOf, folderPlace, type FilePlace } from '../settings/file-place.ts'
import { flagOf, readSettings, settingNames } from '../settings/settings.ts'
import { defineExecKind, defineSaveKind } from '../kinds/slot-kinds.ts'
import { defineInboxKind, type InboxKind } from '../kinds/inbox-kind.ts'
import { findUntrusted } from '../settings/working-folder.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { Settings } from '../settings/settings.ts'

/** `titofisto serve`. */
export const serveCommand: Command = {
  flags: {
    texts: settingNames.map(flagOf),
    switches: ['browse', 'demo', 'examples', 'quiet', 'json'],
  },
  help: `Usage: titofisto serve [FOLDER] [flags]

Serves the files of a folder (default: the current one) to whoever has a link that still works,
and prints links for some of them. Nothing else can be read, but for files below public/.
Takes uploads through slots, whose URLs "titofisto slot" prints.

  --host ADDRESS       address to listen on (default 127.0.0.1: this machine only)
  --port PORT          port to listen on; 0 for any (default 8080, or the next free one)
  --media-url URL      where the files are for clients: a path, or an absolute URL where a proxy
                       stands before us; ends with "/" (default /media/)
  --mount-path PATH    path that we see, where a proxy cuts a part of it (default: --media-url's)
  --timeout TIME       life of a link: seconds, or 45s, 30m, 1h, 7d, never (default 1h)
  --param NAME         query parameter with the token (default titofisto_token)
  --public-namespace FOLDER  files below it need no token; "false" for none (default public/)
  --stable TIME        the same link for about this time, so that browsers cache (default 0)
  --cors FILES         what scripts of other origins may read: links, all (public files too) or
                       false (default links)
  --cross-origin-resource-policy WHO  who may embed files: same-origin, same-site or cross-origin
                       (default cross-origin for what --cors opens, else same-site)
  --interop django     take and make the tokens of django-titofisto too
  --use-tz true|false  with it: Django's USE_TZ (default true where --time-zone is UTC)
  --time-zone ZONE     with it: Django's TIME_ZONE, for USE_TZ = False (default UTC)
  --secret-file FILE   a file with the secret (default: one is generated, see below)
  --state FOLDER       private folder for the generated secret and the address of the running
                       server, by which "url" and "explain" find it (default: one in your
                       home for each folder that this is started in)
  --settings-file FILE a file with variables; a .env is not read unless you name it here
  --s3 URL             serve s3://BUCKET or s3://BUCKET/FOLDER instead of a folder of this machine;
                       region and credentials are what the AWS SDK finds by itself
  --s3-endpoint URL    where S3 is, if it is not Amazon's
  --slots URL          where upload slots are, for several servers: redis://HOST:6379/0 or
                       postgres://USER@HOST/DATABASE (default: beside the files); a URL with a
                       password belongs in TITOFISTO_SLOTS, since others see flags
  --slots-prefix NAME  what its keys begin with there, or its table's name (default titofisto)
  --spool FOLDER       with --s3: where uploads are until they are whole (default: in --state)
  --stop-seconds TIME  how long running downloads may take after SIGTERM or Ctrl-C (default 10)
  --tls-cert FILE, --tls-key FILE   certificate and private key in PEM, to serve over TLS
  --exec COMMAND       take uploads of kind exec: run this shell command on each, with the file in
                       $TITOFISTO_FILE; exit code 0 takes it, 75 asks for another try
  --browse             print a link for you alone to a page with all files: look, search, make links,
                       upload, ask for files, see what is open now
  --demo               make a sample folder (default demo/), unless it is there, and serve it
  --examples           print commands to try, which work as they are
  --quiet              print neither links nor requests, only our own failures
  --json               print JSON lines on stdout: the address, then requests; no links

Every flag but the last five also is a variable, in the environment or in the file of
--settings-file: TITOFISTO_PORT, TITOFISTO_MEDIA_URL, ... The folder is TITOFISTO_ROOT. TITOFISTO_EXEC is refused
in a file: it must not say what is run.
TITOFISTO_SECRET holds the secret, or several, newest first, with spaces between them: the first
signs, all are taken. "titofisto secret" makes one.

Short: -p for --port, -H for --host, -b for --browse, -q for --quiet, -j for --json.

Exit code 0 after SIGTERM or Ctrl-C, 1 when it can't serve, 2 when a flag or variable is wrong.
`,
  async run(args) {
    if (args.positionals.length > 1) throw wrongUsage('"titofisto serve" takes one folder.')
    const settings = readSettings(args, process.env)
    for (const sentence of findUntrusted(settings)) console.error(`titofisto: warning: ${sentence}`)
    // First of all: where it is refused, nothing must have been made yet.
    const exec = settings.find('exec')
    const place = await choosePlace(args, settings)
    const commands = createCommandRunner()
    let inbox: InboxKind | null = null
    return runServer(args, {
      settings,
      place,
      defineKinds(serving) {
        defineSaveKind(serving.files, () => serving.origin)
        const kind = defineInboxKind(serving.files, serving.accessLog.log)
        if (exec !== null) defineExecKind(serving.files, exec.text, commands)
        inbox = kind
      },
      ...(args.has('browse') && {
        openOwnerPage: (serving, isTls) => openOwnerPage(serving, inbox, isTls),
      }),
      greet: (serving, ownerPage) =>
        greet(args, { ...serving, ownerLink: ownerPage?.link ?? null }),
      stopOthers: () => commands.stop(),
    })
  },
}

async function choosePlace(args: Arguments, settings: Settings): Promise<FilePlace> {
  const [folder] = args.positionals
  const s3 = settings.find('s3')
  if (s3 !== null) {
    const given = folder === undefined ? '--demo' : `A folder (${folder})`
    if (folder !== undefined || args.has('demo'))
      throw wrongUsage(`${given} and ${s3.source} can't be served by one server.`)
    return filePlaceOf(settings)
  }
  const given = folder ?? settings.find('root')?.text
  if (!args.has('demo')) return folderPlace(given ?? '.')
  const root = given ?? 'demo'
  await makeDemoFolder(root)
  return folderPlace(root)
}
