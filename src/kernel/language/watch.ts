// Watches the folders in which files that cells import stand, so that what the editor shows follows an edit elsewhere. Only a hint: before
// each question the files are looked at anyway, so a system that cannot watch loses nothing but the time until then.
import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';

/** Events of one edit come in bursts; this many ms of silence end one. */
const silence = 50;

/** Watches folders. */
export class FolderWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: () => void) {}

  /** Watches these folders and no others. */
  set(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of folders) if (!this.watchers.has(folder)) this.add(folder);
  }

  /** The folders that are watched. */
  folders(): readonly string[] {
    return [...this.watchers.keys()];
  }

  close(): void {
    this.set(new Set());
    clearTimeout(this.timer);
  }

  private add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(this.onChange, silence).unref();
      });
      // The folder is gone, or the system has no more watches to give.
      watcher.on('error', () => {
        watcher.close();
        this.watchers.delete(folder);
      });
      this.watchers.set(folder, watcher);
    } catch {
      // As above.
    }
  }
}
