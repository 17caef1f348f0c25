package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors that an operation sees: those of the submitter, but the file that it was
 * submitted for stays the same whatever becomes of its number, and new files may go to a slot of
 * the ring. Lives for one attempt.
 */
final class RequestFiles implements FdTable {
    /** Numbers of registered files: no descriptor is as high. */
    static final int FIXED_NUMBERS = 0x7f000000;

    private final Request request;
    private final FdTable table;

    /** How many ends of a pipe were placed. */
    private int ends;

    RequestFiles(Request request) {
        this.request = request;
        this.table = request.submitter().files();
    }

    @Override
    public FileDescription acquire(int fd) {
        FileDescription file = tryAcquire(fd);
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    @Override
    public @Nullable FileDescription tryAcquire(int fd) {
        FileDescription file = request.file();
        if (file != null && fd == request.fd()) {
            return file.tryRetain() ? file : null;
        }
        return (fd & FIXED_NUMBERS) == FIXED_NUMBERS && fd > 0
                ? request.ring().files().acquire(fd & ~FIXED_NUMBERS)
                : table.tryAcquire(fd);
    }

    @Override
    public int install(FileDescription file, int minimum, boolean closeOnExec, long limit) {
        return table.install(file, minimum, closeOnExec, limit);
    }

    @Override
    public int install(Task task, FileDescription file, boolean closeOnExec) {
        int slot = request.slot();
        if (slot == 0) {
            return table.install(request.submitter(), file, closeOnExec);
        }
        if (Operation.of(request.sqe().opcode()) == Operation.PIPE) {
            return FIXED_NUMBERS | placeEnd(slot, file);
        }
        return request.ring().files().place(slot, file);
    }

    /** The ends of a pipe go to two slots, one behind the other unless any will do. */
    private int placeEnd(int slot, FileDescription file) {
        RingFiles files = request.ring().files();
        if (slot == IoUring.IORING_FILE_INDEX_ALLOC) {
            return files.place(slot, file);
        }
        int at = slot + ends;
        ends++;
        files.place(at, file);
        return at - 1;
    }

    @Override
    public void replace(Task task, int fd, FileDescription file, boolean closeOnExec) {
        table.replace(request.submitter(), fd, file, closeOnExec);
    }

    @Override
    public long close(Task task, int fd) {
        if ((fd & FIXED_NUMBERS) == FIXED_NUMBERS && fd > 0) {
            request.ring().files().close(fd & ~FIXED_NUMBERS);
            return 0;
        }
        return table.close(request.submitter(), fd);
    }

    @Override
    public boolean isCloseOnExec(int fd) {
        return table.isCloseOnExec(fd);
    }

    @Override
    public void setCloseOnExec(int fd, boolean closeOnExec) {
        table.setCloseOnExec(fd, closeOnExec);
    }

    @Override
    public void closeRange(Task task, int first, int last, boolean onlyMark) {
        table.closeRange(request.submitter(), first, last, onlyMark);
    }

    @Override
    public void closeOnExec(Task task) {
        table.closeOnExec(request.submitter());
    }

    @Override
    public FdTable fork() {
        return table.fork();
    }

    @Override
    public void retain() {
        table.retain();
    }

    @Override
    public void release(Task task) {
        table.release(request.submitter());
    }

    @Override
    public int users() {
        return table.users();
    }

    @Override
    public int openCount() {
        return table.openCount();
    }

    @Override
    public List<Integer> collectFds() {
        return table.collectFds();
    }
}
