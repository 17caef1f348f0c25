package dev.moat.abi;

/**
 * Numbers of System V IPC and POSIX message queues.
 *
 * <p>Source: include/uapi/linux/ipc.h, msg.h, sem.h, shm.h, mqueue.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sysvipc.7.html">sysvipc(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/mq_overview.7.html">mq_overview(7)</a>
 */
public final class IpcConstants {
    // Keys, flags and commands of all three.
    public static final int IPC_PRIVATE = 0;

    public static final int IPC_CREAT = 01000;
    public static final int IPC_EXCL = 02000;
    public static final int IPC_NOWAIT = 04000;

    public static final int IPC_RMID = 0;
    public static final int IPC_SET = 1;
    public static final int IPC_STAT = 2;
    public static final int IPC_INFO = 3;

    // msgop(2), msgctl(2).
    public static final int MSG_NOERROR = 010000;
    public static final int MSG_EXCEPT = 020000;
    public static final int MSG_COPY = 040000;

    public static final int MSG_STAT = 11;
    public static final int MSG_INFO = 12;
    public static final int MSG_STAT_ANY = 13;
    public static final int MSGMNI = 32000;
    public static final int MSGMAX = 8192;
    public static final int MSGMNB = 16384;

    // semop(2), semctl(2).
    public static final int SEM_UNDO = 0x1000;

    public static final int GETPID = 11;
    public static final int GETVAL = 12;
    public static final int GETALL = 13;
    public static final int GETNCNT = 14;
    public static final int GETZCNT = 15;
    public static final int SETVAL = 16;
    public static final int SETALL = 17;
    public static final int SEM_STAT = 18;
    public static final int SEM_INFO = 19;
    public static final int SEM_STAT_ANY = 20;
    public static final int SEMMNI = 32000;
    public static final int SEMMSL = 32000;
    public static final int SEMMNS = 1024000000;
    public static final int SEMOPM = 500;
    public static final int SEMVMX = 32767;

    // shmop(2), shmctl(2).
    public static final int SHM_R = 0400;
    public static final int SHM_W = 0200;
    public static final int SHM_HUGETLB = 04000;
    public static final int SHM_NORESERVE = 010000;
    public static final int SHM_RDONLY = 010000;
    public static final int SHM_RND = 020000;
    public static final int SHM_REMAP = 040000;
    public static final int SHM_EXEC = 0100000;

    public static final int SHM_LOCK = 11;
    public static final int SHM_UNLOCK = 12;
    public static final int SHM_STAT = 13;
    public static final int SHM_INFO = 14;
    public static final int SHM_STAT_ANY = 15;
    public static final int SHMMIN = 1;
    public static final int SHMMNI = 4096;
    public static final int SHMSEG = 4096;

    // SHMMAX and SHMALL: no limit but this.
    public static final long SHMMAX = -16777217L;
    public static final long SHMALL = -16777217L;

    // Defaults of message queues: ipc_namespace.h.
    public static final int DFLT_QUEUESMAX = 256;
    public static final int DFLT_MSGMAX = 10;
    public static final int DFLT_MSGSIZEMAX = 8192;
    public static final int MQ_PRIO_MAX = 32768;

    private IpcConstants() {}
}
