// The owner's page of a server that is about to run.

import { createDesk } from '../browse/desk.ts'
import { createOwnerPage, type OwnerPage } from '../browse/owner-page.ts'
import { titofistoDefaults } from '../../titofisto-options.ts'
import { readTimeout } from '../settings/titofisto-settings.ts'
import { lanOrigins } from './reach.ts'
import type { InboxKind } from '../kinds/inbox-kind.ts'
import type { Settings } from '../settings/settings.ts'
import type { Serving } from './run-server.ts'

/** Opens it. `inbox` is `null` where no uploads are taken. */
export function openOwnerPage(
  serving: Serving,
  inbox: InboxKind | null,
  isTls: boolean,
): OwnerPage {
  const { files, settings, place, accessLog } = serving
  const mediaUrl = settings.find('mediaUrl')?.text ?? titofistoDefaults.mediaUrl
  const desk = createDesk({
    files,
    // What is the server's own lies in no bucket.
    ...(place.kind === 'folder'
      ? { root: place.root, privatePaths: privatePathsOf(settings) }
      : { root: '.', privatePaths: [] }),
    inbox,
    timeoutSeconds: readTimeout(settings),
    // It has none until it listens.
    lanOrigins: () => lanOrigins(settings, serving.origin),
    log: accessLog.log,
  })
  return createOwnerPage(desk, {
    isTls,
    mediaUrl,
    mountPath: files.mountPath,
    mediaOrigin: mediaUrl.startsWith('/') ? null : new URL(mediaUrl).origin,
    host: settings.find('host')?.text ?? null,
  })
}

/** What is the server's own, wherever it lies. */
function privatePathsOf(settings: Settings): readonly string[] {
  // The state folder is in the home, below a name with a dot, unless a setting says otherwise.
  return (['state', 'secretFile', 'settingsFile', 'tlsCert', 'tlsKey'] as const).flatMap(
    (name) => settings.find(name)?.text ?? [],
  )
}
