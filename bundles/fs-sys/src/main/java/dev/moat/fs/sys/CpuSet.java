package dev.moat.fs.sys;

import java.util.BitSet;

/** CPUs as lists and masks show them: lib/vsprintf.c, {@code %*pbl} and {@code %*pb}. */
record CpuSet(BitSet members) {
    /** As wide as the number of CPUs asks, in words of 32 bits. */
    String mask(int cpus) {
        StringBuilder text = new StringBuilder();
        int words = (cpus + Integer.SIZE - 1) / Integer.SIZE;
        for (int word = words - 1; word >= 0; word--) {
            long bits = 0;
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                if (members.get(word * Integer.SIZE + bit)) {
                    bits |= 1L << bit;
                }
            }
            boolean leading = text.isEmpty();
            text.append(leading ? "" : ",");
            text.append(leading ? Long.toHexString(bits) : String.format("%08x", bits));
        }
        return text.toString();
    }

    String list() {
        StringBuilder text = new StringBuilder();
        for (int from = members.nextSetBit(0); from >= 0; ) {
            int end = members.nextClearBit(from);
            text.append(text.isEmpty() ? "" : ",").append(from);
            text.append(end - from > 1 ? "-" + (end - 1) : "");
            from = members.nextSetBit(end);
        }
        return text.toString();
    }

    /** What a list says; what is no list counts as the end of it. */
    static CpuSet parse(String list) {
        BitSet members = new BitSet();
        try {
            for (String part : list.strip().split(",")) {
                int dash = part.indexOf('-');
                int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
                int last = Integer.parseInt(part.substring(dash + 1));
                if (first < 0 || last > Short.MAX_VALUE) {
                    break;
                }
                members.set(first, last + 1);
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return new CpuSet(members);
        }
        return new CpuSet(members);
    }
}
