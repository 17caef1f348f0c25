package dev.moat.net;

import dev.moat.abi.SocketConstants;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Options of one socket that have no logic of their own. Plain values, last writer wins. */
@Stateful
public final class SocketOptions implements Restorable {
    /** net.core.wmem_default. */
    private static final int DEFAULT_BUFFER_BYTES = 212992;

    /**
     * SOCK_MIN_SNDBUF and SOCK_MIN_RCVBUF, include/net/sock.h: 2,048 bytes and an sk_buff, twice.
     */
    private static final int MIN_SEND_BYTES = 4608;

    private static final int MIN_RECEIVE_BYTES = 2304;

    /** Options have numbers below this. */
    private static final int NUMBERS = 96;

    private volatile int sendBufferBytes = DEFAULT_BUFFER_BYTES;
    private volatile int receiveBufferBytes = DEFAULT_BUFFER_BYTES;
    private volatile long sendTimeoutNs = Blocker.FOREVER;
    private volatile long receiveTimeoutNs = Blocker.FOREVER;
    private volatile boolean passCredentials;
    private volatile boolean reuseAddress;
    private volatile boolean reusePort;
    private volatile boolean keepAlive;
    private volatile boolean debug;
    private volatile boolean dontRoute;
    private volatile boolean outOfBandInline;
    private volatile boolean broadcast;
    private volatile int lowWater = 1;
    private volatile int priority;
    private volatile long linger;

    /** Where MSG_PEEK begins, plus one; 0 where it begins with the first byte and stays there. */
    private volatile int peekOffsetPlusOne;

    /** SO_MAX_PACING_RATE, with all bits turned: the default is no limit. */
    private volatile long pacingTurned;

    /** {@code struct sock_txtime} as a number. */
    private volatile long transmitTime;

    /** {@code struct so_timestamping} as a number: flags in the low half. */
    private volatile long timestamping;

    private volatile Stamps stamps = Stamps.NONE;

    /** Control messages have the layout of the options of Linux 5.1, whose times have 64 bits. */
    private volatile boolean newStamps;

    private volatile int bufferLock;
    private volatile boolean refusesRights;

    /** Values that are kept and told, by the number of the option. */
    private AtomicIntegerArray kept = new AtomicIntegerArray(NUMBERS);

    /** Which times of arrival a receiver is told. */
    public enum Stamps {
        NONE,
        MICROSECONDS,
        NANOSECONDS
    }

    /** What was written by earlier revisions has fewer options. */
    @Override
    public void restored() {
        kept = Objects.requireNonNullElseGet(kept, () -> new AtomicIntegerArray(NUMBERS));
        stamps = Objects.requireNonNullElse(stamps, Stamps.NONE);
    }

    /** What {@link #keep} was given, or 0. */
    public int kept(int option) {
        return kept.get(option);
    }

    /** Keeps the value of an option that nothing heeds here. */
    public void keep(int option, int value) {
        kept.set(option, value);
    }

    /** SO_PEEK_OFF: -1 if it is off. */
    public int peekOffset() {
        return peekOffsetPlusOne - 1;
    }

    public void setPeekOffset(int bytes) {
        peekOffsetPlusOne = bytes < 0 ? 0 : bytes + 1;
    }

    /**
     * Moves the offset of MSG_PEEK, if there is one: on by what was peeked, back by what was read.
     */
    public void movePeekOffset(long bytes) {
        int before = peekOffset();
        if (before >= 0) {
            setPeekOffset((int) Math.clamp(before + bytes, 0, Integer.MAX_VALUE - 1));
        }
    }

    /** SO_MAX_PACING_RATE, bytes in a second; all bits for no limit. */
    public long pacingRate() {
        return ~pacingTurned;
    }

    public void setPacingRate(long bytesPerSecond) {
        pacingTurned = ~bytesPerSecond;
    }

    /** SO_TXTIME: clock in the low half, flags in the high one. */
    public long transmitTime() {
        return transmitTime;
    }

    public void setTransmitTime(long value) {
        transmitTime = value;
    }

    /** SO_TIMESTAMPING: flags in the low half. */
    public long timestamping() {
        return timestamping;
    }

    public void setTimestamping(long value, boolean newLayout) {
        timestamping = value;
        newStamps = newLayout;
    }

    /** SO_TIMESTAMP, SO_TIMESTAMPNS. */
    public Stamps stamps() {
        return stamps;
    }

