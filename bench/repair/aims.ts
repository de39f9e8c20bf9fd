/** What was found against what is aimed at. */

export interface Aim {
  readonly what: string;
  readonly found: number;
  readonly most: number;
  readonly unit: string;
}

export class Aims {
  readonly all: Aim[] = [];

  /** Says it at once. An aim that is missed fails nothing: what is wrong is thrown elsewhere. */
  note(what: string, found: number, most: number, unit: string): void {
    this.all.push({ what, found, most, unit });
    const met = found <= most ? 'met:   ' : 'MISSED:';
    const decimals = Math.abs(found) < 10 ? 2 : 0;
    console.log(`  ${met} ${what}: ${found.toFixed(decimals)} ${unit}, aim ${most} ${unit}`);
  }
}
