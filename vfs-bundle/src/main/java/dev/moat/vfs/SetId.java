package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.FileMode;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Inode;

/**
 * Set-id bits do not survive a change of content or owner by somebody without CAP_FSETID:
 * file_remove_privs().
 */
public final class SetId {
    private SetId() {}

    /** The permissions left after such a change. */
    public static int without(int mode) {
        int kept = mode & ~FileMode.S_ISUID;
        // Without group execution the bit once meant mandatory locking: it stays.
        return (mode & FileMode.S_IXGRP) != 0 ? kept & ~FileMode.S_ISGID : kept;
    }

    public static void drop(Task task, Inode inode) {
        int mode = inode.mode();
        int left = without(mode);
        if (left != mode && !task.credentials().has(Capabilities.CAP_FSETID)) {
            inode.setAttributes(AttributeChange.mode(left & FileMode.S_IALLUGO));
        }
    }
}
