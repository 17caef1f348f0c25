package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.task.Task;

/** The data part of a message header. */
final class MessageParts {
    private MessageParts() {}

    /** EMSGSIZE for more than UIO_MAXIOV parts, sendmsg(2). */
    static IoBuffer buffer(Task task, MsgHdr header, BufferUse use) {
        if (Long.compareUnsigned(header.iovCount(), SocketConstants.UIO_MAXIOV) > 0) {
            throw Errno.EMSGSIZE.exception();
        }
        return task.user().buffer(header.iov(), (int) header.iovCount(), use);
    }
}
