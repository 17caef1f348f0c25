package dev.moat.fs.fuse;

import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One request to a server and what becomes of it. Changed by the connection, under its lock;
 * whoever waits looks at {@link #isDone}.
 */
@Stateful
final class FuseRequest {
    private final int operation;
    private final long node;
    private final byte[] body;

    /** Whose dirty pages it writes; null: nobody's. */
    private @Nullable FuseFlush flush;

    /** Bounds of an answer without error, in bytes behind the header. */
    private final int leastAnswer;

    private final int mostAnswer;

    private final WaitQueue answered = new WaitQueue();

    /** Given when it is handed to the connection; 0 before. */
    private long unique;

    /** {@link FuseConnection#attributeVersion} at that time. */
    private long version;

    private int uid;
    private int gid;
    private int pid;

    /** The server has read it. */
    private boolean sent;

    private boolean interrupted;

    /** Nobody waits for it any more. */
    private boolean abandoned;

    private int error;
    private byte[] answer = {};

    /** Set last; volatile: looked at without the lock. */
    private volatile boolean done;

    private FuseRequest(int operation, long node, byte[] body, int leastAnswer, int mostAnswer) {
        this.operation = operation;
        this.node = node;
        this.body = body;
        this.leastAnswer = leastAnswer;
        this.mostAnswer = mostAnswer;
    }

    /** A request whose answer has that many bytes, no more and no less. */
    static FuseRequest of(int operation, long node, Body body, int answerBytes) {
        return new FuseRequest(operation, node, body.toBytes(), answerBytes, answerBytes);
    }

    /** A request whose answer is no longer than that. */
    static FuseRequest upTo(int operation, long node, Body body, int mostBytes) {
        return new FuseRequest(operation, node, body.toBytes(), 0, mostBytes);
    }

    static FuseRequest between(int operation, long node, Body body, int least, int most) {
        return new FuseRequest(operation, node, body.toBytes(), least, most);
    }

    /** Stands for what a flush has to write: never sent itself. */
    static FuseRequest flushing(FuseFlush flush) {
        FuseRequest entry = new FuseRequest(0, 0, new byte[0], 0, 0);
        entry.flush = flush;
        return entry;
    }

    /** Whether it only stands for others. */
    boolean isEntry() {
        return operation == 0;
    }

    @Nullable FuseFlush flush() {
        return flush;
    }

    void setFlush(FuseFlush owner) {
        flush = owner;
    }

    /** Of a FUSE_WRITE: how much it writes. */
    int dataBytes() {
        return Answer.of(body).u32(16);
    }

    /** Whether it asks for the same as {@code other}. */
    boolean isLike(FuseRequest other) {
        return operation == other.operation
                && node == other.node
                && Arrays.equals(body, other.body);
    }

    /** The request that the call under way had sent before the safe point, or this one. */
    FuseRequest resumed(Task task) {
        FuseRequest earlier = task.resumption().take(FuseRequest.class);
        if (earlier == null) {
            return this;
        }
        if (earlier.isLike(this)) {
            return earlier;
        }
        // It belongs to a later step of the call.
        task.resumption().keep(earlier);
        return this;
    }

    /** What node a server counts as known for its answer; the root for none. */
    long countedNode() {
        boolean entry =
                switch (operation) {
                    case Fuse.FUSE_LOOKUP,
                            Fuse.FUSE_CREATE,
                            Fuse.FUSE_MKNOD,
                            Fuse.FUSE_MKDIR,
                            Fuse.FUSE_SYMLINK,
                            Fuse.FUSE_LINK ->
                            true;
                    default -> false;
                };
        long node = entry && answer.length >= FuseEntry.BYTES ? Answer.of(answer).u64(0) : 0;
        return node == 0 ? Fuse.FUSE_ROOT_ID : node;
    }

    int operation() {
        return operation;
    }

    long node() {
        return node;
    }

    byte[] body() {
        return body;
    }

    boolean accepts(int answerBytes) {
        return answerBytes >= leastAnswer && answerBytes <= mostAnswer;
    }

    WaitQueue answered() {
        return answered;
    }

    boolean isSubmitted() {
        return unique != 0;
    }

    void submit(long number, long atVersion, int byUid, int byGid, int byPid) {
        unique = number;
        version = atVersion;
        uid = byUid;
        gid = byGid;
        pid = byPid;
    }

    long unique() {
        return unique;
    }

    long version() {
        return version;
    }

    /** The server gets it once more, under a number that says so. */
    void resend() {
        unique |= Fuse.FUSE_UNIQUE_RESEND;
        sent = false;
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    int pid() {
        return pid;
    }

    boolean isSent() {
        return sent;
    }

    void setSent() {
        sent = true;
    }

    boolean isInterrupted() {
        return interrupted;
    }

    void setInterrupted() {
        interrupted = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    void setAbandoned() {
        abandoned = true;
    }

    /**
     * The answer is there.
     *
     * @param number errno, positive; 0 for none
     */
    void finish(int number, byte[] bytes) {
        error = number;
        answer = bytes;
        done = true;
    }

    boolean isDone() {
        return done;
    }

    int error() {
        return error;
    }

    byte[] answer() {
        return answer;
    }
}
