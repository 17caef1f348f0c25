package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** {@code sysfs(2)}: the file system types by number. Source: fs/filesystems.c. */
public final class SysfsCalls {
    private static final int INDEX_OF_NAME = 1;
    private static final int NAME_OF_INDEX = 2;
    private static final int COUNT = 3;

    @Syscall(nr = 139, name = "sysfs")
    public long sysfs(Task task, int option, long first, long bufferAddr) {
        List<String> types = task.sandbox().vfs().filesystemTypes();
        return switch (option) {
            case INDEX_OF_NAME -> indexOf(types, Args.path(task, first));
            case NAME_OF_INDEX -> tell(task, types, first, bufferAddr);
            case COUNT -> types.size();
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static long indexOf(List<String> types, String name) {
        int index = types.indexOf(name);
        if (index < 0) {
            throw Errno.EINVAL.exception();
        }
        return index;
    }

    /** The name with its NUL. */
    private static long tell(Task task, List<String> types, long wanted, long bufferAddr) {
        long index = wanted & 0xffff_ffffL;
        if (index >= types.size()) {
            throw Errno.EINVAL.exception();
        }
        byte[] name = types.get((int) index).getBytes(StandardCharsets.ISO_8859_1);
        byte[] ended = Arrays.copyOf(name, name.length + 1);
        task.user().copyOut(bufferAddr, MemorySegment.ofArray(ended), 0, ended.length);
        return 0;
    }
}
