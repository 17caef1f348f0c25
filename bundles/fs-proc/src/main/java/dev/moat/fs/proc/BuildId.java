package dev.moat.fs.proc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * The build id in the notes of an ELF file: elf(5), NT_GNU_BUILD_ID; what counts as one is said by
 * lib/buildid.c. The file is a guest's: nothing in it is believed.
 */
final class BuildId {
    private static final byte[] NONE = new byte[0];

    private static final int MAGIC = 0x464c457f;
    private static final int TYPE = 16;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;
    private static final int PT_NOTE = 4;

    /** More program headers are not looked at. */
    private static final int MAX_HEADERS = 256;

    /** More notes are not looked at, of all headers. */
    private static final int MAX_NOTES = 4096;

    /** A header of three words, and "GNU" with its end. */
    private static final int NOTE_BYTES = 16;

    private static final int NOTE_HEADER_BYTES = 12;
    private static final int NT_GNU_BUILD_ID = 3;
    private static final int GNU = 0x554e47;

    /** BUILD_ID_SIZE_MAX. */
    private static final int MAX_BYTES = 20;

    private final Source file;
    private int notes;

    BuildId(Source file) {
        this.file = file;
    }

    /** Where the bytes of a file come from. */
    @FunctionalInterface
    interface Source {
        /** Reads at an offset; how many bytes there were. */
        long read(long offset, MemorySegment bytes);
    }

    /**
     * Where a class of ELF files has what.
     *
     * @param wide whether offsets and sizes have 64 bits
     * @param headersOffset of the offset of the program headers, in the header of the file
     * @param countOffset of their number, in the header of the file
     * @param headerBytes size of a program header
     * @param notesOffset of the offset of its content, in a program header
     * @param sizeOffset of the size of its content, in a program header
     */
    private record Form(
            boolean wide,
            int bytes,
            int headersOffset,
            int countOffset,
            int headerBytes,
            int notesOffset,
            int sizeOffset) {
        static final Form ELF32 = new Form(false, 52, 28, 44, 32, 4, 16);
        static final Form ELF64 = new Form(true, 64, 32, 56, 56, 8, 32);

        long word(MemorySegment header, int offset) {
            return wide
                    ? header.get(JAVA_LONG_UNALIGNED, offset)
                    : Integer.toUnsignedLong(header.get(JAVA_INT_UNALIGNED, offset));
        }
    }

    /** Up to 20 bytes; none if there is no build id. */
    byte[] find() {
        MemorySegment start = read(0, Form.ELF32.bytes());
        if (start.byteSize() == 0 || start.get(JAVA_INT_UNALIGNED, 0) != MAGIC) {
            return NONE;
        }
        short type = start.get(JAVA_SHORT_UNALIGNED, TYPE);
        if (type != ET_EXEC && type != ET_DYN) {
            return NONE;
        }
        return switch (start.get(JAVA_BYTE, 4)) {
            case 1 -> find(Form.ELF32);
            case 2 -> find(Form.ELF64);
            default -> NONE;
        };
    }

    private byte[] find(Form form) {
        MemorySegment header = read(0, form.bytes());
        if (header.byteSize() == 0) {
            return NONE;
        }
        long at = form.word(header, form.headersOffset());
        int count = Short.toUnsignedInt(header.get(JAVA_SHORT_UNALIGNED, form.countOffset()));
        for (int i = 0; i < Math.min(count, MAX_HEADERS); i++) {
            MemorySegment segment = read(at + (long) i * form.headerBytes(), form.headerBytes());
            if (segment.byteSize() == 0) {
                return NONE;
            }
            if (segment.get(JAVA_INT_UNALIGNED, 0) == PT_NOTE) {
                byte[] found =
                        findIn(
                                form.word(segment, form.notesOffset()),
                                form.word(segment, form.sizeOffset()));
                if (found.length > 0) {
                    return found;
                }
            }
        }
        return NONE;
    }

    private byte[] findIn(long from, long sizeBytes) {
        long end = from + sizeBytes;
        long at = from;
        if (from < 0 || sizeBytes < 0 || end < 0) {
            return NONE;
        }
        while (end - at > NOTE_BYTES && notes++ < MAX_NOTES) {
            MemorySegment note = read(at, NOTE_BYTES);
            if (note.byteSize() == 0) {
                return NONE;
            }
            long nameBytes = Integer.toUnsignedLong(note.get(JAVA_INT_UNALIGNED, 0));
            long bytes = Integer.toUnsignedLong(note.get(JAVA_INT_UNALIGNED, 4));
            long content = at + NOTE_HEADER_BYTES + aligned(nameBytes);
            long next = content + aligned(bytes);
            if (next < 0 || next > end) {
                return NONE;
            }
            boolean wanted =
                    note.get(JAVA_INT_UNALIGNED, 8) == NT_GNU_BUILD_ID
                            && nameBytes == Integer.BYTES
                            && note.get(JAVA_INT_UNALIGNED, NOTE_HEADER_BYTES) == GNU;
            if (wanted && bytes > 0 && bytes <= MAX_BYTES) {
                return read(content, (int) bytes).toArray(JAVA_BYTE);
            }
            at = next;
        }
        return NONE;
    }

    private static long aligned(long bytes) {
        return bytes + 3 & ~3L;
    }

    /** All of these bytes, or none. */
    private MemorySegment read(long offset, int lengthBytes) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[lengthBytes]);
        return offset >= 0 && file.read(offset, bytes) == lengthBytes
                ? bytes
                : MemorySegment.ofArray(NONE);
    }
}
