package dev.moat.abi;

/**
 * Flags of {@code eventfd(2)}, {@code timerfd_create(2)}, {@code signalfd(2)} and {@code
 * pidfd_open(2)}.
 *
 * <p>Source: include/linux/eventfd.h, include/uapi/linux/timerfd.h, linux/signalfd.h,
 * linux/pidfd.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/signalfd.2.html">signalfd(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>
 */
public final class EventFlags {
    public static final int EFD_SEMAPHORE = 1;

    public static final int EFD_CLOEXEC = 02000000;
    public static final int EFD_NONBLOCK = 04000;

    public static final int TFD_TIMER_ABSTIME = 1;
    public static final int TFD_TIMER_CANCEL_ON_SET = 2;

    public static final int TFD_CLOEXEC = 02000000;
    public static final int TFD_NONBLOCK = 04000;

    // ioctl on a timerfd.
    public static final int TFD_IOC_SET_TICKS = 0x40085400;

    public static final int SFD_CLOEXEC = 02000000;
    public static final int SFD_NONBLOCK = 04000;

    public static final int PIDFD_NONBLOCK = 04000;
    public static final int PIDFD_THREAD = 0200;

    // pidfd_send_signal(2).
    public static final int PIDFD_SIGNAL_THREAD = 0x1;
    public static final int PIDFD_SIGNAL_THREAD_GROUP = 0x2;
    public static final int PIDFD_SIGNAL_PROCESS_GROUP = 0x4;

    private EventFlags() {}
}
