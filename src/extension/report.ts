// The text of "Parseval: Copy Diagnostics": what a bug report needs. Plain data: nothing of the editor.
import type { KernelStatus } from './kernel-status.js';
import { statusFacts } from './kernel-status.js';

/** What the report tells. */
export interface ReportFacts {
  readonly parseval: string;
  readonly vscode: string;
  /** `desktop`, `web`, …, and the remote's name. */
  readonly host: string;
  readonly system: string;
  readonly node: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly panel: string;
  readonly adapter:
    | {
        readonly available: boolean;
        readonly description: string;
        readonly limits: Readonly<Record<string, number>>;
        readonly features: readonly string[];
      }
    | undefined;
  readonly kernels: readonly KernelStatus[];
  readonly language: string;
  readonly errors: readonly string[];
}

/** The report as Markdown, so that it reads well where it is pasted. Notebooks are numbered: their names are nobody's business. */
export function formatReport(facts: ReportFacts): string {
  const { parseval, vscode, host, system, node, settings, panel, adapter, kernels, language, errors } = facts;
  const lines = [
    '### Parseval diagnostics',
    '',
    `- Parseval ${parseval}, VS Code ${vscode} (${host})`,
    `- System: ${system}`,
    `- Node for kernels: ${node}`,
    `- Settings: ${Object.entries(settings)
      .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
      .join(', ')}`,
    `- Language service: ${language}`,
    `- Device panel: ${panel}`,
  ];
  if (adapter) {
    lines.push(`- Adapter: ${adapter.available ? '' : 'none, '}${adapter.description}`);
    if (adapter.features.length > 0) lines.push(`- Features: ${[...adapter.features].sort().join(', ')}`);
  }
  for (const [index, status] of kernels.entries()) {
    lines.push('', `#### Kernel of notebook ${index + 1}`, '');
    for (const [name, value] of statusFacts('', status).facts) lines.push(`- ${name}: ${oneLine(value)}`);
  }
  if (adapter && Object.keys(adapter.limits).length > 0) {
    lines.push('', '#### Limits of the adapter', '', '```');
    for (const [name, value] of Object.entries(adapter.limits).sort(([a], [b]) => (a < b ? -1 : 1))) lines.push(`${name}: ${value}`);
    lines.push('```');
  }
  lines.push('', '#### Last errors', '', ...(errors.length > 0 ? ['```', ...errors, '```'] : ['None.']));
  return `${lines.join('\n')}\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
