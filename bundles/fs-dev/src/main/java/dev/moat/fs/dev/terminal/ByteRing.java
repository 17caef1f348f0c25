package dev.moat.fs.dev.terminal;

import dev.moat.api.swap.Stateful;

/** A bounded queue of bytes that takes memory as it fills. Not thread safe. */
@Stateful
final class ByteRing {
    private static final int FIRST_BYTES = 256;

    private final int capacity;
    private byte[] bytes = new byte[0];
    private int head;
    private int size;

    /**
     * @param capacity a power of two
     */
    ByteRing(int capacity) {
        this.capacity = capacity;
    }

    int size() {
        return size;
    }

    int room() {
        return capacity - size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a byte; false if there is no room. */
    boolean offer(int value) {
        if (size == capacity) {
            return false;
        }
        if (size == bytes.length) {
            grow();
        }
        bytes[head + size & bytes.length - 1] = (byte) value;
        size++;
        return true;
    }

    /** Adds what fits; gives how many bytes that was. */
    int offer(byte[] source, int from, int length) {
        int count = Math.min(length, room());
        for (int i = 0; i < count; i++) {
            offer(source[from + i]);
        }
        return count;
    }

    /** Copies bytes from the front without taking them; gives how many. */
    int peek(byte[] target, int from, int length) {
        int count = Math.min(length, size);
        for (int i = 0; i < count; i++) {
            target[from + i] = bytes[head + i & bytes.length - 1];
        }
        return count;
    }

    /** Takes {@code count} bytes off the front. */
    void drop(int count) {
        if (count > size) {
            throw new IllegalArgumentException(count + " of " + size);
        }
        head = size == count ? 0 : head + count & bytes.length - 1;
        size -= count;
    }

    /** Moves bytes out of the front; gives how many. */
    int poll(byte[] target, int from, int length) {
        int count = peek(target, from, length);
        drop(count);
        return count;
    }

    /** Forgets everything behind the first {@code count} bytes. */
    void truncate(int count) {
        size = Math.min(size, count);
    }

    private void grow() {
        byte[] larger = new byte[Math.max(FIRST_BYTES, bytes.length * 2)];
        int count = peek(larger, 0, size);
        head = 0;
        size = count;
        bytes = larger;
    }
}
