package dev.moat.ipc.mqueue;

import dev.moat.api.vfs.NoticeSocket;

/**
 * How SIGEV_THREAD is told: by a cookie that goes to a socket, where room is kept for it. The C
 * library has a thread that receives it. Source: do_mq_notify() in ipc/mqueue.c.
 *
 * @param socket on which no reference is held: who closes it is told nothing
 */
public record SocketNotice(NoticeSocket socket, byte[] cookie) {
    /** NOTIFY_COOKIE_LEN, include/uapi/linux/mqueue.h. */
    public static final int COOKIE_BYTES = 32;

    private static final byte NOTIFY_WOKENUP = 1;
    private static final byte NOTIFY_REMOVED = 2;

    /** A message came. */
    void tellArrival() {
        tell(NOTIFY_WOKENUP);
    }

    /** Nothing will be told any more. */
    void tellRemoval() {
        tell(NOTIFY_REMOVED);
    }

    /** Gives the room back: it was never registered. */
    public void cancel() {
        socket.cancelNotice(COOKIE_BYTES);
    }

    private void tell(byte what) {
        byte[] told = cookie.clone();
        told[COOKIE_BYTES - 1] = what;
        socket.deliverNotice(told);
    }
}
