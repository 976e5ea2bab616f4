import type { CaptureChoice } from '../../../application/project.ts';

/** What pods of every environment run beside its components, as far as images are looked for. */
export function ownImages(capture: CaptureChoice): readonly string[] {
  switch (capture.mode) {
    case 'off':
      return [];
    case 'nodes':
      return [capture.tapImage];
    case 'tap':
    case 'otlp':
      return [capture.image];
  }
}
