package dev.moat.api.task;

/**
 * What tasks have read and written, as proc_pid_io(5) tells it. Immutable.
 *
 * @param readBytes by calls, whatever the file is
 * @param writtenBytes as {@code readBytes}
 * @param readCalls calls that got as far as the file
 * @param writeCalls as {@code readCalls}
 * @param fetchedBytes from files of the host
 * @param storedBytes to files of the host
 */
public record IoCounts(
        long readBytes,
        long writtenBytes,
        long readCalls,
        long writeCalls,
        long fetchedBytes,
        long storedBytes) {
    public static final IoCounts NONE = new IoCounts(0, 0, 0, 0, 0, 0);

    /** The sum of both. */
    public IoCounts plus(IoCounts other) {
        return new IoCounts(
                readBytes + other.readBytes,
                writtenBytes + other.writtenBytes,
                readCalls + other.readCalls,
                writeCalls + other.writeCalls,
                fetchedBytes + other.fetchedBytes,
                storedBytes + other.storedBytes);
    }
}
