package dev.moat.mm.secret;

import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;

/** What memfd_secret(2) opens: it has a size and can be mapped, and nothing else. */
@Stateful
public final class SecretFile extends ControlFile {
    private final SecretInode inode;

    private SecretFile(SecretInode inode) {
        super(OpenFlags.O_RDWR | OpenFlags.O_LARGEFILE);
        this.inode = inode;
    }

    /**
     * A new file of the task; the caller owns the reference.
     *
     * @param pages its content, empty, which the file owns from here on
     */
    public static SecretFile create(Task task, FilePages pages) {
        Credentials who = task.credentials();
        return new SecretFile(
                new SecretInode(task.sandbox().clock(), pages, who.fsUid(), who.fsGid()));
    }

    /** Its inode is that of a regular file; the file has no offsets. */
    @Override
    public boolean isPositional() {
        return false;
    }

    /** What maps the pages keeps them. */
    @Override
    protected void closed() {
        inode.close();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "/secretmem (deleted)";
    }

    @Override
    public Mappable mappable() {
        return inode.memory();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        inode.truncate(sizeBytes);
    }
}
