import type { Plan, TaskStatus } from '../../../domain/plan/plan.ts';
import type { CommandContext } from '../command-context.ts';
import { cutTo, guarded, widthOf } from '../safe-text.ts';
import type { Progress } from './progress.ts';
import { taskTreeOf } from './task-tree.ts';
import { treeLines } from './tree-lines.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/**
 * A picture that is drawn over itself, ten times a second. It is never taller than the window, or its
 * top would scroll out of reach; the cursor is hidden meanwhile and comes back whatever happens: at the
 * end, and at once when the command is interrupted, since a second interrupt ends the process.
 */
export function treeProgress(plan: Plan, context: CommandContext): Progress {
  const { terminal, signal, messagePaint, services } = context;
  const canvas = createCanvas(terminal.stderr);
  const tree = taskTreeOf(plan);
  let tasks: readonly TaskStatus[] = [];
  let frame = 0;
  const draw = (): void => {
    const { columns, rows } = terminal.size();
    const look = {
      paint: messagePaint,
      spinner: FRAMES[frame % FRAMES.length] ?? '',
      nowMs: services.clock.nowMs(),
    };
    frame += 1;
    const lines = treeLines({ environment: plan.environment, tree, tasks }, look, rows - 1);
    canvas.draw(
      lines.map((line) => cutTo(guarded(line, messagePaint.hasColour), columns - 1)),
      columns,
    );
  };
  let timer: NodeJS.Timeout | null = null;
  const finish = (): void => {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    signal.removeEventListener('abort', finish);
    draw();
    canvas.close();
  };
  draw();
  timer = setInterval(draw, FRAME_MS);
  timer.unref();
  signal.addEventListener('abort', finish);
  if (signal.aborted) finish();
  return {
    show({ status }) {
      tasks = status.tasks;
    },
    finish,
  };
}

interface Canvas {
  draw(lines: readonly string[], columns: number): void;
  close(): void;
}

const CONTROL = `${String.fromCodePoint(0x1b)}[`;
const HIDE_CURSOR = `${CONTROL}?25l`;
const SHOW_CURSOR = `${CONTROL}?25h`;
const CLEAR_LINE_END = `${CONTROL}K`;
const CLEAR_BELOW = `${CONTROL}J`;

function createCanvas(stream: NodeJS.WritableStream): Canvas {
  let widths: readonly number[] = [];
  stream.write(HIDE_CURSOR);
  return {
    draw(lines, columns) {
      const drawn = rowsOf(widths, columns);
      const up = drawn === 0 ? '' : `\r${CONTROL}${drawn}A`;
      const picture = lines.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
      stream.write(`${up}${picture}${CLEAR_BELOW}`);
      widths = lines.map(widthOf);
    },
    close: () => void stream.write(SHOW_CURSOR),
  };
}

/** Rows that the last picture takes now: a window made narrower has wrapped its lines. */
function rowsOf(widths: readonly number[], columns: number): number {
  return widths.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
}
