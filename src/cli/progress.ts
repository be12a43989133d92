// What the terminal shows of a run: each cell with its outputs and its time.
import { PROGRESS_MIME } from '../protocol/progress.js';
import type { MimeBundle } from '../display/sink.js';
import type { CellOutput } from '../kernel/index.js';

/** Where the progress is written: a terminal, or a file or pipe that gets plain lines. */
export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
}

const indent = '    ';
/** How often a terminal shows the time of the running cell, in ms. */
const refreshEvery = 100;

/**
 * Writes the progress of a run. On a terminal a line of its own shows the running cell's time, or its progress bar. What changes in place is
 * written when it has its final form.
 */
export class Progress {
  private started = 0;
  private timer: NodeJS.Timeout | undefined;
  private isLive = false;
  private atLineStart = true;
  /** Progress bars that still move, and displays that changed, as they are now. */
  private readonly bars = new Map<string, string>();
  private readonly changed = new Map<string, string>();

  constructor(
    private readonly terminal: Terminal,
    private readonly total: number,
  ) {}

  /** A cell begins; `number` counts from 1. */
  start(number: number, title: string): void {
    const label = `[${String(number).padStart(String(this.total).length)}/${this.total}] `;
    const room = (this.terminal.columns ?? 120) - label.length;
    this.terminal.write(`${label}${title.length > room ? `${title.slice(0, room - 1)}…` : title}\n`);
    this.started = performance.now();
    if (!this.terminal.isTTY) return;
    // Not a reason to go on when nothing else is left to wait for.
    this.timer = setInterval(() => this.show(), refreshEvery).unref();
  }

  /** An output of the running cell. */
  output(output: CellOutput): void {
    if (output.output_type === 'display_data' && isMoving(output.data)) return this.moveBar(output.displayId ?? '', output.data);
    this.hide();
    const text = textOf(output);
    // A stream's text may come in pieces of a line; anything else begins a line and ends one.
    if (output.output_type !== 'stream') this.finishLine();
    this.write(text);
    if (output.output_type !== 'stream') this.finishLine();
  }

  /** A display has new forms. */
  update(displayId: string, data: MimeBundle): void {
    if (isMoving(data)) return this.moveBar(displayId, data);
    if (Object.keys(data).length === 0) return void this.bars.delete(displayId);
    if (!(PROGRESS_MIME in data)) return void this.changed.set(displayId, textOfBundle(data));
    this.bars.delete(displayId);
    this.writeLines(textOfBundle(data));
  }

  /** The running cell has ended; without a verdict when it was cut off. */
  end(verdict?: 'done' | 'failed'): void {
    clearInterval(this.timer);
    for (const text of [...this.bars.values(), ...this.changed.values()]) this.writeLines(text);
    this.bars.clear();
    this.changed.clear();
    this.hide();
    this.finishLine();
    if (verdict) this.terminal.write(`${indent}${verdict} in ${this.seconds()}\n`);
  }

  private moveBar(displayId: string, data: MimeBundle): void {
    this.bars.set(displayId, textOfBundle(data));
    if (this.terminal.isTTY) this.show();
  }

  private writeLines(text: string): void {
    this.hide();
    this.finishLine();
    this.write(text);
    this.finishLine();
  }

  private write(text: string): void {
    if (text === '') return;
    const isWhole = text.endsWith('\n');
    const body = isWhole ? text.slice(0, -1) : text;
    this.terminal.write((this.atLineStart ? indent : '') + body.replaceAll('\n', `\n${indent}`) + (isWhole ? '\n' : ''));
    this.atLineStart = isWhole;
  }

  private finishLine(): void {
    if (!this.atLineStart) this.terminal.write('\n');
    this.atLineStart = true;
  }

  private show(): void {
    if (!this.atLineStart) return;
    const bar = [...this.bars.values()].at(-1)?.slice(0, (this.terminal.columns ?? 120) - indent.length - 1);
    this.terminal.write(`\r\x1b[K${indent}${bar ?? `${this.seconds()} …`}`);
    this.isLive = true;
  }

  private hide(): void {
    if (this.isLive) this.terminal.write('\r\x1b[K');
    this.isLive = false;
  }

  private seconds(): string {
    const milliseconds = performance.now() - this.started;
    return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
  }
}

function textOf(output: CellOutput): string {
  switch (output.output_type) {
    case 'stream':
      return output.text;
    case 'error':
      return output.traceback.join('\n');
    case 'display_data':
    case 'execute_result':
      return textOfBundle(output.data);
  }
}

function textOfBundle(data: MimeBundle): string {
  const text = data['text/plain'];
  return [...(typeof text === 'string' ? [text] : []), ...Object.entries(data).flatMap(pictureLine)].join('\n');
}

/** Whether a value is a progress bar that has not come to its end. */
function isMoving(data: MimeBundle): boolean {
  const bar = data[PROGRESS_MIME];
  return typeof bar === 'object' && bar !== null && 'state' in bar && bar.state === 'running';
}

/** A picture is mentioned with its size. */
function pictureLine([mime, value]: [string, unknown]): string[] {
  if (!mime.startsWith('image/') || typeof value !== 'string') return [];
  const bytes = Buffer.from(value, mime === 'image/svg+xml' ? 'utf8' : 'base64');
  // The header of a PNG holds width and height at fixed places.
  const size = mime === 'image/png' && bytes.length > 24 ? `${bytes.readUInt32BE(16)} × ${bytes.readUInt32BE(20)}, ` : '';
  return [`[${mime}: ${size}${(bytes.length / 1000).toFixed(1)} kB]`];
}
