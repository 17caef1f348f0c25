package dev.moat.api.vfs;

import dev.moat.api.task.WaitQueue;
import org.osgi.annotation.versioning.ProviderType;

/**
 * An open socket that parts of the kernel may put short notices in: a netlink socket, for
 * mq_notify(3) with SIGEV_THREAD. Thread safe.
 */
@ProviderType
public interface NoticeSocket {
    /** Keeps room for one notice; false if there is none now: netlink_attachskb(). */
    boolean reserveNotice(int lengthBytes);

    /** Gives room back that was kept for a notice. */
    void cancelNotice(int lengthBytes);

    /**
     * Puts a notice in that room was kept for, to be received as a datagram from the kernel; it is
     * lost if the socket was closed. Called with no locks held.
     */
    void deliverNotice(byte[] notice);

    /** Where to wait for room. */
    WaitQueue noticeQueue();
}