    /** Whether the last choice was made with an option of 64 bit times. */
    public boolean newStamps() {
        return newStamps;
    }

    /** As __sock_set_timestamps(): switching off keeps the layout. */
    public void setStamps(Stamps wanted, boolean newLayout) {
        stamps = wanted;
        if (wanted != Stamps.NONE) {
            newStamps = newLayout;
        }
    }

    /** SO_BUF_LOCK: which buffers were sized by the user, SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK. */
    public int bufferLock() {
        return bufferLock;
    }

    public void setBufferLock(int bits) {
        bufferLock = bits;
    }

    /** SO_PASSRIGHTS: whether open files may be sent to this socket. */
    public boolean passRights() {
        return !refusesRights;
    }

    public void setPassRights(boolean on) {
        refusesRights = !on;
    }

    /** SO_DEBUG: kept and told. */
    public boolean debug() {
        return debug;
    }

    public void setDebug(boolean on) {
        debug = on;
    }

    /** SO_DONTROUTE. */
    public boolean dontRoute() {
        return dontRoute;
    }

    public void setDontRoute(boolean on) {
        dontRoute = on;
    }

    /** SO_OOBINLINE. */
    public boolean outOfBandInline() {
        return outOfBandInline;
    }

    public void setOutOfBandInline(boolean on) {
        outOfBandInline = on;
    }

    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /** Doubled and bounded as Linux does, socket(7). */
    public void setSendBufferBytes(int bytes) {
        forceSendBufferBytes((int) Math.min(Integer.toUnsignedLong(bytes), DEFAULT_BUFFER_BYTES));
    }

    /** SO_SNDBUFFORCE: without the bound. */
    public void forceSendBufferBytes(int bytes) {
        bufferLock |= SocketConstants.SOCK_SNDBUF_LOCK;
        sendBufferBytes = Math.max(MIN_SEND_BYTES, doubled(bytes));
    }

    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    public void setReceiveBufferBytes(int bytes) {
        forceReceiveBufferBytes(
                (int) Math.min(Integer.toUnsignedLong(bytes), DEFAULT_BUFFER_BYTES));
    }

    /** SO_RCVBUFFORCE: without the bound. */
    public void forceReceiveBufferBytes(int bytes) {
        bufferLock |= SocketConstants.SOCK_RCVBUF_LOCK;
        receiveBufferBytes = Math.max(MIN_RECEIVE_BYTES, doubled(bytes));
    }

    private static int doubled(int bytes) {
        return 2 * Math.clamp(bytes, 0, Integer.MAX_VALUE / 2);
    }

    /** SO_SNDTIMEO as a duration, {@link Blocker#FOREVER} for none. */
    public long sendTimeoutNs() {
        return sendTimeoutNs;
    }

    public void setSendTimeoutNs(long timeoutNs) {
        sendTimeoutNs = timeoutNs;
    }

    /** SO_RCVTIMEO as a duration, {@link Blocker#FOREVER} for none. */
    public long receiveTimeoutNs() {
        return receiveTimeoutNs;
    }

    public void setReceiveTimeoutNs(long timeoutNs) {
        receiveTimeoutNs = timeoutNs;
    }

    /** SO_PASSCRED. */
    public boolean passCredentials() {
        return passCredentials;
    }

    public void setPassCredentials(boolean on) {
        passCredentials = on;
    }

    public boolean reuseAddress() {
        return reuseAddress;
    }

    public void setReuseAddress(boolean on) {
        reuseAddress = on;
    }

    public boolean reusePort() {
        return reusePort;
    }

    public void setReusePort(boolean on) {
        reusePort = on;
    }

    public boolean keepAlive() {
        return keepAlive;
    }

    public void setKeepAlive(boolean on) {
        keepAlive = on;
    }

    public boolean broadcast() {
        return broadcast;
    }

    public void setBroadcast(boolean on) {
        broadcast = on;
    }

    /** SO_RCVLOWAT. */
    public int lowWater() {
        return lowWater;
    }

    public void setLowWater(int bytes) {
        lowWater = bytes < 0 ? Integer.MAX_VALUE : Math.max(1, bytes);
    }

    public int priority() {
        return priority;
    }

    public void setPriority(int value) {
        priority = value;
    }

    /** {@code struct linger}: l_onoff in the low half, l_linger (seconds) in the high half. */
    public long linger() {
        return linger;
    }

    public void setLinger(long value) {
        linger = value;
    }
}
