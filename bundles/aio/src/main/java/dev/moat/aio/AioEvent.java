package dev.moat.aio;

/** {@code struct io_event} without its last word, which is always zero. */
record AioEvent(long data, long iocbAddr, long result) {
    static final int BYTES = 32;
}
