package dev.moat.platform.ptrace;

/**
 * What an instruction does to memory. Read-modify-write counts as writing: it needs both rights,
 * and the host reports it so.
 */
enum MemoryUse {
    READS,
    WRITES,
    /** Reads an operand, writes below the stack pointer. */
    PUSHES_MEMORY,
    /** Reads the top of the stack, writes an operand. */
    POPS_MEMORY,
    /** Reads at rsi, writes at rdi. */
    COPIES,
    NOT_SURE;

    /** Total. */
    static MemoryUse of(Instruction i) {
        if (i.locked()) {
            return WRITES;
        }
        return switch (i.map()) {
            case 0 -> i.encoding() == Instruction.Encoding.LEGACY ? oneByte(i) : NOT_SURE;
            case 1 -> i.encoding() == Instruction.Encoding.LEGACY ? twoByte(i) : vector(i);
            case 2 -> map38(i);
            case 3 -> map3a(i);
            default -> NOT_SURE;
        };
    }

    private static MemoryUse oneByte(Instruction i) {
        int op = i.opcode();
        if (op < 0x40) {
            return arithmetic(op);
        }
        return switch (op) {
            case 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x68, 0x6a, 0x9c, 0xc8, 0xe8 ->
                    WRITES;
            case 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x9d, 0xc2, 0xc3, 0xc9, 0xcf ->
                    READS;
            case 0x63, 0x69, 0x6b, 0x84, 0x85, 0x8a, 0x8b, 0x8e -> READS;
            case 0x80, 0x81, 0x83 -> i.extension() == 7 ? READS : WRITES;
            case 0x86, 0x87, 0x88, 0x89, 0x8c -> WRITES;
            case 0x8f -> POPS_MEMORY;
            case 0xa0, 0xa1, 0xa6, 0xa7, 0xac, 0xad, 0xae, 0xaf, 0xd7 -> READS;
            case 0xa2, 0xa3, 0xaa, 0xab -> WRITES;
            case 0xa4, 0xa5 -> COPIES;
            case 0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3, 0xc6, 0xc7 -> WRITES;
            case 0xd8, 0xda, 0xdc, 0xde -> READS;
            case 0xd9, 0xdb, 0xdd, 0xdf -> x87(i);
            case 0xf6, 0xf7 -> i.extension() == 2 || i.extension() == 3 ? WRITES : READS;
            case 0xfe -> WRITES;
            case 0xff -> group5(i);
            default -> NOT_SURE;
        };
    }

    /** ADD, OR, ADC, SBB, AND, SUB, XOR write their first operand; CMP does not. */
    private static MemoryUse arithmetic(int op) {
        int form = op & 7;
        if (form > 3) {
            return NOT_SURE;
        }
        return form < 2 && op < 0x38 ? WRITES : READS;
    }

    private static MemoryUse x87(Instruction i) {
        int extension = i.extension();
        boolean writes =
                switch (i.opcode()) {
                    // FST, FSTP, FNSTENV, FNSTCW
                    case 0xd9 -> extension == 2 || extension == 3 || extension >= 6;
                    // FISTTP, FIST, FISTP, FSTP m80
                    case 0xdb -> (extension >= 1 && extension <= 3) || extension == 7;
                    // FISTTP, FST, FSTP, FNSAVE, FNSTSW
                    case 0xdd -> (extension >= 1 && extension <= 3) || extension >= 6;
                    // FISTTP, FIST, FISTP, FBSTP, FISTP m64
                    default -> (extension >= 1 && extension <= 3) || extension >= 6;
                };
        return writes ? WRITES : READS;
    }

    private static MemoryUse group5(Instruction i) {
        return switch (i.extension()) {
            case 0, 1 -> WRITES;
            case 2, 6 -> i.isRegisterForm() ? WRITES : PUSHES_MEMORY;
            case 4 -> READS;
            default -> NOT_SURE;
        };
    }

    private static MemoryUse twoByte(Instruction i) {
        int op = i.opcode();
        if (op >= 0x90 && op <= 0x9f) {
            return WRITES;
        }
        return switch (op) {
            case 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47 -> READS;
            case 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f -> READS;
            case 0xa3, 0xaf, 0xb6, 0xb7, 0xb8, 0xbc, 0xbd, 0xbe, 0xbf -> READS;
            case 0xa4, 0xa5, 0xab, 0xac, 0xad, 0xb0, 0xb1, 0xb3, 0xbb, 0xc0, 0xc1, 0xc3 -> WRITES;
            case 0xa0, 0xa8 -> WRITES;
            case 0xa1, 0xa9 -> READS;
            case 0xae -> saveArea(i);
            case 0xba -> i.extension() == 4 ? READS : WRITES;
            case 0xc7 -> i.extension() == 1 ? WRITES : NOT_SURE;
            default -> vector(i);
        };
    }

    /** FXSAVE, FXRSTOR, LDMXCSR, STMXCSR, XSAVE, XRSTOR, XSAVEOPT, CLFLUSH. */
    private static MemoryUse saveArea(Instruction i) {
        return switch (i.extension()) {
            case 0, 3, 4, 6 -> WRITES;
            default -> READS;
        };
    }

    /** SSE and what VEX and EVEX make of it: loads and arithmetic read, a few stores write. */
    private static MemoryUse vector(Instruction i) {
        return switch (i.opcode()) {
            case 0x11, 0x13, 0x17, 0x29, 0x2b, 0x7f, 0xd6, 0xe7, 0xf7 -> WRITES;
            case 0x7e -> i.prefix() == 0xf3 ? READS : WRITES;
            // KMOV
            case 0x90 -> READS;
            case 0x91 -> WRITES;
            case 0xae -> saveArea(i);
            case 0x10, 0x12, 0x14, 0x15, 0x16, 0x28, 0x2a, 0x2c, 0x2d, 0x2e, 0x2f -> READS;
            default -> isVectorArithmetic(i.opcode()) ? READS : NOT_SURE;
        };
    }

    private static boolean isVectorArithmetic(int op) {
        return (op >= 0x51 && op <= 0x76)
                || op == 0x7c
                || op == 0x7d
                || op == 0xc2
                || op == 0xc4
                || op == 0xc6
                || op >= 0xd0;
    }

    private static MemoryUse map38(Instruction i) {
        int op = i.opcode();
        if (i.encoding() == Instruction.Encoding.EVEX) {
            return switch (op) {
                // compress and scatter stores
                case 0x63, 0x8a, 0x8b, 0xa0, 0xa1, 0xa2, 0xa3 -> WRITES;
                // with F3: down-converting moves
                default -> i.prefix() == 0xf3 ? NOT_SURE : READS;
            };
        }
        return switch (op) {
            // VMASKMOV, VPMASKMOV stores
            case 0x2e, 0x2f, 0x8e -> WRITES;
            // MOVBE or CRC32
            case 0xf0 -> READS;
            case 0xf1 -> i.prefix() == 0xf2 ? READS : WRITES;
            case 0xf5, 0xf6, 0xf7, 0xf8, 0xf9 ->
                    i.encoding() == Instruction.Encoding.VEX ? READS : NOT_SURE;
            default -> READS;
        };
    }

    private static MemoryUse map3a(Instruction i) {
        return switch (i.opcode()) {
            // PEXTR*, EXTRACTPS, VEXTRACT*, VCVTPS2PH
            case 0x14, 0x15, 0x16, 0x17, 0x19, 0x1b, 0x1d, 0x39, 0x3b -> WRITES;
            default -> READS;
        };
    }
}
