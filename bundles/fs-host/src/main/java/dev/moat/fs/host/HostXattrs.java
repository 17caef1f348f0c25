package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostResult;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Extended attributes of host files: the {@code user.} ones. Others carry the host's own security
 * decisions (file capabilities, labels) and stay out of the sandbox.
 */
final class HostXattrs {
    private static final String SHOWN = "user.";

    /** XATTR_SIZE_MAX and XATTR_LIST_MAX, include/uapi/linux/limits.h. */
    private static final int MAX_BYTES = 65536;

    private HostXattrs() {}

    static byte[] get(HostInode inode, String name) {
        if (!name.startsWith(SHOWN)) {
            throw Errno.ENODATA.exception();
        }
        byte[] value = new byte[MAX_BYTES];
        long size =
                HostResult.orThrow(
                        inode.onDescriptor(fd ->
                                inode.files().getXattr(fd, name, MemorySegment.ofArray(value))));
        return Arrays.copyOf(value, (int) size);
    }

    static void set(HostInode inode, String name, byte[] value, int flags) {
        checkShown(name);
        HostResult.orThrow(
                inode.onDescriptor(fd ->
                        inode.files().setXattr(fd, name, MemorySegment.ofArray(value), flags)));
    }

    static void remove(HostInode inode, String name) {
        checkShown(name);
        HostResult.orThrow(inode.onDescriptor(fd -> inode.files().removeXattr(fd, name)));
    }

    static List<String> list(HostInode inode) {
        byte[] names = new byte[MAX_BYTES];
        long size =
                inode.onDescriptor(fd -> inode.files().listXattr(fd, MemorySegment.ofArray(names)));
        List<String> shown = new ArrayList<>();
        if (HostResult.failed(size)) {
            return shown;
        }
        int start = 0;
        for (int i = 0; i < size; i++) {
            if (names[i] == 0) {
                String name = new String(names, start, i - start, StandardCharsets.ISO_8859_1);
                if (name.startsWith(SHOWN)) {
                    shown.add(name);
                }
                start = i + 1;
            }
        }
        return shown;
    }

    private static void checkShown(String name) {
        if (!name.startsWith(SHOWN)) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }
}
