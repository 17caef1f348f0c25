package dev.moat.api.platform;

/** Access rights of a mapping, as PROT_* bits of mmap(2). */
public enum Protection {
    NONE(0),
    READ(1),
    WRITE(2),
    READ_WRITE(3),
    EXECUTE(4),
    READ_EXECUTE(5),
    WRITE_EXECUTE(6),
    READ_WRITE_EXECUTE(7);

    private static final Protection[] BY_BITS = values();

    private final int bits;

    Protection(int bits) {
        this.bits = bits;
    }

    /** The rights as {@code PROT_READ=1 | PROT_WRITE=2 | PROT_EXEC=4}; other bits are dropped. */
    public static Protection of(int protBits) {
        return BY_BITS[protBits & 7];
    }

    public int bits() {
        return bits;
    }

    public boolean readable() {
        return (bits & 1) != 0;
    }

    public boolean writable() {
        return (bits & 2) != 0;
    }

    public boolean executable() {
        return (bits & 4) != 0;
    }

    /** Whether these rights allow {@code access}; {@link Access#UNKNOWN} needs any data access. */
    public boolean allows(Access access) {
        return switch (access) {
            case READ -> readable();
            case WRITE -> writable();
            case EXECUTE -> executable();
            case UNKNOWN -> readable() || writable();
        };
    }
}
