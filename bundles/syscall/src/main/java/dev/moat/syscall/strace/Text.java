package dev.moat.syscall.strace;

import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.UserMemory;
import java.nio.charset.StandardCharsets;

/** Numbers and strings as strace(1) writes them. */
final class Text {
    /** Bytes of a string that are shown: strace's default for -s. */
    static final int STRING_BYTES = 32;

    private Text() {}

    static void pointer(StringBuilder out, long address) {
        if (address == 0) {
            out.append("NULL");
        } else {
            hex(out, address);
        }
    }

    static void hex(StringBuilder out, long value) {
        if (value == 0) {
            out.append('0');
        } else {
            out.append("0x").append(Long.toHexString(value));
        }
    }

    static void octal(StringBuilder out, long value) {
        if (value != 0) {
            out.append('0');
        }
        out.append(Long.toOctalString(value));
    }

    /** Quotes bytes (one char each); with dots if there were more. */
    static void quote(StringBuilder out, String bytes, boolean more) {
        out.append('"');
        for (int i = 0; i < bytes.length(); i++) {
            escape(out, bytes.charAt(i), i + 1 < bytes.length() ? bytes.charAt(i + 1) : 0);
        }
        out.append(more ? "\"..." : "\"");
    }

    /** A buffer of known length. */
    static void buffer(StringBuilder out, UserMemory memory, long address, long lengthBytes) {
        if (address == 0) {
            out.append("NULL");
            return;
        }
        int shown = (int) Math.min(STRING_BYTES, Math.max(0, lengthBytes));
        try {
            String bytes = new String(memory.copyIn(address, shown), StandardCharsets.ISO_8859_1);
            quote(out, bytes, lengthBytes > shown);
        } catch (ErrnoException e) {
            hex(out, address);
        }
    }

    /** A string that ends with NUL; file names are shown in full. */
    static void string(StringBuilder out, UserMemory memory, long address, int limitBytes) {
        if (address == 0) {
            out.append("NULL");
            return;
        }
        StringBuilder bytes = new StringBuilder();
        try {
            byte next = memory.readByte(address);
            while (next != 0 && bytes.length() < limitBytes) {
                bytes.append((char) (next & 0xff));
                next = memory.readByte(address + bytes.length());
            }
            quote(out, bytes.toString(), next != 0);
        } catch (ErrnoException e) {
            hex(out, address);
        }
    }

    private static void escape(StringBuilder out, char c, char next) {
        switch (c) {
            case '"', '\\' -> out.append('\\').append(c);
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\r' -> out.append("\\r");
            case '\f' -> out.append("\\f");
            case 0x0b -> out.append("\\v");
            default -> {
                if (c >= ' ' && c < 0x7f) {
                    out.append(c);
                } else {
                    String octal = Integer.toOctalString(c);
                    boolean digitFollows = next >= '0' && next <= '7';
                    out.append('\\')
                            .append(digitFollows ? "0".repeat(3 - octal.length()) : "")
                            .append(octal);
                }
            }
        }
    }
}
