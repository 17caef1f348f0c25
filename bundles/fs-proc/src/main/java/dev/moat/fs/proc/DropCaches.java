package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/**
 * {@code vm.drop_caches}: 1 drops clean pages of files, 2 what is known of names, 3 both; 4 is to
 * be silent about it. Source: fs/drop_caches.c.
 */
record DropCaches() implements Content {
    private static final int PAGES = 1;
    private static final int NAMES = 2;
    private static final int MOST = 4;

    /** Only root writes, nobody reads. */
    @Override
    public int permissions() {
        return 0200;
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        int what = SysctlNumber.first(value, 1, MOST);
        if ((what & NAMES) != 0) {
            proc.sandbox().vfs().forgetNames();
        }
        if ((what & PAGES) != 0) {
            proc.sandbox().memory().reclaim(null, Long.MAX_VALUE);
        }
    }
}
