package dev.moat.net;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;

/** Options of one socket that have no logic of their own. Plain values, last writer wins. */
@Stateful
public final class SocketOptions {
    /** net.core.wmem_default. */
    private static final int DEFAULT_BUFFER_BYTES = 212992;

    /** SOCK_MIN_SNDBUF, include/net/sock.h: 2 * (2048 + 256), near enough to what Linux says. */
    private static final int MIN_BUFFER_BYTES = 4608;

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
        sendBufferBytes = bounded(bytes);
    }

    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    public void setReceiveBufferBytes(int bytes) {
        receiveBufferBytes = bounded(bytes);
    }

    private static int bounded(int bytes) {
        int wanted = Math.clamp(bytes, 0, DEFAULT_BUFFER_BYTES);
        return Math.max(MIN_BUFFER_BYTES, 2 * wanted);
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
        lowWater = bytes <= 0 ? 1 : bytes;
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
