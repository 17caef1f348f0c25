package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.api.vfs.VfsSettings.Setting;

/** A number of {@link VfsSettings}: proc_dointvec_minmax(), kernel/sysctl.c. */
record NumberSetting(Setting setting) implements Content {
    /** Larger pipes are refused, whoever asks: round_pipe_size(), fs/pipe.c. */
    private static final long MOST_PIPE_BYTES = 1L << 31;

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.sandbox().vfs().settings().get(setting) + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        VfsSettings settings = proc.sandbox().vfs().settings();
        settings.set(
                setting,
                switch (setting) {
                    case PIPE_MAX_SIZE -> pipeBytes(value);
                    case SCHED_RR_TIMESLICE_MS -> sliceMs(value);
                    default -> SysctlNumber.first(value, setting.least(), setting.most());
                });
    }

    /** A power of two of pages that is not smaller: proc_dopipe_max_size(). */
    private int pipeBytes(String value) {
        int wanted = Math.max(setting.least(), SysctlNumber.first(value, 0, MOST_PIPE_BYTES - 1));
        int bytes = Integer.highestOneBit(wanted);
        if (wanted > setting.most()) {
            throw Errno.EINVAL.exception();
        }
        return bytes == wanted ? bytes : bytes << 1;
    }

    /** Nothing, or less, stands for what it was in the beginning: sched_rr_handler(). */
    private int sliceMs(String value) {
        int wanted = SysctlNumber.first(value, setting.least(), setting.most());
        return wanted <= 0 ? setting.initial() : wanted;
    }
}
