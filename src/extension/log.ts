// The log "Parseval" in the editor's Output view, and the last errors for reports.
import * as vscode from 'vscode';

const kept = 20;

/** Where everything is written that a person may want to know later. */
export class Log implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel('Parseval', { log: true });
  private readonly recent: string[] = [];

  /** The last errors and warnings, oldest first, with their times. */
  get lastErrors(): readonly string[] {
    return this.recent;
  }

  /** What explains a problem, once there is one. */
  debug(message: string): void {
    this.channel.debug(message);
  }

  /** What happened as it should. */
  info(message: string): void {
    this.channel.info(message);
  }

  /** What went wrong and was coped with. */
  warn(message: string): void {
    this.keep(message);
    this.channel.warn(message);
  }

  /** What went wrong. */
  error(message: string): void {
    this.keep(message);
    this.channel.error(message);
  }

  /** Shows the log. */
  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }

  private keep(message: string): void {
    this.recent.push(`${new Date().toISOString()} ${message}`);
    if (this.recent.length > kept) this.recent.shift();
  }
}
