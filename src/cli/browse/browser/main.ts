// The script of the owner's page: makes more of what stands there, and works without any of it.

import type { ToldPage } from '../page/told.ts'
import { showCopyButtons } from './copy.ts'
import { enliven } from './forms.ts'
import { showLinkButtons } from './link-dialog.ts'
import { watchNow } from './now.ts'
import { sayTime } from './times.ts'
import { takeUploads } from './uploads.ts'

const owner = document.querySelector<HTMLElement>('#owner[data-told]')
if (owner?.dataset['told'] !== undefined) {
  // The server wrote it, by the same type.
  const told = JSON.parse(owner.dataset['told']) as ToldPage
  sayTimes(owner)
  showBadges(owner)
  showCopyButtons(owner)
  showLinkButtons(owner, told)
  enliven(owner)
  if (told.takesUploads) takeUploads(owner, told)
  watchNow(owner)
}

/** In the reader's time zone and way. */
function sayTimes(within: HTMLElement): void {
  for (const time of within.querySelectorAll('time')) time.textContent = sayTime(time.dateTime)
}

/** A file that is called a picture may be none: then its suffix stands in the picture's place. */
function showBadges(within: HTMLElement): void {
  for (const picture of within.querySelectorAll('.thumb img')) {
    const thumb = picture.closest<HTMLElement>('.thumb')
    const showBadge = (): void => thumb?.replaceChildren(thumb.dataset['badge'] ?? '')
    picture.addEventListener('error', showBadge)
  }
}
