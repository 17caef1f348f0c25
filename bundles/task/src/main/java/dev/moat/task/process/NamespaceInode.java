package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;

/** A namespace as a file. */
@Stateful
final class NamespaceInode extends Inode {
    private static final int MODE = FileMode.S_IFREG | 0444;

    private final NamespaceFilesystem filesystem;
    private final Namespace namespace;

    NamespaceInode(NamespaceFilesystem filesystem, Namespace namespace) {
        this.filesystem = filesystem;
        this.namespace = namespace;
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public long number() {
        return namespace.number();
    }

    @Override
    public int mode() {
        return MODE;
    }

    @Override
    public int uid() {
        return 0;
    }

    @Override
    public int gid() {
        return 0;
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                filesystem.deviceId(),
                number(),
                MODE,
                1,
                0,
                0,
                0,
                0,
                4096,
                0,
                0,
                0,
                0,
                Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        throw Errno.EPERM.exception();
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new NamespaceFile(this, namespace, flags);
    }
}
