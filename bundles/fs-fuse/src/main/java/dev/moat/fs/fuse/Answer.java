package dev.moat.fs.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * What a server answered, behind the header: a copy, as long as the operation wants it.
 *
 * @param version {@link FuseConnection#attributeVersion} when it was asked
 */
record Answer(MemorySegment bytes, long version) {
    static Answer of(byte[] bytes) {
        return new Answer(MemorySegment.ofArray(bytes), Long.MAX_VALUE);
    }

    static Answer of(FuseRequest request) {
        return new Answer(MemorySegment.ofArray(request.answer()), request.version());
    }

    int size() {
        return (int) bytes.byteSize();
    }

    int u16(int at) {
        return Short.toUnsignedInt(
                bytes.get(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED, at));
    }

    int u32(int at) {
        return bytes.get(JAVA_INT_UNALIGNED, at);
    }

    long u64(int at) {
        return bytes.get(JAVA_LONG_UNALIGNED, at);
    }

    /** The rest from there on. */
    Answer from(int at) {
        return new Answer(bytes.asSlice(at), version);
    }

    byte[] slice(int at, int lengthBytes) {
        return bytes.asSlice(at, lengthBytes).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
}
