package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.api.task.Task;

/**
 * ioctl(2) by a server, restricted: the number of the command says which data goes where, as
 * fuse_do_ioctl() has it for all but character devices.
 */
final class FuseIoctl {
    private static final int ANSWER_BYTES = 16;
    private static final int FROM_USER = 1;
    private static final int TO_USER = 2;

    private FuseIoctl() {}

    /**
     * @param flags FUSE_IOCTL_*
     * @throws dev.moat.abi.ErrnoException ENOTTY: the server has no such commands
     */
    static long run(
            Task task, FuseInode inode, long handle, int flags, int command, long argument) {
        FuseConnection connection = inode.server().connection();
        boolean directory = (flags & Fuse.FUSE_IOCTL_DIR) != 0;
        if (directory && !connection.has(Fuse.FUSE_HAS_IOCTL_DIR)
                || connection.isMissing(Fuse.FUSE_IOCTL)) {
            throw Errno.ENOTTY.exception();
        }
        inode.server().checkAdmits();
        int size = command >>> 16 & 0x3fff;
        int direction = command >>> 30;
        int in = (direction & FROM_USER) != 0 ? size : 0;
        int out = (direction & TO_USER) != 0 ? size : 0;
        byte[] given = in == 0 ? new byte[0] : task.user().copyIn(argument, in);
        Body body =
                new Body()
                        .u64(handle)
                        .u32(flags)
                        .u32(command)
                        .u64(argument)
                        .u32(in)
                        .u32(out)
                        .data(given);
        Answer answer;
        try {
            answer =
                    connection.call(
                            task,
                            FuseRequest.between(
                                    Fuse.FUSE_IOCTL,
                                    inode.node(),
                                    body,
                                    ANSWER_BYTES,
                                    ANSWER_BYTES + out));
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENOSYS ? Errno.ENOTTY : e.errno()).exception();
        }
        if ((answer.u32(4) & Fuse.FUSE_IOCTL_RETRY) != 0) {
            // Only servers of character devices may choose what they get.
            throw Errno.EIO.exception();
        }
        int result = answer.u32(0);
        int got = answer.size() - ANSWER_BYTES;
        if (result >= 0 && got > 0) {
            task.user().copyOut(argument, answer.slice(ANSWER_BYTES, got));
        }
        return result;
    }
}
