import type { Kernel } from '../kernel/kernel.ts';
import { SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } from '../kernel/signals.ts';
import type { InitSettings } from './settings.ts';
import type { Voice } from './voice.ts';

/**
 * Job control under an interactive shell, when we are not PID 1, or PID 1 of a namespace that the shell is not in.
 * The shell sees only our process group, the terminal sees only the program's: Ctrl-Z, fg and bg have to be carried from
 * one to the other.
 */
export interface JobControl {
  /** Whether stops of the program have to be watched for. */
  readonly isActive: boolean;
  /** The program was stopped by a signal. */
  programStopped(signal: number): void;
  /** Before SIGCONT is passed on: the program gets the terminal if the shell gave it to us (fg, not bg). */
  continuing(): void;
  /** Before we leave, the terminal goes back to our group: `sh -c 'sexton true; read x'` reads. */
  leaving(): void;
}

export function createJobControl(kernel: Kernel, settings: InitSettings, voice: Voice, program: number): JobControl {
  // `unshare --pid --fork sexton bash`: our group is one of the shell's jobs, and without a number in our namespace.
  const hasShell = kernel.pid !== 1 || kernel.ownGroup() === 0;
  // Without a terminal there is no shell that could continue us.
  const isActive = settings.jobControl && hasShell && kernel.foregroundGroup() !== -1;
  /**
   * Gives the program the terminal if it was given to us. A shell does that with SIGCONT, but not for `fg` of a
   * background job that runs: then the program is stopped as soon as it wants the terminal, and that is the time.
   */
  function handOver(): boolean {
    return kernel.foregroundGroup() === kernel.ownGroup() && kernel.setForegroundGroup(program) === 0;
  }

  return {
    isActive,
    programStopped(signal) {
      const wantsTerminal = signal === SIGTTIN || signal === SIGTTOU;
      if (wantsTerminal && handOver()) {
        kernel.kill(-program, SIGCONT);
      } else if (!kernel.isGroupOrphaned()) {
        voice.stopped();
        // Our whole group (npm → sh → sexton), so that the shell sees its job stopped.
        kernel.kill(0, SIGSTOP);
      } else if (signal === SIGTSTP) {
        // `ssh host sexton cat`: nobody could continue it, and without us the kernel would not have stopped it.
        kernel.kill(-program, SIGCONT);
      }
    },
    continuing() {
      if (!isActive) return;
      voice.continued();
      handOver();
    },
    leaving() {
      if (isActive && kernel.foregroundGroup() === program) kernel.setForegroundGroup(kernel.ownGroup());
    },
  };
}
