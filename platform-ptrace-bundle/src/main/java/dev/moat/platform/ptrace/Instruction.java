package dev.moat.platform.ptrace;

/**
 * The parts of an x86-64 instruction that tell what it does to memory.
 *
 * @param map opcode map: 0 one-byte, 1 {@code 0F}, 2 {@code 0F 38}, 3 {@code 0F 3A}; further ones
 *     of EVEX as they are
 * @param opcode last opcode byte
 * @param prefix mandatory prefix: 0, 0x66, 0xf3 or 0xf2
 * @param encoding how it is encoded
 * @param locked whether it has a LOCK prefix
 * @param modRm the byte behind the opcode, whether or not it is a ModRM byte
 */
record Instruction(int map, int opcode, int prefix, Encoding encoding, boolean locked, int modRm) {
    enum Encoding {
        LEGACY,
        VEX,
        EVEX
    }

    private static final int LOCK = 0xf0;
    private static final int[] VEX_PREFIXES = {0, 0x66, 0xf3, 0xf2};

    /** Total: any 16 bytes give some instruction. */
    static Instruction parse(byte[] code) {
        int at = 0;
        int prefix = 0;
        boolean locked = false;
        int b = code[at] & 0xff;
        // the longest encoding, EVEX, needs six bytes from here
        while (isPrefix(b) && at < code.length - 6) {
            if (b == 0xf2 || b == 0xf3 || (b == 0x66 && prefix == 0)) {
                prefix = b;
            }
            locked |= b == LOCK;
            at++;
            b = code[at] & 0xff;
        }
        if (b == 0xc5) {
            int p = code[at + 1];
            return of(1, code, at + 2, VEX_PREFIXES[p & 3], Encoding.VEX, locked);
        }
        if (b == 0xc4) {
            int map = code[at + 1] & 0x1f;
            int p = code[at + 2];
            return of(map, code, at + 3, VEX_PREFIXES[p & 3], Encoding.VEX, locked);
        }
        if (b == 0x62) {
            int map = code[at + 1] & 7;
            int p = code[at + 2];
            return of(map, code, at + 4, VEX_PREFIXES[p & 3], Encoding.EVEX, locked);
        }
        return parseLegacy(code, at, prefix, locked);
    }

    private static Instruction parseLegacy(byte[] code, int start, int prefix, boolean locked) {
        int at = start;
        if ((code[at] & 0xf0) == 0x40) {
            at++;
        }
        if (code[at] != 0x0f) {
            return of(0, code, at, prefix, Encoding.LEGACY, locked);
        }
        at++;
        if (code[at] == 0x38) {
            return of(2, code, at + 1, prefix, Encoding.LEGACY, locked);
        }
        if (code[at] == 0x3a) {
            return of(3, code, at + 1, prefix, Encoding.LEGACY, locked);
        }
        return of(1, code, at, prefix, Encoding.LEGACY, locked);
    }

    private static Instruction of(
            int map, byte[] code, int at, int prefix, Encoding encoding, boolean locked) {
        return new Instruction(map, code[at] & 0xff, prefix, encoding, locked, code[at + 1] & 0xff);
    }

    private static boolean isPrefix(int b) {
        return switch (b) {
            case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, LOCK, 0xf2, 0xf3 -> true;
            default -> false;
        };
    }

    /** The opcode extension in the ModRM byte. */
    int extension() {
        return modRm >> 3 & 7;
    }

    /** Whether the ModRM byte, if it is one, names a register instead of memory. */
    boolean isRegisterForm() {
        return modRm >= 0xc0;
    }
}
