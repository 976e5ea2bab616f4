import type { Finding } from '../../../application/ports/doctor.ts';
import type { Component } from '../../../domain/catalog/component.ts';
import type { Diagnostic } from '../../../domain/diagnostic.ts';
import { ERROR_CODES, type ErrorCode } from '../../../domain/errors.ts';

export function problem(component: Component, code: ErrorCode, message: string): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    hint: ERROR_CODES[code].remedy,
    location: component.location,
    component: component.name,
  };
}

export function planProblem(code: ErrorCode, message: string): Diagnostic {
  return { code, severity: 'error', message, hint: ERROR_CODES[code].remedy };
}

export function asWarning(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: 'warning' };
}

/** A line of the doctor as `up` tells it. */
export function diagnosticOf(finding: Finding): Diagnostic {
  const { check, outcome, message, code, costs, remedy } = finding;
  return {
    code: code ?? 'PREFLIGHT_FAILED',
    severity: outcome === 'fail' ? 'error' : 'warning',
    message: `${check}: ${message}${costs === null ? '' : `; ${costs}`}`,
    ...(remedy === null ? {} : { hint: remedy }),
  };
}
