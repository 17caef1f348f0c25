package dev.moat.swap.checkpoint;

/** The parts of a checkpoint file, in the order in which they stand there. */
enum Section {
    MANIFEST("MANI", Encoding.STORED),
    OBJECTS("OBJS", Encoding.ZSTD),
    MEMORY("MEMO", Encoding.ZSTD),
    /** Nothing follows it, and nothing is in it. */
    END("END ", Encoding.STORED);

    /** How the bytes of a block are written. */
    enum Encoding {
        STORED,
        ZSTD
    }

    private final int tag;
    private final Encoding encoding;

    Section(String tag, Encoding encoding) {
        this.tag =
                tag.charAt(0)
                        | tag.charAt(1) << Byte.SIZE
                        | tag.charAt(2) << 2 * Byte.SIZE
                        | tag.charAt(3) << 3 * Byte.SIZE;
        this.encoding = encoding;
    }

    /** Four characters, as a little-endian number. */
    int tag() {
        return tag;
    }

    Encoding encoding() {
        return encoding;
    }

    @Override
    public String toString() {
        return "section '" + name().toLowerCase(java.util.Locale.ROOT) + "'";
    }
}
