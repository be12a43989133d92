// Which device a run uses, and the list of those there are.
import type { CliLibrary, DeviceInfo } from './library.js';

/** What `--device` accepts. */
export const deviceChoices = ['auto', 'node', 'cpu'] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

/**
 * Makes the library use the device that was asked for and returns a line that says which it is, and for `auto` without an adapter, why.
 * Throws when `node` was asked for and does not work.
 */
export async function chooseDevice(library: CliLibrary, choice: DeviceChoice): Promise<string> {
  if (choice === 'cpu') {
    // Nothing else is opened: a driver that fails must not keep anybody from the cpu.
    await library.setDevice('cpu');
    return 'Device: cpu (float64 reference)';
  }
  const devices = await library.devices();
  const node = devices.find(({ name }) => name === 'node');
  const name = choice === 'auto' ? (node?.available ? 'node' : 'cpu') : choice;
  if (name === 'node' && !node?.available) {
    throw new Error(`The device 'node' does not work: ${reasonOf(node)}. Use --device cpu, or --device auto to fall back to it.`);
  }
  await library.setDevice(name);
  const fallback = choice === 'auto' && name === 'cpu' ? `, because 'node' does not work: ${reasonOf(node)}` : '';
  return `Device: ${name} (${devices.find((device) => device.name === name)?.description ?? name})${fallback}`;
}

/** The table that `parseval devices` prints. */
export async function listDevices(library: CliLibrary): Promise<string> {
  const devices = await library.devices();
  const width = Math.max(...devices.map(({ name }) => name.length));
  return devices
    .map(
      (device) =>
        `${device.name.padEnd(width)}  ${device.available ? 'works' : '-    '}  ${device.available ? device.description : reasonOf(device)}\n`,
    )
    .join('');
}

function reasonOf(device: DeviceInfo | undefined): string {
  return (device?.reason ?? 'no adapter was found').replace(/\.\s*$/, '');
}
